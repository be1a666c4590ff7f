import { ReleaseSet } from "../gateway/releases";
import { at, type Problems } from "../shared/problems";
import type { ModelArgs } from "./modelArgs";
import type { ResolvedModel, ResolvedRoute, ResolvedRouteTarget } from "./resolved";
import { ClientEndpoint } from "./schemas";

/** Client APIs whose bodies the picker can read: a list of messages or a prompt (inference extension v1.0.2). */
const readable: readonly ClientEndpoint[] = [
  ClientEndpoint.Chat,
  ClientEndpoint.Completions,
  ClientEndpoint.Messages,
];

interface PickerSurroundings {
  readonly models: ReadonlyMap<string, ResolvedModel>;
  /** Namespace of the Gateway. */
  readonly namespace: string;
  readonly release: ReleaseSet;
  readonly problems: Problems;
}

/** Reports what AI Gateway would drop in front of a picker: it leaves a pool's requests as they are. */
export function checkPickedModels(
  declared: Readonly<Record<string, ModelArgs>>,
  { models, namespace, release, problems }: PickerSurroundings,
): void {
  for (const [key, args] of Object.entries(declared)) {
    const model = models.get(key);
    // Of an adapter this was all written at the model whose pods serve it.
    if (model?.vllm?.picker === undefined) {
      continue;
    }
    const path = at("models", key);
    for (const member of ["headers", "body"] as const) {
      if (args[member] !== undefined) {
        problems.add(
          `${path}.${member}`,
          `changes what the pods get, and AI Gateway changes nothing on the way to an endpoint picker; take it out, or endpointPicker`,
        );
      }
    }
    if (model.upstreamName !== key) {
      problems.add(
        `${path}.upstreamName`,
        `"${model.upstreamName}" is another name than clients use, and the endpoint picker sees the clients'; take it out, or endpointPicker`,
      );
    }
    if (model.namespace !== namespace && release === ReleaseSet.V1_0) {
      problems.add(
        `${path}.namespace`,
        `"${model.namespace}" is not the gateway's, and release set 1.0 looks for the pool of an endpoint picker in its own; leave it out, or use release set 1.1`,
      );
    }
  }
}

/** A route as far as pickers allow it; reports rules that the API refuses, or that would not do what they say. */
export function checkPickedRoute(
  route: ResolvedRoute,
  declared: ModelArgs,
  { models, problems }: Pick<PickerSurroundings, "models" | "problems">,
): ResolvedRoute {
  const path = at("models", route.key);
  checkRule(path, "", route, route.targets, models, problems);
  for (const { model, targets } of route.tiers) {
    checkRule(path, `, where budgets lead to "${model}",`, route, targets, models, problems);
  }
  const isPicked = [route.targets, ...route.tiers.map(({ targets }) => targets)]
    .flat()
    .some(({ model }) => models.get(model)?.inferencePool !== undefined);
  if (!isPicked) {
    return route;
  }
  for (const endpoint of declared.serves ?? []) {
    if (!readable.includes(endpoint)) {
      problems.add(
        `${path}.serves`,
        `"${endpoint}" cannot be asked of a model with an endpoint picker, which answers 400 where it finds neither messages nor a prompt; take it out, or endpointPicker`,
      );
    }
  }
  return { ...route, endpoints: route.endpoints.filter((endpoint) => readable.includes(endpoint)) };
}

/** A rule takes one pool and nothing else, and the name in the request goes to its pods as it is. */
function checkRule(
  path: string,
  where: string,
  { key }: ResolvedRoute,
  targets: readonly ResolvedRouteTarget[],
  models: ReadonlyMap<string, ResolvedModel>,
  problems: Problems,
): void {
  const picked = targets.flatMap(({ model }) => {
    const found = models.get(model);
    return found?.inferencePool === undefined ? [] : [found];
  });
  const [first] = picked;
  if (first === undefined) {
    return;
  }
  if (targets.length > 1) {
    const others = targets.filter(({ model }) => model !== first.key).map(({ model }) => `"${model}"`);
    problems.add(
      path,
      `reaches "${first.key}"${where} together with ${others.join(" and ")}, and a rule takes a model with an endpoint picker alone: no fallback, no shares, no canary; take endpointPicker out of "${first.key}", or let a budget's overflowTo lead to the other, which is a rule of its own`,
    );
  } else if (first.key !== key) {
    problems.add(
      path,
      `reaches "${first.key}"${where} under another name, and its pods behind an endpoint picker know only "${first.upstreamName}"; take endpointPicker out of "${first.key}", or let clients call it by its own name`,
    );
  }
}
