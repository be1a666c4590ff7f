import { randomBytes } from "node:crypto";
import { checkShape, type ShapeTable } from "./checkShape";
import type { Behaviour, Change } from "./provider";
import type { Properties } from "./wire";

/** Random values: what exists keeps its value, and any other wish makes a new one. */
export function randomBehaviour(shapes: ShapeTable): Behaviour {
  return {
    check: (type, inputs) => checkShape(shapes, type, inputs),
    replacedBy: (type) => Object.keys(shapes.objects[shapes.types[type] ?? ""]?.fields ?? {}),
    isNamed: () => false,
    takesOver: () => false,
    changedByUpdate: () => [],
    whyNotMake: () => undefined,
    whyNotDelete: () => undefined,
    idOf: () => randomBytes(8).toString("hex"),
    outputsOf,
  };
}

function outputsOf({ type, inputs }: Change): Properties {
  if (type.endsWith(":RandomPassword")) {
    const text = randomBytes(256)
      .toString("base64")
      .replace(/[^a-zA-Z0-9]/g, "");
    return { result: text.slice(0, Number(inputs["length"])), bcryptHash: `$2a$10$${text.slice(-53)}` };
  }
  const hex = randomBytes(Number(inputs["byteLength"] ?? 8)).toString("hex");
  return { hex, dec: BigInt(`0x${hex}`).toString(), b64Std: hex, b64Url: hex };
}
