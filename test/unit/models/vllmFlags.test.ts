import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { VllmArgs } from "../../../components/models/vllmArgs";
import { expectProblems, objectsOf, problemsOf, specOf } from "./support";

const declared = (vllm: VllmArgs) => ({ models: { m: { vllm } } });
const podOf = (vllm: VllmArgs) => specOf(objectsOf(declared(vllm)), "Deployment", "m").template.spec;
const argsOf = (vllm: VllmArgs): readonly string[] => podOf(vllm).containers[0].args;
const base: VllmArgs = { source: "a/b" };
const path = 'models["m"].vllm';

describe("members become flags", () => {
  const cases: readonly (readonly [string, VllmArgs, readonly string[]])[] = [
    ["kvCacheFormat", { ...base, kvCacheFormat: "fp8" }, ["--kv-cache-dtype", "fp8"]],
    ["quantization", { ...base, quantization: "fp8" }, ["--quantization", "fp8"]],
    ["gpuMemoryUtilization", { ...base, gpuMemoryUtilization: 0.5 }, ["--gpu-memory-utilization", "0.5"]],
    ["maxSequences", { ...base, maxSequences: 16 }, ["--max-num-seqs", "16"]],
    [
      "toolParser",
      { ...base, toolParser: "hermes" },
      ["--enable-auto-tool-choice", "--tool-call-parser", "hermes"],
    ],
    ["reasoningParser", { ...base, reasoningParser: "qwen3" }, ["--reasoning-parser", "qwen3"]],
    ["usageInEveryChunk", { ...base, usageInEveryChunk: true }, ["--enable-force-include-usage"]],
  ];

  it.each(cases)("%s", (_, vllm, flags) => {
    expect(argsOf(vllm).slice(-flags.length)).toEqual(flags);
    expect(argsOf(vllm)).toHaveLength(argsOf(base).length + flags.length);
  });

  it("and further arguments come last", () => {
    const extraArgs = ["--seed", "7"];
    expect(argsOf({ ...base, toolParser: "hermes", extraArgs }).slice(-2)).toEqual(extraArgs);
  });
});

describe("GPUs become tensor and pipeline parallelism", () => {
  const splitOf = (vllm: VllmArgs) => {
    const args = argsOf(vllm);
    const of = (flag: string) => (args.includes(flag) ? Number(args[args.indexOf(flag) + 1]) : 1);
    return [of("--tensor-parallel-size"), of("--pipeline-parallel-size")];
  };

  it.each([
    [{}, [1, 1]],
    [{ gpus: 4 }, [4, 1]],
    [{ gpus: 4, pipelineParallel: 1 }, [4, 1]],
    [{ gpus: 4, pipelineParallel: 2 }, [2, 2]],
    [{ gpus: 4, pipelineParallel: 4 }, [1, 4]],
    [{ gpus: 6, pipelineParallel: 3 }, [2, 3]],
  ])("%j", (layout, split) => {
    expect(splitOf({ ...base, ...layout })).toEqual(split);
  });

  it("uses every GPU, or says which stages come out even", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 16 }),
        fc.integer({ min: 1, max: 16 }),
        (gpus, pipelineParallel) => {
          const vllm: VllmArgs = { ...base, gpus, pipelineParallel };
          if (gpus % pipelineParallel === 0) {
            expect(splitOf(vllm)).toEqual([gpus / pipelineParallel, pipelineParallel]);
          } else {
            const [problem, ...others] = problemsOf(declared(vllm));
            expect(others).toEqual([]);
            expect(problem?.path).toBe(`${path}.pipelineParallel`);
            const offered =
              problem?.reason
                .match(/; use (.*)$/)?.[1]
                ?.split(/, | or /)
                .map(Number) ?? [];
            expect(offered.length).toBeGreaterThan(0);
            expect(offered.every((stages) => gpus % stages === 0)).toBe(true);
          }
        },
      ),
    );
  });
});

describe("further arguments that set an owned flag are refused", () => {
  it.each([
    ["--model", /"--model" is set by this package; use source$/],
    ["--tensor-parallel-size", /use gpus$/],
    ["--tensor-parallel-size=2", /^"--tensor-parallel-size" is set by this package; use gpus$/],
    ["--tensor_parallel_size=2", /^"--tensor_parallel_size" is set by this package; use gpus$/],
    ["--tensor_parallel-size", /use gpus$/],
    ["-tp", /^"-tp" \(--tensor-parallel-size\) is set by this package; use gpus$/],
    ["-tp=2", /^"-tp" \(--tensor-parallel-size\)/],
    ["-pp", /\(--pipeline-parallel-size\) .*; use pipelineParallel$/],
    ["-n", /\(--nnodes\) .*; use nodes$/],
    ["-r=1", /\(--node-rank\) .*; use nodes$/],
    ["--headless", /use nodes$/],
    ["--max-model-len", /use maxModelLen$/],
    // Python's parser takes any beginning that only one flag has.
    ["--max-model", /^"--max-model" \(--max-model-len\) is set by this package; use maxModelLen$/],
    ["--served-model", /\(--served-model-name\)/],
    ["--no-enable-prompt-tokens-details", /\(--enable-prompt-tokens-details\) .*; take it out$/],
    ["--lora-modules.name", /\(--lora-modules\) .*; use loras$/],
    ["--lora-modules+", /\(--lora-modules\) .*; use loras$/],
    ["--port", /"--port" is set by this package; take it out$/],
    ["--api-key=x", /take it out$/],
    ["--config", /use extraArgs itself, flag by flag$/],
    ["--shutdown-timeout", /use shutdownSeconds$/],
    ["--data-parallel-size=2", /use replicas$/],
    ["--data-parallel-hybrid-lb", /use replicas$/],
    ["-dpl=2", /\(--data-parallel-size-local\) .*; use replicas$/],
    ["--prefill-context-parallel-size", /take it out$/],
  ])("%s", (argument, sentence) => {
    expectProblems(declared({ ...base, extraArgs: [argument] }), [[`${path}.extraArgs`, sentence]]);
  });

  it.each([
    ["--quantization", "-q", { quantization: "fp8" }],
    ["--kv-cache-dtype", "--kv_cache_dtype=fp8", { kvCacheFormat: "fp8" }],
    ["--max-num-seqs", "--max-num-seqs=8", { maxSequences: 4 }],
    ["--tool-call-parser", "--tool-call-parser", { toolParser: "hermes" }],
    ["--reasoning-parser", "--reasoning-parser", { reasoningParser: "qwen3" }],
    ["--enable-force-include-usage", "--enable-force-include-usage", { usageInEveryChunk: true }],
  ] as const)("%s, but only where a member sets it", (_, argument, members) => {
    expect(problemsOf(declared({ ...base, extraArgs: [argument, "x"] }))).toEqual([]);
    expect(problemsOf(declared({ ...base, ...members, extraArgs: [argument, "x"] }))).toHaveLength(1);
  });

  it.each([
    "--seed",
    "7",
    "-1",
    "--reasoning-parser-plugin",
    "--trust-remote-code",
    "--enable-prefix-caching",
    "--structured-outputs-config.backend",
    "--compilation-config",
    "--config-format",
    "--model-impl",
    "--tokenizer",
    "value with --model inside",
  ])("%s is nobody's", (argument) => {
    expect(problemsOf(declared({ ...base, extraArgs: [argument] }))).toEqual([]);
  });
});

describe("metrics that something reads", () => {
  const silent = { ...base, extraArgs: ["--disable-log-stats"] };

  it.each<[string, Partial<VllmArgs>]>([
    [
      "autoscaling",
      { autoscaling: { max: 2, prometheus: { url: "http://prometheus.monitoring.svc:9090" } } },
    ],
    ["an endpoint picker", { endpointPicker: true, replicas: 2 }],
  ])("are not switched off under %s", (_, members) => {
    expect(problemsOf(declared(silent))).toEqual([]);
    expectProblems(declared({ ...silent, ...members }), [
      [`${path}.extraArgs`, /^"--disable-log-stats" is set by this package; take it out$/],
    ]);
  });
});

describe("ways to quantize of an image of one's own", () => {
  it("are its own affair", () => {
    expect(problemsOf(declared({ ...base, image: "mine:1", quantization: "acme_w3a16" }))).toEqual([]);
    expect(problemsOf(declared({ ...base, quantization: "acme_w3a16" }))).toHaveLength(1);
  });
});

describe("the image", () => {
  const imageOf = (vllm: VllmArgs) => podOf(vllm).containers[0].image;
  const digest = `sha256:${"0123456789abcdef".repeat(4)}`;

  it("is a tag, with a digest where one is given", () => {
    expect(imageOf({ ...base, imageDigest: digest })).toBe(`docker.io/vllm/vllm-openai:v0.33.0@${digest}`);
    expect(imageOf({ ...base, image: "mine:1", imageDigest: digest })).toBe(`mine:1@${digest}`);
    expect(imageOf({ ...base, image: `mine@${digest}` })).toBe(`mine@${digest}`);
  });

  it.each([
    [
      { imageDigest: "sha256:abc" },
      /^"sha256:abc" is not a digest; write it as "sha256:" and 64 hex digits$/,
    ],
    [{ imageDigest: digest, image: `mine@${digest}` }, /image has a digest too; keep one/],
  ])("%j is refused", (members, sentence) => {
    expectProblems(declared({ ...base, ...members }), [[`${path}.imageDigest`, sentence]]);
  });
});

describe("members that nothing could be made from", () => {
  const cases: readonly (readonly [Partial<VllmArgs>, string, RegExp])[] = [
    [{ nodes: 0 }, "nodes", /^0 is not a whole number from 1 to 16$/],
    [
      { gpus: 8, nodes: 2, pipelineParallel: 3 },
      "pipelineParallel",
      /^3 stages do not come out even on 2 nodes of 8 GPUs; use 2, 4, 8 or 16$/,
    ],
    [{ nodes: 2, pipelineParallel: 1 }, "pipelineParallel", /^1 stages .*; use 2$/],
    [{ maxSequences: 0 }, "maxSequences", /^0 is not/],
    [
      { gpuMemoryUtilization: 1.5 },
      "gpuMemoryUtilization",
      /^1.5 is not a share of the memory from 0.1 to 0.99$/,
    ],
    [{ kvCacheFormat: "fp4" as never }, "kvCacheFormat", /^"fp4" is not known; use auto or fp8$/],
    [{ toolParser: "Hermes 2" }, "toolParser", /^"Hermes 2" is not a name that vLLM registers/],
    [{ reasoningParser: "" }, "reasoningParser", /^"" is not a name/],
    [{ quantization: "--x" }, "quantization", /^"--x" is not a name/],
    [
      { quantization: "fp9" },
      "quantization",
      /^"fp9" is no way in which vLLM quantizes; did you mean "fp8"\?$/,
    ],
    [{ concurrency: 0 }, "concurrency", /^0 is not a whole number from 1 to 10,000$/],
  ];

  it.each(cases)("%j", (members, member, sentence) => {
    expectProblems(declared({ ...base, ...members }), [[`${path}.${member}`, sentence]]);
  });
});
