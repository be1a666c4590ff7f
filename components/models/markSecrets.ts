import { secret } from "@pulumi/pulumi";
import { isUnknown } from "../shared/crds/checkNode";
import { isPlainObject } from "../shared/plainObject";
import { isListShape, isMapShape, type Members, type Shape, shapeOf } from "./memberShapes";
import { modelGatewayMembers } from "./memberTables";

/**
 * The same declaration with every secret marked as one. The engine keeps a component's arguments in its state, and an
 * output is only a secret if its maker said so. `members`: those of the declaration, by default a ModelGateway's.
 */
export function markSecrets<Args>(args: Args, members: Members = modelGatewayMembers): Args {
  return mark(args, members) as Args;
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
