import { at, type Problems } from "../shared/problems";
import { checkInteger } from "./checkInteger";
import { isRepository } from "./repositoryName";
import type { ResolvedLora, ResolvedLoras } from "./resolvedVllm";
import type { VllmArgs } from "./vllmArgs";
import type { VllmLoraArgs } from "./vllmLoraArgs";

/** Ranks that vLLM prepares adapters for (`vllm/config/lora.py`, November 2025). */
const ranks = [1, 8, 16, 32, 64, 128, 256, 320, 512] as const;
const mostSlots = 64;

/** Folder in the pod that adapters are copied to. */
export const adapterFolder = "/cache/adapters";

/** The adapters of a model; reports what is wrong with them. */
export function resolveLoras(path: string, args: VllmArgs, problems: Problems): ResolvedLoras | undefined {
  const { loras = {}, loraSlots } = args;
  const entries = Object.entries(loras);
  if (loraSlots !== undefined) {
    checkInteger(`${path}.loraSlots`, loraSlots, 1, mostSlots, problems);
  }
  if (entries.length === 0) {
    if (loraSlots !== undefined) {
      problems.add(
        `${path}.loraSlots`,
        `is ${loraSlots}, and there are no loras; declare them or take it out`,
      );
    }
    return undefined;
  }
  if (loraSlots !== undefined && loraSlots > entries.length) {
    problems.add(
      `${path}.loraSlots`,
      `${loraSlots} slots are more than the ${entries.length} loras, and each takes GPU memory; make it at most ${entries.length}`,
    );
  }
  const adapters = entries.map(([name, lora]) =>
    resolveLora(at(`${path}.loras`, name), name, lora, args, problems),
  );
  const rank = Math.max(...entries.map(([, lora]) => preparedRank(lora.rank)));
  return { slots: loraSlots ?? Math.min(8, entries.length), rank, adapters };
}

function resolveLora(
  path: string,
  name: string,
  lora: VllmLoraArgs,
  args: VllmArgs,
  problems: Problems,
): ResolvedLora {
  const { source, s3Path, rank } = lora;
  checkInteger(`${path}.rank`, rank, 1, 512, problems);
  if ((source === undefined) === (s3Path === undefined)) {
    problems.add(
      path,
      `gives ${source === undefined ? "neither" : "both"} of source and s3Path; keep exactly one`,
    );
  }
  if (source !== undefined && !isRepository(source)) {
    problems.add(
      `${path}.source`,
      `${JSON.stringify(source)} is not a Hugging Face repository; write it as owner/name`,
    );
  }
  if (s3Path !== undefined) {
    if (args.s3 === undefined) {
      problems.add(`${path}.s3Path`, "has no bucket to be read from; give s3 with bucket and region");
    }
    if (!/^[\w.@=+-]+(\/[\w.@=+-]+)*$/.test(s3Path)) {
      problems.add(
        `${path}.s3Path`,
        `${JSON.stringify(s3Path)} is not a folder of the bucket; write it as "adapters/support"`,
      );
    }
  }
  if (/\s/.test(name) || name === "") {
    problems.add(path, `${JSON.stringify(name)} is not the name of a model; use letters, digits and "-._/:"`);
  }
  const location = s3Path === undefined ? (source ?? "") : `${adapterFolder}/${s3Path}`;
  return { name, location, s3Path };
}

/** The smallest rank that vLLM has room for at which an adapter fits. */
function preparedRank(rank: number): number {
  return ranks.find((each) => each >= rank) ?? 512;
}
