import { checkObjects } from "../shared/checkObjects";
import type { RenderedObject } from "../shared/manifest";
import { Problems } from "../shared/problems";
import type { ModelGatewayArgs } from "./modelGatewayArgs";
import { modelGatewayManifests } from "./modelGatewayManifests";
import type { PoolShapes } from "./modelPools";
import type { ResolvedModelGateway } from "./resolved";
import { resolveModelGateway } from "./resolveModelGateway";

/** A declaration that passed every check, and the objects that carry it out. */
export interface ModelGatewayPlan {
  readonly resolved: ResolvedModelGateway;
  readonly objects: readonly RenderedObject[];
}

/**
 * Resolves, renders and checks a declaration, without Pulumi's engine. `pools`: nodes that the caller knows, besides
 * those that the declaration names.
 *
 * @throws DeclarationError with all problems at once.
 */
export function planModelGateway(
  name: string,
  args: ModelGatewayArgs,
  pools: PoolShapes = {},
): ModelGatewayPlan {
  const resolved = resolveModelGateway(name, args, pools);
  const objects = modelGatewayManifests(resolved);
  const problems = new Problems();
  checkObjects(resolved.release, objects, problems);
  problems.throwIfAny(name);
  return { resolved, objects };
}
