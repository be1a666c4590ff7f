import type { Evaluation, PlanResource } from "./evaluate/evaluation";
import { maskValue } from "./evaluate/values";
import { compareText, inDependencyOrder } from "./render/order";
import { maskedInputs } from "./render/secrets";

/** The version of the format of `plan.json`. */
export const planVersion = 1;

/**
 * The content of `plan.json`, in pieces, since a plan of many models is larger than is good to hold as one string.
 *
 * `{ version, project, stack, resources, outputs }`: resources in dependency order, then by URN; keys of inputs
 * sorted; secrets as "[secret]", values that only the deployment will know as "[unknown]". The same program gives
 * the same bytes.
 */
export function* planChunks(evaluation: Evaluation): Generator<string> {
  const { project, stack, resources, outputs } = evaluation;
  yield `{\n  "version": ${planVersion},\n  "project": ${JSON.stringify(project)},\n`;
  yield `  "stack": ${JSON.stringify(stack)},\n  "resources": [`;
  let separator = "\n";
  for (const resource of inDependencyOrder(resources, (a, b) => compareText(a.urn, b.urn))) {
    yield `${separator}${indented(planEntry(resource), "    ")}`;
    separator = ",\n";
  }
  yield `\n  ],\n  "outputs": ${indented(maskValue(outputs), "  ").trimStart()}\n}\n`;
}

function planEntry(resource: PlanResource): object {
  const { urn, type, name, custom, parent, dependencies, provider, options } = resource;
  return {
    urn,
    type,
    name,
    custom,
    parent,
    dependencies,
    provider,
    inputs: maskedInputs(resource),
    options: maskValue(options),
  };
}

function indented(value: unknown, indent: string): string {
  return indent + JSON.stringify(value, undefined, 2).replaceAll("\n", `\n${indent}`);
}
