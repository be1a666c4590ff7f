import { mostTokens } from "../../extproc/contract";
import type { Problems } from "../shared/problems";
import type { ModelArgs } from "./modelArgs";
import type { ResolvedModel } from "./resolved";
import { checkInteger } from "./resolveVllm";

/** How long a model's input and output can be; vLLM's context length bounds both. */
export function resolveTokenLimits(
  path: string,
  args: ModelArgs,
  problems: Problems,
): Pick<ResolvedModel, "contextTokens" | "maxOutputTokens"> {
  const { contextTokens, maxOutputTokens, vllm } = args;
  for (const field of ["contextTokens", "maxOutputTokens"] as const) {
    const value = args[field];
    if (value !== undefined) {
      checkInteger(`${path}.${field}`, value, 1, mostTokens, problems);
    }
  }
  if (vllm !== undefined && contextTokens !== undefined) {
    problems.add(
      `${path}.contextTokens`,
      `${contextTokens} is vllm.maxModelLen for a model of your own; write it there`,
    );
  }
  const context = vllm?.maxModelLen ?? contextTokens;
  if (maxOutputTokens !== undefined && context !== undefined && maxOutputTokens > context) {
    problems.add(
      `${path}.maxOutputTokens`,
      `${maxOutputTokens} is more than the ${context} tokens that the model takes at all; make it at most that`,
    );
  }
  return { contextTokens: context, maxOutputTokens: maxOutputTokens ?? vllm?.maxModelLen };
}
