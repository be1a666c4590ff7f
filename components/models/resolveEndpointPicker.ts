import { defaultReleaseSet, imageName, type ReleaseSet, releaseSets } from "../gateway/releases";
import { isDnsName, objectName } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import { checkCpu, checkMemory } from "../shared/quantities";
import { checkInteger } from "./checkInteger";
import type { EndpointPickerArgs } from "./endpointPickerArgs";
import type { ModelShape } from "./modelShape";
import type { ResolvedEndpointPicker } from "./resolvedEndpointPicker";
import type { VllmArgs } from "./vllmArgs";

/** The default of each member of `EndpointPickerArgs`. */
export const endpointPickerDefaults = Object.freeze({ cpu: "500m", memory: "1Gi" });

const leastPriority = -1_000;

interface EndpointPickerContext {
  readonly release: ReleaseSet;
  /** What is served, as far as it is known. */
  readonly model: ModelShape | undefined;
  /** Most replicas of the model at a time. */
  readonly replicas: number;
  readonly problems: Problems;
  readonly warn: (sentence: string) => void;
}

/** The picker of a model; `undefined` where its Service spreads requests. Reports what is wrong with it. */
export function resolveEndpointPicker(
  path: string,
  modelKey: string,
  { endpointPicker = false, picker }: VllmArgs,
  { release, model, replicas, problems, warn }: EndpointPickerContext,
): ResolvedEndpointPicker | undefined {
  if (!endpointPicker) {
    if (picker !== undefined) {
      problems.add(
        `${path}.picker`,
        "describes pods that are not made; set endpointPicker: true, or take it out",
      );
    }
    return undefined;
  }
  const args: EndpointPickerArgs = picker ?? {};
  // An unknown release set is reported where it is given.
  const known = releaseSets[Object.hasOwn(releaseSets, release) ? release : defaultReleaseSet];
  const resolved: ResolvedEndpointPicker = {
    cpu: args.cpu ?? endpointPickerDefaults.cpu,
    memory: args.memory ?? endpointPickerDefaults.memory,
    image: args.image ?? imageName(known.endpointPicker),
    metrics: args.metrics ?? false,
    objectives: objectivesOf(modelKey, args),
  };
  checkPods(`${path}.picker`, resolved, problems);
  checkObjectives(`${path}.picker.objectives`, resolved.objectives, problems);
  if (model !== undefined && model.task !== "generate") {
    problems.add(
      `${path}.endpointPicker`,
      `is true, and ${model.name} does not generate text; the picker reads a prompt from every request and answers 400 where there is none; take it out`,
    );
  }
  if (replicas === 1) {
    warn(
      `${path}.endpointPicker: there is one replica, so nothing is chosen and each request takes one hop more; have several, or take it out`,
    );
  }
  return resolved;
}

function objectivesOf(
  modelKey: string,
  { objectives }: EndpointPickerArgs,
): Readonly<Record<string, number>> {
  return objectives === undefined
    ? { [`${objectName(modelKey)}-sheddable`]: -1 }
    : Object.fromEntries(Object.entries(objectives).map(([name, { priority }]) => [name, priority]));
}

function checkPods(path: string, { image, cpu, memory }: ResolvedEndpointPicker, problems: Problems): void {
  if (image === "") {
    problems.add(`${path}.image`, "is empty; name an image or leave it out");
  }
  checkCpu(`${path}.cpu`, cpu, problems);
  checkMemory(`${path}.memory`, memory, problems);
}

function checkObjectives(
  path: string,
  objectives: Readonly<Record<string, number>>,
  problems: Problems,
): void {
  for (const [name, priority] of Object.entries(objectives)) {
    if (!isDnsName(name)) {
      problems.add(
        at(path, name),
        'is not the name of an object; use lower-case letters, digits, "-" and "."',
      );
    }
    if (Number.isInteger(priority) && priority >= 0) {
      problems.add(
        `${at(path, name)}.priority`,
        `${priority} changes nothing: this picker treats 0 and above alike, and only drops requests below 0 when every replica is full; use -1, or take the objective out`,
      );
    } else {
      checkInteger(`${at(path, name)}.priority`, priority, leastPriority, -1, problems);
    }
  }
}
