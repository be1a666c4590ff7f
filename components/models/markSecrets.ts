import { secret } from "@pulumi/pulumi";
import { isUnknown } from "../shared/crds/checkNode";
import { isPlainObject } from "../shared/plainObject";
import { isListShape, isMapShape, type Shape, shapeOf } from "./memberShapes";
import { modelGatewayMembers } from "./memberTables";
import type { ModelGatewayArgs } from "./modelGatewayArgs";

/**
 * The same declaration with every secret marked as one. The engine keeps a component's arguments in its state, and an
 * output is only a secret if its maker said so.
 */
export function markSecrets(args: ModelGatewayArgs): ModelGatewayArgs {
  return mark(args, modelGatewayMembers) as ModelGatewayArgs;
}

function mark(value: unknown, shape: Shape | undefined): unknown {
  if (shape === "secret") {
    // Plain text stays as it is, to be refused where it is checked.
    return isUnknown(value) ? secret(value) : value;
  }
  if (shape === undefined || typeof shape === "string" || isListShape(shape) || !isPlainObject(value)) {
    return value;
  }
  const inner = (name: string) => (isMapShape(shape) ? shape.eachOf : shapeOf(shape, name));
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, mark(entry, inner(name))]));
}
