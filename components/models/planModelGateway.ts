import { checkObjects } from "../shared/checkObjects";
import type { RenderedObject } from "../shared/manifest";
import { Problems } from "../shared/problems";
import type { ModelGatewayArgs } from "./modelGatewayArgs";
import { modelGatewayManifests } from "./modelGatewayManifests";
import type { ResolvedModelGateway } from "./resolved";
import { resolveModelGateway } from "./resolveModelGateway";

/** A declaration that passed every check, and the objects that carry it out. */
export interface ModelGatewayPlan {
  readonly resolved: ResolvedModelGateway;
  readonly objects: readonly RenderedObject[];
}

/**
 * Resolves, renders and checks a declaration, without Pulumi's engine.
 *
 * @throws DeclarationError with all problems at once.
 */
export function planModelGateway(name: string, args: ModelGatewayArgs): ModelGatewayPlan {
  const resolved = resolveModelGateway(name, args);
  const objects = modelGatewayManifests(resolved);
  const problems = new Problems();
  checkObjects(resolved.release, objects, problems);
  problems.throwIfAny(name);
  return { resolved, objects };
}
