import { describe, expect, it } from "vitest";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import type { VllmArgs } from "../../../components/models/vllmArgs";
import { expectProblems, objectOf, objectsOf, resolvedOf, specOf } from "./support";

// The workloads that the package was made for, on nodes that are known, and what goes wrong with each.

const instinct = {
  accelerator: {
    gpu: "MI300X",
    gpus: 8,
    vcpus: 192,
    memoryGiB: 2_048,
    allocatableMiB: 2_000_000,
    networkGbps: 100,
  },
};
const pools = {
  small: { instanceType: "g6.2xlarge" },
  smallest: { instanceType: "g6.xlarge" },
  old: { instanceType: "g4dn.xlarge" },
  quad: { instanceType: "g6.12xlarge" },
  instinct,
};
const declared = (vllm: VllmArgs, more: Partial<ModelArgs> = {}): ModelGatewayArgs => ({
  pools,
  models: { m: { vllm, ...more } },
});
const deploymentOf = (vllm: VllmArgs) => specOf(objectsOf(declared(vllm)), "Deployment", "m");
const containerOf = (vllm: VllmArgs) => deploymentOf(vllm).template.spec.containers[0];

const qwen: VllmArgs = { source: "Qwen/Qwen3-1.7B", pool: "small", maxModelLen: 16_384 };
const gptOss: VllmArgs = { source: "openai/gpt-oss-20b", pool: "small" };
const gptOssOnAmd: VllmArgs = { source: "openai/gpt-oss-20b", pool: "instinct" };

describe("Qwen3-1.7B on an L4", () => {
  it("gets these flags", () => {
    expect(containerOf(qwen).args).toEqual([
      "Qwen/Qwen3-1.7B",
      ...["--served-model-name", "m", "--port", "8000", "--max-model-len", "16384"],
      ...["--shutdown-timeout", "300", "--enable-prompt-tokens-details", "--enable-force-include-usage"],
      ...["--max-num-seqs", "256", "--max-num-batched-tokens", "2048"],
      ...["--enable-auto-tool-choice", "--tool-call-parser", "hermes", "--reasoning-parser", "qwen3"],
    ]);
  });

  it("asks for what the node has, and starts within ten minutes", () => {
    const { resources, startupProbe } = containerOf(qwen);
    expect(resources).toEqual({
      requests: { cpu: "4", memory: "16Gi", "nvidia.com/gpu": "1", "ephemeral-storage": "100Gi" },
      limits: { memory: "16Gi", "nvidia.com/gpu": "1" },
    });
    expect(startupProbe).toMatchObject({ periodSeconds: 10, failureThreshold: 60 });
    expect(deploymentOf(qwen).template.spec.nodeSelector).toEqual({ "ai-gateway/pool": "small" });
  });

  it("asks for less where the node has less", () => {
    const { requests, limits } = containerOf({ ...qwen, pool: "smallest" }).resources;
    // 14,162 MiB are left for pods, and 1,024 of them for the node's agents.
    expect([requests.memory, limits.memory, requests.cpu]).toEqual(["13138Mi", "13138Mi", "3"]);
  });

  it("computes in half precision on a T4, which knows no bf16", () => {
    const { args } = containerOf({ ...qwen, pool: "old" });
    expect(args[args.indexOf("--dtype") + 1]).toBe("half");
    expect(containerOf(qwen).args).not.toContain("--dtype");
  });

  it("has no flags of the catalogue or of a node where its node is not known", () => {
    const { args } = specOf(objectsOf({ models: { m: { vllm: qwen } } }), "Deployment", "m").template.spec
      .containers[0];
    expect(args.slice(9)).toEqual(["--enable-prompt-tokens-details"]);
  });

  it("takes the parsers that are written, or none", () => {
    const { args } = containerOf({ ...qwen, toolParser: "qwen3_xml", reasoningParser: "none" });
    expect(args[args.indexOf("--tool-call-parser") + 1]).toBe("qwen3_xml");
    expect(args).not.toContain("--reasoning-parser");
    expect(containerOf({ ...qwen, toolParser: "none" }).args).not.toContain("--enable-auto-tool-choice");
  });

  it("counts cut streams unless clients would count too much", () => {
    const { args } = containerOf({ ...qwen, usageInEveryChunk: false });
    expect(args).not.toContain("--enable-force-include-usage");
  });
});

describe("the volume for downloads", () => {
  it("is never larger than what the node's disks leave for pods, where nobody says how large", () => {
    const sizeOf = (pool: string) =>
      deploymentOf({ ...qwen, pool }).template.spec.volumes.find(
        ({ name }: { name: string }) => name === "cache",
      ).emptyDir.sizeLimit;
    expect(sizeOf("old")).toBe("98Gi");
    expect(sizeOf("small")).toBe("100Gi");
  });
});

describe("gpt-oss-20b on an L4", () => {
  it("gets these flags, and takes the longest context that vLLM finds", () => {
    expect(containerOf(gptOss).args).toEqual([
      "openai/gpt-oss-20b",
      ...["--served-model-name", "m", "--port", "8000", "--max-model-len", "auto"],
      ...["--shutdown-timeout", "300", "--enable-prompt-tokens-details", "--enable-force-include-usage"],
      ...["--max-num-seqs", "256", "--max-num-batched-tokens", "2048"],
      ...["--enable-auto-tool-choice", "--tool-call-parser", "openai", "--reasoning-parser", "openai_gptoss"],
    ]);
  });

  it("has the context that fits as its limit, for budgets and for the simulated engine", () => {
    const [model] = resolvedOf(declared(gptOss)).models;
    expect(model?.contextTokens).toBe(model?.vllm?.sizing?.maxContext);
    expect(model?.contextTokens).toBeGreaterThan(16_384);
    expect(model?.engineLimits).toEqual({ contextTokens: model?.contextTokens, concurrency: 1 });
  });
});

describe("gpt-oss on Instinct hosts", () => {
  const spec = deploymentOf(gptOssOnAmd).template.spec;
  const [container] = spec.containers;

  it("asks for amd.com/gpu, ROCm's image and 200Gi, and tolerates the taint", () => {
    expect(container.image).toBe("docker.io/vllm/vllm-openai-rocm:v0.33.0");
    expect(container.resources.limits).toMatchObject({ "amd.com/gpu": "1" });
    expect(container.resources.requests["ephemeral-storage"]).toBe("200Gi");
    expect(spec.volumes[0]).toEqual({ name: "cache", emptyDir: { sizeLimit: "200Gi" } });
    expect(spec.tolerations).toEqual([{ key: "amd.com/gpu", operator: "Exists", effect: "NoSchedule" }]);
    expect(spec.nodeSelector).toEqual({ "ai-gateway/pool": "instinct" });
  });

  it("has the probes of every server", () => {
    for (const probe of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
      expect(container[probe]).toMatchObject({ httpGet: { path: "/health", port: "http" } });
    }
  });

  it("has what vLLM advises for these GPUs and this model", () => {
    const set = container.env.filter(({ name }: { name: string }) => /ROCM|HIP|SAFE/.test(name));
    expect(set).toEqual([
      { name: "VLLM_ROCM_USE_AITER", value: "1" },
      { name: "HIP_FORCE_DEV_KERNARG", value: "1" },
      { name: "SAFETENSORS_FAST_GPU", value: "1" },
    ]);
    expect(container.args.slice(-4)).toEqual([
      ...["--attention-backend", "ROCM_AITER_UNIFIED_ATTN", "--block-size", "64"],
    ]);
  });

  it("does not turn AITER on where nobody said that the GPUs are Instinct", () => {
    const vllm: VllmArgs = { source: "openai/gpt-oss-20b", accelerator: "amd" };
    const [plain] = specOf(objectsOf({ models: { m: { vllm } } }), "Deployment", "m").template.spec
      .containers;
    const names = plain.env.map(({ name }: { name: string }) => name);
    expect(names).toContain("HIP_FORCE_DEV_KERNARG");
    expect(names).not.toContain("VLLM_ROCM_USE_AITER");
    expect(plain.args).not.toContain("--attention-backend");
  });
});

describe("several replicas", () => {
  const vllm: VllmArgs = { ...qwen, replicas: 3 };
  const labels = { "app.kubernetes.io/name": "vllm", "app.kubernetes.io/instance": "m" };

  it("stand behind one Service that tells Envoy of each pod, on the pods' own port", () => {
    const objects = objectsOf(declared(vllm));
    expect(specOf(objects, "Service", "m")).toEqual({
      clusterIP: "None",
      selector: labels,
      ports: [{ name: "http", port: 8000, targetPort: "http", protocol: "TCP" }],
    });
    expect(containerOf(vllm).ports).toEqual([{ name: "http", containerPort: 8000, protocol: "TCP" }]);
    expect(specOf(objectsOf(declared(qwen)), "Service", "m")).not.toHaveProperty("clusterIP");
    expect(deploymentOf(vllm).replicas).toBe(3);
  });

  it("are spread where there is room, and moved one at a time", () => {
    const objects = objectsOf(declared(vllm));
    expect(specOf(objects, "PodDisruptionBudget", "m")).toEqual({
      maxUnavailable: 1,
      selector: { matchLabels: labels },
    });
    expect(deploymentOf(vllm).template.spec.topologySpreadConstraints).toEqual(
      ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
        matchLabelKeys: ["pod-template-hash"],
      })),
    );
    expect(deploymentOf(vllm).strategy.rollingUpdate).toEqual({ maxSurge: 0, maxUnavailable: 1 });
    expect(objectOf(objects, "Deployment", "m").metadata.annotations).toMatchObject({
      "pulumi.com/timeoutSeconds": "3600",
    });
  });

  it("of one pod need neither", () => {
    const kinds = objectsOf(declared(qwen)).map(({ manifest }) => manifest.kind);
    expect(kinds).not.toContain("PodDisruptionBudget");
    expect(deploymentOf(qwen).template.spec).not.toHaveProperty("topologySpreadConstraints");
  });

  it("take as many requests together as they do one by one, as far as the simulated engine goes", () => {
    const limitsOf = (replicas: number) =>
      resolvedOf(declared({ ...qwen, replicas })).models[0]?.engineLimits;
    const one = limitsOf(1)?.concurrency ?? 0;
    expect(one).toBeGreaterThan(1);
    expect(limitsOf(3)).toEqual({ contextTokens: 16_384, concurrency: 3 * one });
  });
});

const at = (member: string) => `models["m"].vllm.${member}`;

/** Name, declaration, where the problem is, and what its sentence says. */
const wrong: readonly (readonly [string, VllmArgs, string, RegExp])[] = [
  [
    "a model that its GPU cannot hold",
    { source: "Qwen/Qwen3-14B", pool: "small" },
    at("gpus"),
    /^Qwen\/Qwen3-14B needs 27\.\d GiB of weights and .* on one L4 with 20\.\d GiB usable; use more GPUs.*; these would work: .*USD\/h/,
  ],
  [
    "a longer context than the model has",
    { ...qwen, maxModelLen: 65_536 },
    at("maxModelLen"),
    /^a context of 65,536 tokens is longer than the 40,960 tokens of Qwen\/Qwen3-1.7B; use at most 40,960/,
  ],
  [
    "more requests than the KV cache holds",
    { source: "Qwen/Qwen3-8B", pool: "small", maxModelLen: 40_960, concurrency: 3 },
    at("maxModelLen"),
    /^3 requests of 40,960 tokens need 16\.9 GiB of KV cache.*; these would work: /,
  ],
  [
    "three GPUs for 32 heads",
    { source: "Qwen/Qwen3-8B", pool: "quad", gpus: 3 },
    at("gpus"),
    /^gpus 3 does not divide 32 attention heads; use 1, 2, 4$/,
  ],
  [
    "more GPUs than a node has",
    { ...qwen, gpus: 2 },
    at("gpus"),
    /^2 GPUs are more than the 1 of g6.2xlarge; use at most 1/,
  ],
  [
    "FP8 keys on a T4",
    { ...qwen, pool: "old", kvCacheFormat: "fp8" },
    at("kvCacheFormat"),
    /^a KV cache in FP8 needs compute capability 8.9, and T4 has 7.5/,
  ],
  [
    "NVIDIA's image on AMD's hosts",
    { ...gptOssOnAmd, accelerator: "nvidia" },
    at("accelerator"),
    /^is "nvidia", and the pool "instinct" has GPUs of "amd"; take it out/,
  ],
  [
    "a pool that nobody declared",
    { ...qwen, pool: "smal" },
    at("pool"),
    /^"smal" is not a known pool; did you mean "small"\?$/,
  ],
  [
    "a model that nobody knows",
    { source: "acme/qwen-tuned", pool: "small" },
    at("shape"),
    /^"acme\/qwen-tuned" is not in the catalogue of models; .*give its numbers here/,
  ],
  [
    "a gated model without a token",
    { source: "meta-llama/Llama-3.1-8B-Instruct", pool: "small" },
    at("hfToken"),
    /^is missing, and "meta-llama\/Llama-3.1-8B-Instruct" is gated; agree to its licence/,
  ],
  [
    "more memory than the node leaves for pods",
    { ...qwen, pool: "smallest", resources: { memory: "16Gi" } },
    at("resources.memory"),
    /^a pod of 16Gi does not fit into the 14162Mi that g6.xlarge leaves for pods/,
  ],
  [
    "less memory than vLLM needs",
    { ...qwen, resources: { memory: "2Gi" } },
    at("resources.memory"),
    /^a pod of 2Gi is too small for vLLM/,
  ],
  [
    "more CPUs than the node has",
    { ...qwen, resources: { cpu: "12" } },
    at("resources.cpu"),
    /^12 CPUs are more than the 7.5 that g6.2xlarge leaves for pods/,
  ],
  [
    "a cache that does not hold the weights",
    { ...gptOss, cache: { size: "5Gi" } },
    at("cache.size"),
    /^5Gi does not hold the 13Gi of weights; make it 33Gi or more$/,
  ],
  [
    "a cache larger than the node's disks",
    { ...qwen, cache: { size: "400Gi" } },
    at("cache.size"),
    /^400Gi is more than the 356Gi that the disks of g6.2xlarge leave for pods; use 356Gi or less/,
  ],
  [
    "AWQ for weights in bf16",
    { ...qwen, quantization: "awq" },
    at("quantization"),
    /^"awq" does not read the weights of Qwen\/Qwen3-1.7B, which are in bf16; use "fp8", or name a repository whose weights are 4-bit$/,
  ],
  [
    "bitsandbytes for weights in MXFP4",
    { ...gptOss, quantization: "bitsandbytes" },
    at("quantization"),
    /^"bitsandbytes" does not read the weights of openai\/gpt-oss-20b, which are in MXFP4; leave it out/,
  ],
  [
    "FP8 on a T4",
    { ...qwen, pool: "old", quantization: "fp8" },
    at("quantization"),
    /^FP8 needs compute capability 8.0, and T4 has 7.5; /,
  ],
  [
    "a copy of the model beside the one that is checked",
    { ...qwen, extraArgs: ["-dp=2"] },
    at("extraArgs"),
    /^"-dp" \(--data-parallel-size\) is set by this package; use replicas$/,
  ],
  [
    "memory of the host in place of the GPU's",
    { ...qwen, extraArgs: ["--cpu-offload-gb", "40"] },
    at("extraArgs"),
    /^"--cpu-offload-gb" is set by this package; take it out$/,
  ],
  [
    "a size that is changed behind the check's back",
    { ...qwen, extraArgs: ["--gpu-memory-utilization=0.5"] },
    at("extraArgs"),
    /^"--gpu-memory-utilization" is set by this package; use gpuMemoryUtilization$/,
  ],
];

describe("a wrong variant is refused at preview", () => {
  it.each(wrong)("%s", (_, vllm, path, sentence) => {
    expectProblems(declared(vllm) as never, [[path, sentence]]);
  });

  it("with a GPU that vLLM does not run on, and what to use instead", () => {
    const args = {
      pools: { v520: { instanceType: "g4ad.xlarge" } },
      models: { m: { vllm: { ...qwen, pool: "v520" } } },
    };
    expectProblems(args, [
      [
        at("pool"),
        /g4ad.xlarge has Radeon Pro V520 GPUs \(gfx1011\), which neither ROCm nor vLLM supports; use g6.xlarge/,
      ],
    ]);
  });

  it.each([
    [{ maxModelLen: 0 }, /^0 is not a whole number/],
    [{ concurrency: 1.5 }, /^1.5 is not a whole number/],
    [{ maxSequences: -1 }, /^-1 is not a whole number/],
    [{ gpuMemoryUtilization: 0 }, /^0 is not a share/],
    [{ kvCacheFormat: "fp4" as never }, /^"fp4" is not known/],
    [{ nodes: 17 }, /^17 is not a whole number/],
  ])("with %j, once, and without a size that follows from it", (members, sentence) => {
    const [member = ""] = Object.keys(members);
    expectProblems(declared({ ...qwen, ...members }) as never, [[at(member), sentence]]);
  });

  it("with weights that the GPU cannot compute with", () => {
    expectProblems(declared({ ...gptOss, pool: "old" }) as never, [
      [at("source"), /MXFP4.*8\.0.*T4 has 7\.5/i],
      [at("gpus"), /GiB of weights/],
    ]);
  });

  const llama = { source: "meta-llama/Llama-3.3-70B-Instruct", maxModelLen: 900_000 } as const;

  it("with all problems at once, also where nobody knows the node", () => {
    const ofModel = [
      [at("maxModelLen"), /^a context of 900,000 tokens is longer than the 131,072 tokens/],
      [at("hfToken"), /is gated/],
    ] as const;
    expectProblems(declared({ ...llama, pool: "small", gpus: 3 }) as never, [
      [at("gpus"), /^3 GPUs are more than the 1 of g6.2xlarge/],
      ...ofModel,
    ]);
    expectProblems(declared({ ...llama, pool: "smal" }) as never, [
      [at("pool"), /did you mean "small"/],
      ...ofModel,
    ]);
    expectProblems(declared({ ...llama, pool: "auto" }) as never, [...ofModel]);
    const broken = { pools: { ...pools, small: { instanceType: "g6.3xlarge" } } };
    expectProblems({ ...declared({ ...llama, pool: "small" }), ...broken } as never, [
      ['pools["small"].instanceType', /not in the table/],
      ...ofModel,
    ]);
    expectProblems({ ...declared({ ...llama, pool: "auto" }), ...broken } as never, [
      ['pools["small"].instanceType', /not in the table/],
      ...ofModel,
    ]);
    expectProblems({ ...declared({ ...qwen, pool: "quad", gpus: 3 }), ...broken } as never, [
      ['pools["small"].instanceType', /not in the table/],
      [at("gpus"), /^gpus 3 does not divide 16 attention heads/],
    ]);
  });

  it("with all problems at once", () => {
    const vllm: VllmArgs = { source: "meta-llama/Llama-3.3-70B-Instruct", pool: "small" };
    expectProblems(declared(vllm) as never, [
      [at("gpus"), /131\.\d GiB of weights/],
      [at("hfToken"), /is gated/],
    ]);
  });
});

describe("what is allowed and worth a warning", () => {
  const warningsOf = (vllm: VllmArgs) => resolvedOf(declared(vllm)).warnings;

  it("a model that nearly does not fit", () => {
    expect(warningsOf({ source: "Qwen/Qwen3-8B", pool: "small", maxModelLen: 18_000 })).toEqual([
      expect.stringMatching(
        /^models\["m"\]\.vllm: Qwen\/Qwen3-8B fits on g6.2xlarge, but .* \(\d %\) are left/,
      ),
    ]);
    expect(warningsOf(qwen)).toEqual([]);
  });

  it("no pool, where pools are known", () => {
    expect(warningsOf({ source: "acme/any" })).toEqual([
      expect.stringMatching(/^models\["m"\]\.vllm names no pool, .*name one of small, smallest/),
    ]);
  });
});

describe('pool "auto"', () => {
  it("takes the cheapest pool that holds the model, with as many GPUs as it needs", () => {
    const vllm: VllmArgs = { source: "Qwen/Qwen3-14B", pool: "auto", maxModelLen: 16_384, concurrency: 4 };
    const spec = deploymentOf(vllm).template.spec;
    expect(spec.nodeSelector).toEqual({ "ai-gateway/pool": "quad" });
    expect(spec.containers[0].resources.limits["nvidia.com/gpu"]).toBe("4");
    const small = deploymentOf({ source: "Qwen/Qwen3-1.7B", pool: "auto" }).template.spec;
    expect(small.nodeSelector).toEqual({ "ai-gateway/pool": "smallest" });
  });

  it("says what would work when no pool does", () => {
    const vllm: VllmArgs = { source: "Qwen/Qwen3-32B", pool: "auto", concurrency: 64, maxModelLen: 40_960 };
    const small = { pools: { small: pools.small }, models: { m: { vllm } } };
    expectProblems(small, [
      [at("pool"), /^"auto" finds no pool .* holds Qwen\/Qwen3-32B as it is wanted; these would work: /],
    ]);
  });

  it("needs pools, and leaves nothing to choose twice", () => {
    expectProblems({ models: { m: { vllm: { source: "Qwen/Qwen3-1.7B", pool: "auto" } } } }, [
      [at("pool"), /none is known; declare pools, or name one/],
    ]);
    expectProblems(declared({ source: "Qwen/Qwen3-1.7B", pool: "auto", gpus: 2 }) as never, [
      [at("gpus"), /^is 2, and pool "auto" chooses it/],
    ]);
  });
});
