import type { Input } from "@pulumi/pulumi";
import type { Problems } from "../shared/problems";
import type { ResolvedVllm } from "./resolvedVllm";

/** Port that vLLM listens on in its pod and Service. */
export const vllmPort = 8000;

/** Arguments of `vllm serve`: the model comes first, by position. */
export function vllmFlags(vllm: ResolvedVllm, servedName: string): readonly Input<string>[] {
  const { weights, loras } = vllm;
  return [
    weights.model,
    ...option("--revision", weights.kind === "hub" ? vllm.revision : undefined),
    "--served-model-name",
    servedName,
    "--port",
    String(vllmPort),
    "--max-model-len",
    vllm.maxModelLen === undefined ? "auto" : String(vllm.maxModelLen),
    ...option("--tensor-parallel-size", moreThanOne(vllm.tensorParallel)),
    ...option("--pipeline-parallel-size", moreThanOne(vllm.pipelineParallel)),
    "--shutdown-timeout",
    String(vllm.shutdownSeconds),
    // Without it usage does not tell cached input tokens apart.
    "--enable-prompt-tokens-details",
    ...(vllm.usageInEveryChunk ? ["--enable-force-include-usage"] : []),
    ...option("--dtype", vllm.dtype),
    ...option("--quantization", vllm.quantization),
    ...option("--kv-cache-dtype", vllm.kvCacheFormat),
    ...option("--gpu-memory-utilization", vllm.gpuMemoryUtilization),
    ...option("--max-num-seqs", vllm.maxSequences),
    ...option("--max-num-batched-tokens", vllm.maxBatchedTokens),
    ...(vllm.toolParser === undefined
      ? []
      : ["--enable-auto-tool-choice", "--tool-call-parser", vllm.toolParser]),
    ...option("--reasoning-parser", vllm.reasoningParser),
    ...(weights.kind === "s3" ? streamerFlags(vllm) : []),
    ...(loras === undefined
      ? []
      : [
          "--enable-lora",
          "--max-loras",
          String(loras.slots),
          "--max-lora-rank",
          String(loras.rank),
          "--max-cpu-loras",
          String(Math.max(loras.slots, loras.adapters.length)),
          "--lora-modules",
          ...loras.adapters.map(({ name, location }) => JSON.stringify({ name, path: location })),
        ]),
    ...vllm.modelFlags,
  ];
}

/** Reads tensors from the bucket into GPU memory. Each GPU of a split model then reads its own share of them. */
function streamerFlags({ tensorParallel }: ResolvedVllm): readonly string[] {
  const split = ["--model-loader-extra-config", JSON.stringify({ distributed: true })];
  return ["--load-format", "runai_streamer", ...(tensorParallel > 1 ? split : [])];
}

function option(flag: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [flag, String(value)];
}

function moreThanOne(count: number): number | undefined {
  return count > 1 ? count : undefined;
}

/** Flags of which this package always has the say, and the members that stand for them. */
const alwaysOwned: Readonly<Record<string, string>> = {
  "--model": "source",
  "--config": "extraArgs itself, flag by flag",
  "--served-model-name": "upstreamName of the model",
  "--revision": "revision",
  "--host": "",
  "--port": "",
  "--uds": "",
  "--ssl-keyfile": "",
  "--ssl-certfile": "",
  "--ssl-ca-certs": "",
  "--api-key": "",
  "--hf-token": "hfToken",
  "--download-dir": "cache",
  "--tensor-parallel-size": "gpus",
  "--pipeline-parallel-size": "pipelineParallel",
  // Each copy takes GPUs of its own, and the pod asks for those of one.
  "--data-parallel-size": "replicas",
  "--data-parallel-size-local": "replicas",
  "--data-parallel-rank": "replicas",
  "--data-parallel-start-rank": "replicas",
  "--data-parallel-address": "replicas",
  "--data-parallel-rpc-port": "replicas",
  "--data-parallel-backend": "replicas",
  "--data-parallel-hybrid-lb": "replicas",
  "--data-parallel-external-lb": "replicas",
  "--prefill-context-parallel-size": "",
  "--nnodes": "nodes",
  "--node-rank": "nodes",
  "--master-addr": "nodes",
  "--master-port": "nodes",
  "--headless": "nodes",
  "--max-model-len": "maxModelLen",
  "--shutdown-timeout": "shutdownSeconds",
  "--enable-prompt-tokens-details": "",
  "--enable-lora": "loras",
  "--lora-modules": "loras",
  "--max-loras": "loraSlots",
  "--max-lora-rank": "loras",
  "--max-cpu-loras": "loras",
};

/** Flags that it owns where it sets them, and where the checks of size rely on them. */
const owned: Readonly<Record<string, string>> = {
  ...alwaysOwned,
  "--enable-force-include-usage": "usageInEveryChunk",
  "--dtype": "",
  "--quantization": "quantization",
  "--kv-cache-dtype": "kvCacheFormat",
  "--gpu-memory-utilization": "gpuMemoryUtilization",
  "--max-num-seqs": "maxSequences",
  "--max-num-batched-tokens": "",
  "--kv-cache-memory-bytes": "gpuMemoryUtilization",
  "--num-gpu-blocks-override": "gpuMemoryUtilization",
  "--cpu-offload-gb": "",
  "--disable-log-stats": "",
  "--enable-auto-tool-choice": "toolParser",
  "--tool-call-parser": "toolParser",
  "--reasoning-parser": "reasoningParser",
  "--load-format": "weights",
  "--model-loader-extra-config": "weights",
};

/** A size that is checked must not be changed behind the check's back. */
const sizeFlags = [
  "--quantization",
  "--kv-cache-dtype",
  "--gpu-memory-utilization",
  "--kv-cache-memory-bytes",
  "--num-gpu-blocks-override",
  "--cpu-offload-gb",
];

/** Autoscaling and endpoint pickers read what this flag takes away. */
function readsMetrics({ autoscaling, picker }: ResolvedVllm): boolean {
  return autoscaling !== undefined || picker !== undefined;
}

/** vLLM's short forms of flags that are owned. */
const shortForms: Readonly<Record<string, string>> = {
  "-tp": "--tensor-parallel-size",
  "-pp": "--pipeline-parallel-size",
  "-dp": "--data-parallel-size",
  "-dpl": "--data-parallel-size-local",
  "-dpn": "--data-parallel-rank",
  "-dpr": "--data-parallel-start-rank",
  "-dpa": "--data-parallel-address",
  "-dpp": "--data-parallel-rpc-port",
  "-dpb": "--data-parallel-backend",
  "-dph": "--data-parallel-hybrid-lb",
  "-dpe": "--data-parallel-external-lb",
  "-pcp": "--prefill-context-parallel-size",
  "-n": "--nnodes",
  "-r": "--node-rank",
  "-q": "--quantization",
};

/** Reports further arguments that would set a flag for the second time: one value would win by vLLM's own rules. */
export function checkExtraArgs(path: string, vllm: ResolvedVllm, problems: Problems): void {
  const set = new Set(vllmFlags(vllm, "").filter((each) => typeof each === "string"));
  const mine = Object.keys(owned).filter(
    (flag) =>
      Object.hasOwn(alwaysOwned, flag) ||
      set.has(flag) ||
      (vllm.sizing !== undefined && sizeFlags.includes(flag)) ||
      (readsMetrics(vllm) && flag === "--disable-log-stats"),
  );
  for (const argument of vllm.extraArgs) {
    const flag = flagOf(argument);
    const hit = flag === undefined ? undefined : ownedBy(flag, mine);
    if (hit !== undefined) {
      const member = owned[hit] ?? "";
      const written = argument.split("=")[0] ?? argument;
      const short = written === hit || written.replaceAll("_", "-") === hit ? "" : ` (${hit})`;
      problems.add(
        `${path}.extraArgs`,
        `"${written}"${short} is set by this package; ${member === "" ? "take it out" : `use ${member}`}`,
      );
    }
  }
}

/**
 * The flag of an argument as vLLM reads it: underscores count as hyphens, `--no-x` switches x, `--x=1` and the
 * dotted `--x.y` and `--x+` set parts of x.
 */
function flagOf(argument: string): string | undefined {
  const [written = ""] = argument.split("=");
  if (!/^-{1,2}[a-zA-Z]/.test(written)) {
    return undefined;
  }
  const [plain = ""] = written.replaceAll("_", "-").split(/[.+]/);
  return plain.replace(/^--no-/, "--");
}

/** Python's parser takes a long flag by any beginning that only one has. */
function ownedBy(flag: string, mine: readonly string[]): string | undefined {
  const long = shortForms[flag] ?? flag;
  return mine.includes(long)
    ? long
    : mine.find((each) => long.startsWith("--") && long.length > 4 && each.startsWith(long));
}
