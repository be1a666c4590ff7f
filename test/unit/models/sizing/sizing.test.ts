import { describe, expect, it } from "vitest";
import type { AttentionLayers } from "../../../../components/models/modelShape";
import { WeightFormat } from "../../../../components/models/modelShape";
import { sizeModel } from "../../../../components/models/sizing";
import { KvCacheFormat, SizingIssue, type SizingOptions } from "../../../../components/models/sizingArgs";
import { tensorParallelChoices } from "../../../../components/models/tensorSplit";
import { weightBytes, weightBytesPerGpu } from "../../../../components/models/weightBytes";
import { gib, instinct, model, node } from "./shapes";

const full = (layers: number, kvHeads: number, headSize: number): AttentionLayers => ({
  kind: "full",
  layers,
  kvHeads,
  headSize,
});
const h100 = node({
  name: "p5.48xlarge",
  gpu: "H100",
  gpus: 8,
  gpuMemoryMiB: 81_559,
  computeCapability: 9,
  nvlink: true,
  vcpus: 192,
  allocatableMiB: 1_938_410,
});
const t4 = node({ name: "g4dn.xlarge", gpu: "T4", gpuMemoryMiB: 15_360, computeCapability: 7.5 });

describe("bytes of weights", () => {
  // 200,000 entries of an unknown family times 4,096: 819.2 million parameters in each of the two tables.
  it.each([
    [WeightFormat.Bf16, 16e9],
    [WeightFormat.Fp16, 16e9],
    [WeightFormat.Fp8, 2 * 1.6384e9 + 6.3616e9],
    [WeightFormat.Int8, 2 * 1.6384e9 + 6.3616e9],
    [WeightFormat.Int4, 2 * 1.6384e9 + 0.53 * 6.3616e9],
    [WeightFormat.Nvfp4, 2 * 1.6384e9 + 0.5625 * 6.3616e9],
    // Attention stays in 16 bits, too: 32 layers of 2 x 4,096 x (4,096 + 1,024).
    [WeightFormat.Mxfp4, 2 * 2.98057728e9 + 0.53125 * 5.01942272e9],
  ])("in %s", (weights, bytes) => {
    expect(weightBytes(model({ weights }))).toBeCloseTo(bytes, 0);
  });

  it("are the published ones where they are known", () => {
    expect(weightBytes(model({ weights: WeightFormat.Int4, weightBytes: 6_114_604_278 }))).toBe(
      6_114_604_278,
    );
  });

  it("are computed again for another format than the published one", () => {
    const published = model({ weightBytes: 16_000_000_001 });
    expect(weightBytes(published, WeightFormat.Fp8)).toBeCloseTo(9.6384e9, 0);
  });

  it.each([
    ["one GPU", 1, 1, 16e9],
    ["four GPUs", 4, 1, 4e9],
    // The first stage has the embedding, the last one the output layer, 1.6384 GB each.
    ["two stages", 1, 2, 1.6384e9 + (16e9 - 3.2768e9) / 2],
    ["four GPUs in two stages of two", 2, 2, (1.6384e9 + (16e9 - 3.2768e9) / 2) / 2],
  ])("on %s", (_, tensorParallel, pipelineParallel, bytes) => {
    expect(weightBytesPerGpu(model(), { tensorParallel, pipelineParallel })).toBeCloseTo(bytes, 0);
  });

  it("grow where MXFP4 experts are filled up", () => {
    const gptOss = model({
      weights: WeightFormat.Mxfp4,
      weightBytes: 10e9,
      hiddenSize: 2_880,
      expertSize: 2_880,
    });
    const factor = (tensorParallel: number) =>
      (weightBytesPerGpu(gptOss, { tensorParallel, pipelineParallel: 1 }) * tensorParallel) / 10e9;
    expect(factor(1)).toBeCloseTo(0.06 + 0.94 * (3_072 / 2_880), 6);
    expect(factor(4)).toBeCloseTo(0.06 + 0.94 * (3_072 / 2_880) * (768 / 720), 6);
  });
});

describe("the KV cache", () => {
  const perToken = (attention: readonly AttentionLayers[], options: SizingOptions = {}, on = h100) =>
    sizeModel(model({ attention, heads: 64 }), on, { tensorParallel: 1, ...options }).kvBytesPerTokenPerGpu;

  it.each([
    ["full attention", [full(32, 8, 128)], {}, 131_072],
    ["full attention in FP8", [full(32, 8, 128)], { kvCacheFormat: KvCacheFormat.Fp8 }, 65_536],
    ["two GPUs", [full(32, 8, 128)], { tensorParallel: 2 }, 65_536],
    ["more GPUs than key-value heads", [full(32, 4, 128)], { tensorParallel: 8 }, 16_384],
    ["two stages", [full(33, 8, 128)], { pipelineParallel: 2 }, 17 * 4_096],
    [
      "latent attention, the same on each GPU",
      [{ kind: "latent", layers: 61, width: 576 }],
      { tensorParallel: 8 },
      70_272,
    ],
    [
      "latent attention in FP8",
      [{ kind: "latent", layers: 61, width: 576 }],
      { kvCacheFormat: KvCacheFormat.Fp8 },
      40_016,
    ],
    [
      "sliding layers beside full ones",
      [full(12, 8, 64), { kind: "sliding", layers: 12, kvHeads: 8, headSize: 64, window: 128 }],
      {},
      24_576,
    ],
    [
      "states beside full layers",
      [full(16, 4, 256), { kind: "state", layers: 48, bytesPerSequence: 48 * 3_207_168 }],
      {},
      65_536,
    ],
  ] as const)("takes for a token of %s", (_, attention, options, bytes) => {
    expect(perToken(attention, options)).toBe(bytes);
  });

  it("is counted in whole blocks of 16 tokens", () => {
    const { kvTokens, maxContext, concurrency } = sizeModel(model(), h100, {
      tensorParallel: 1,
      contextLength: 8_192,
    });
    expect(kvTokens % 16).toBe(0);
    expect(concurrency).toBe(Math.floor((100 * kvTokens) / 8_192) / 100);
    expect(maxContext).toBe(131_072);
  });

  it("keeps a window, one step and a block beside it for sliding layers", () => {
    const attention: AttentionLayers[] = [
      full(18, 8, 64),
      { kind: "sliding", layers: 18, kvHeads: 8, headSize: 64, window: 128 },
    ];
    const options = { tensorParallel: 4, contextLength: 16_384, maxBatchedTokens: 2_048, maxSequences: 256 };
    const sizing = sizeModel(model({ attention, heads: 64 }), h100, options);
    // 18 layers of 512 bytes; 16,384 tokens, and 136 + 1 blocks of 16 for the window.
    const request = 18 * 512 * (16_384 + 137 * 16);
    const pool =
      0.92 * (81_559 * 2 ** 20 - 0.55 * gib) - sizing.weightBytesPerGpu - sizing.overheadBytesPerGpu;
    expect(sizing.kvTokens).toBe(Math.floor((pool / request) * 16_384));
  });

  it("pads layers to groups of one size, as vLLM does", () => {
    const gemma: AttentionLayers[] = [
      full(10, 16, 128),
      { kind: "sliding", layers: 52, kvHeads: 16, headSize: 128, window: 1_024 },
    ];
    const even: AttentionLayers[] = [
      full(10, 16, 128),
      { kind: "sliding", layers: 60, kvHeads: 16, headSize: 128, window: 1_024 },
    ];
    const tokens = (attention: AttentionLayers[]) =>
      sizeModel(model({ attention, weightBytes: 20e9 }), h100, { tensorParallel: 1, contextLength: 32_768 })
        .kvTokens;
    expect(tokens(gemma)).toBe(tokens(even));
  });

  it("is not needed by an encoder", () => {
    const encoder = model({ attention: [], task: "embed", parametersB: 0.57, contextTokens: 8_192 });
    expect(sizeModel(encoder, node())).toMatchObject({
      fits: true,
      kvTokens: 0,
      maxContext: 8_192,
      contextLength: 8_192,
      concurrency: 256,
    });
  });
});

describe("the split", () => {
  it.each([
    ["40 heads, 8 of keys and values", { heads: 40, attention: [full(40, 8, 128)] }, [1, 2, 4, 8]],
    ["40 heads, 10 of keys and values", { heads: 40, attention: [full(40, 10, 128)] }, [1, 2, 5]],
    ["28 heads, 4 of keys and values", { heads: 28, attention: [full(28, 4, 128)] }, [1, 2, 4]],
    ["16 heads, 2 of keys and values", { heads: 16, attention: [full(10, 2, 256)] }, [1, 2, 4, 8]],
    [
      "experts of 768 with FP8 blocks",
      { weights: WeightFormat.Fp8, expertSize: 768, attention: [full(48, 4, 128)] },
      [1, 2],
    ],
    [
      "experts of 1,536 with FP8 blocks",
      { weights: WeightFormat.Fp8, expertSize: 1_536, heads: 64, attention: [full(94, 4, 128)] },
      [1, 2, 4],
    ],
    ["experts of 768 in bf16", { expertSize: 768, attention: [full(48, 4, 128)] }, [1, 2, 4, 8]],
    [
      "latent attention",
      { heads: 128, attention: [{ kind: "latent", layers: 61, width: 576 }] },
      [1, 2, 4, 8],
    ],
  ] as const)("of %s", (_, changes, expected) => {
    // A vocabulary of 200,000 is a multiple of 5, so that only the heads decide.
    expect(tensorParallelChoices(model(changes), h100)).toEqual(expected);
  });

  it("takes the fewest GPUs that are enough", () => {
    const chosen = (options: SizingOptions) =>
      sizeModel(model({ parametersB: 32 }), h100, options).tensorParallel;
    expect(chosen({ contextLength: 4_096 })).toBe(1);
    expect(chosen({ contextLength: 131_072 })).toBe(2);
    expect(chosen({ contextLength: 131_072, concurrency: 16 })).toBe(8);
  });

  it("takes a second node only when it may, and then with all GPUs of both", () => {
    const large = model({ parametersB: 400, heads: 128, attention: [full(126, 8, 128)] });
    expect(sizeModel(large, h100).fits).toBe(false);
    expect(sizeModel(large, h100, { maxNodes: 2 })).toMatchObject({
      fits: true,
      tensorParallel: 8,
      pipelineParallel: 2,
      nodes: 2,
      gpusPerReplica: 16,
    });
  });

  it("takes smaller steps where vLLM's own do not leave enough", () => {
    const options = { tensorParallel: 1, contextLength: 12_000 };
    const tight = model({ name: "Qwen/Qwen3-32B", parametersB: 36.4 });
    expect(sizeModel(model(), h100, options)).toMatchObject({ maxSequences: 1_024, maxBatchedTokens: 8_192 });
    expect(sizeModel(tight, h100, options)).toMatchObject({
      fits: true,
      maxSequences: 256,
      maxBatchedTokens: 2_048,
    });
    expect(sizeModel(tight, h100, { ...options, maxSequences: 1_024, maxBatchedTokens: 8_192 }).fits).toBe(
      false,
    );
  });

  it("takes fewer sequences where there are fewer blocks than states", () => {
    const attention: AttentionLayers[] = [
      full(16, 4, 256),
      { kind: "state", layers: 48, bytesPerSequence: 48 * 3_207_168 },
    ];
    const hybrid = model({
      name: "Qwen/Qwen3.5-27B",
      parametersB: 27,
      heads: 24,
      hiddenSize: 5_120,
      attention,
    });
    const rtx = node({ gpu: "RTX PRO 6000", gpuMemoryMiB: 97_887, computeCapability: 12 });
    // vllm-project/recipes, pull request 831: 1,024 sequences end at start on this GPU.
    expect(sizeModel(hybrid, rtx)).toMatchObject({ fits: true, maxSequences: 256 });
    const { problems } = sizeModel(hybrid, rtx, { maxSequences: 1_024 });
    expect(problems.map(({ what }) => what)).toEqual([SizingIssue.KvCache]);
    expect(problems[0]?.sentence).toMatch(/has states, of which .* holds \d+, and there are 1024 sequences/);
  });
});

describe("adapters", () => {
  const overhead = (options: SizingOptions) =>
    sizeModel(model(), h100, { tensorParallel: 1, ...options }).overheadBytesPerGpu;

  it("take their slots", () => {
    // Rank 16: 32 layers of 26,624 widths of attention, and 3 x (4,096 + inner) of the rest, in 16 bits.
    const inner = (8e9 - 1.6384e9 - 1.34217728e9) / (3 * 32 * 4_096);
    const each = 2 * 16 * 32 * (26_624 + 3 * (4_096 + inner));
    expect(overhead({ loraSlots: 4, loraRank: 16 }) - overhead({})).toBeCloseTo(4 * each, 0);
    expect(overhead({ loraSlots: 4, loraRank: 64 }) - overhead({})).toBeCloseTo(16 * each, 0);
  });
});

describe("what is refused", () => {
  const cases: [string, SizingIssue, string, Parameters<typeof sizeModel>][] = [
    [
      "bf16 on a T4",
      SizingIssue.WeightFormat,
      "bf16 needs compute capability 8.0, and T4 has 7.5; set dtype half, or use a newer GPU such as the A10G or L4",
      [model({ parametersB: 3 }), t4, {}],
    ],
    [
      "FP8 on a T4",
      SizingIssue.WeightFormat,
      "FP8 needs compute capability 8.0, and T4 has 7.5; use a newer GPU, or another format of the model",
      [model({ parametersB: 3, weights: WeightFormat.Fp8 }), t4, {}],
    ],
    [
      "MXFP4 on a T4",
      SizingIssue.WeightFormat,
      "MXFP4 needs compute capability 8.0, and T4 has 7.5; use a newer GPU, or another format of the model",
      [model({ parametersB: 3, weights: WeightFormat.Mxfp4 }), t4, {}],
    ],
    [
      "an FP8 cache on an A10G",
      SizingIssue.KvCacheFormat,
      'a KV cache in FP8 needs compute capability 8.9, and A10G has 8.6; use kvCacheFormat "auto" or a newer GPU',
      [
        model({ parametersB: 3 }),
        node({ gpu: "A10G", computeCapability: 8.6 }),
        { kvCacheFormat: KvCacheFormat.Fp8 },
      ],
    ],
    [
      "FP8 on MI210",
      SizingIssue.WeightFormat,
      "weights in FP8 do not run on MI210 (gfx90a); use a GPU of gfx942, gfx950, gfx1200, gfx1201",
      [model({ weights: WeightFormat.Fp8 }), instinct({ gpu: "MI210", gfx: "gfx90a" }), {}],
    ],
    [
      "NVFP4 on Instinct",
      SizingIssue.WeightFormat,
      "weights in NVFP4 do not run on MI300X (gfx942); use another format of the model",
      [model({ weights: WeightFormat.Nvfp4 }), instinct(), {}],
    ],
    [
      "a V520",
      SizingIssue.Gpu,
      "g4ad.xlarge has Radeon Pro V520 GPUs (gfx1011), which neither ROCm nor vLLM supports; use g6.xlarge or another NVIDIA type, or a host of your own with Instinct GPUs",
      [
        model({ parametersB: 1 }),
        instinct({ name: "g4ad.xlarge", gpu: "Radeon Pro V520", gfx: "gfx1011" }),
        {},
      ],
    ],
    [
      "a V100",
      SizingIssue.Gpu,
      "host has V100 GPUs of compute capability 7.0, and vLLM needs 7.5; use g4dn.xlarge or g6.xlarge",
      [model({ parametersB: 1 }), node({ name: "host", gpu: "V100", computeCapability: 7 }), {}],
    ],
    [
      "three GPUs",
      SizingIssue.TensorParallel,
      "tensorParallel 3 does not divide 32 attention heads; use 1, 2, 4, 8",
      [model(), h100, { tensorParallel: 3 }],
    ],
    [
      "GPUs that key-value heads do not allow",
      SizingIssue.TensorParallel,
      "tensorParallel 4 neither divides 6 key-value heads nor is a multiple of them; use 1, 2",
      [model({ name: "qwen/x", heads: 48, attention: [full(32, 6, 128)] }), h100, { tensorParallel: 4 }],
    ],
    [
      "a vocabulary that five GPUs cannot share",
      SizingIssue.TensorParallel,
      "tensorParallel 5 does not divide the vocabulary of 151936 tokens; use 1, 2, 4, 8",
      [
        model({ name: "Qwen/Qwen3-14B", heads: 40, attention: [full(40, 40, 128)] }),
        h100,
        { tensorParallel: 5 },
      ],
    ],
    [
      "more GPUs than a node has",
      SizingIssue.TensorParallel,
      "tensorParallel 16 is more than the 8 GPUs of p5.48xlarge; use 1, 2, 4, 8, and pipelineParallel for more nodes",
      [model(), h100, { tensorParallel: 16 }],
    ],
    [
      "stages over nodes that they do not fill",
      SizingIssue.PipelineParallel,
      "4 stages of 4 GPUs need several nodes, and each has 8 GPUs; use tensorParallel 8, so that a stage fills its node",
      [model(), h100, { tensorParallel: 4, pipelineParallel: 4 }],
    ],
    [
      "a context above the model's own",
      SizingIssue.ContextLength,
      "a context of 40,961 tokens is longer than the 40,960 tokens of acme/model; use at most 40,960",
      [model({ contextTokens: 40_960 }), h100, { contextLength: 40_961 }],
    ],
    [
      "quantising what is quantised",
      SizingIssue.Option,
      "weights in 4-bit cannot be brought to FP8 while they are loaded; leave weightFormat out",
      [model({ weights: WeightFormat.Int4 }), h100, { weightFormat: WeightFormat.Fp8 }],
    ],
    [
      "quantising to 4 bits while loading",
      SizingIssue.Option,
      "weights in bf16 cannot be brought to 4-bit while they are loaded; use fp8",
      [model(), h100, { weightFormat: WeightFormat.Int4 }],
    ],
    [
      "fewer sequences than requests",
      SizingIssue.Option,
      "maxSequences 8 is less than the 16 requests at the same time; use 16 or more",
      [model(), h100, { maxSequences: 8, concurrency: 16, contextLength: 2_048 }],
    ],
    [
      "adapters of an embedding model",
      SizingIssue.Option,
      "acme/model does not generate text, so it takes no adapters; remove them",
      [model({ task: "embed" }), h100, { loraSlots: 1 }],
    ],
    [
      "weights that leave nothing",
      SizingIssue.Weights,
      "acme/model needs 29.8 GiB of weights and 1.8 GiB for computing on one L4 with 20.1 GiB usable; use more GPUs, larger ones, or a smaller weight format",
      [model({ parametersB: 16 }), node(), {}],
    ],
    [
      "a request that is too long",
      SizingIssue.KvCache,
      "one request of 65,536 tokens needs 8.0 GiB of KV cache, and 3.5 GiB are left beside 14.9 GiB of weights and 1.6 GiB for computing of acme/model on one L4 with 20.1 GiB usable; use at most 28,880 tokens, an FP8 KV cache, or more GPUs",
      [model(), node(), { contextLength: 65_536 }],
    ],
    [
      "too many requests",
      SizingIssue.KvCache,
      "8 requests of 8,192 tokens need 8.0 GiB of KV cache, and 3.5 GiB are left beside 14.9 GiB of weights and 1.6 GiB for computing of acme/model on one L4 with 20.1 GiB usable; use at most 3,600 tokens, fewer requests, an FP8 KV cache, or more GPUs",
      [model(), node(), { contextLength: 8_192, concurrency: 8 }],
    ],
  ];

  it.each(cases)("%s", (_, what, sentence, [shape, on, options]) => {
    const { problems, fits } = sizeModel(shape, on, options);
    expect(problems.map((problem) => [problem.what, problem.sentence])).toEqual([[what, sentence]]);
    expect(fits).toBe(false);
  });

  it("several things at once", () => {
    const options = { contextLength: 200_000, kvCacheFormat: KvCacheFormat.Fp8, tensorParallel: 2 };
    const issues = sizeModel(model({ parametersB: 30 }), t4, options).problems.map(({ what }) => what);
    expect(issues).toEqual([
      SizingIssue.ContextLength,
      SizingIssue.WeightFormat,
      SizingIssue.KvCacheFormat,
      SizingIssue.TensorParallel,
      SizingIssue.Weights,
    ]);
  });

  it.each([
    ["bf16 on a T4 as fp16", model({ parametersB: 3 }), t4, { half: true }],
    ["4 bits on a T4", model({ parametersB: 7, weights: WeightFormat.Int4 }), t4, {}],
    [
      "FP8 on an A10G",
      model({ weights: WeightFormat.Fp8 }),
      node({ gpu: "A10G", computeCapability: 8.6 }),
      {},
    ],
    ["NVFP4 on an L4", model({ weights: WeightFormat.Nvfp4 }), node(), {}],
    ["MXFP4 on MI300X", model({ weights: WeightFormat.Mxfp4 }), instinct(), {}],
    ["an FP8 cache on MI210", model(), instinct({ gfx: "gfx90a" }), { kvCacheFormat: KvCacheFormat.Fp8 }],
    ["bf16 loaded as FP8", model(), node(), { weightFormat: WeightFormat.Fp8 }],
  ] as const)("but not %s", (_, shape, on, options) => {
    expect(sizeModel(shape, on, options).problems).toEqual([]);
  });
});

describe("what is left", () => {
  it("is vLLM's share without weights, computing and the requests that were asked for", () => {
    const options = { tensorParallel: 1, contextLength: 8_192, concurrency: 4, gpuMemoryUtilization: 0.8 };
    const sizing = sizeModel(model(), h100, options);
    const share = 0.8 * (81_559 * 2 ** 20 - 0.55 * gib);
    const left = share - sizing.weightBytesPerGpu - sizing.overheadBytesPerGpu - 4 * 8_192 * 131_072;
    expect(sizing.freeBytesPerGpu).toBeCloseTo(left, 0);
  });

  it("is the whole context that fits, where none is asked for", () => {
    const sizing = sizeModel(model(), node());
    expect(sizing.contextLength).toBe(sizing.maxContext);
    expect(sizing.concurrency).toBe(1);
    expect(sizing.maxContext).toBe(28_880);
  });
});
