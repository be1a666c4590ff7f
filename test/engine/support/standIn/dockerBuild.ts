import { createHash } from "node:crypto";
import { checkShape, type ShapeTable } from "./checkShape";
import type { Behaviour } from "./provider";
import { at } from "./wire";

/** Builds of images: nothing is built, and the digest is that of the inputs. */
export function dockerBuildBehaviour(shapes: ShapeTable): Behaviour {
  return {
    check: (type, inputs) => checkShape(shapes, type, inputs),
    replacedBy: () => [],
    isNamed: () => false,
    takesOver: () => false,
    changedByUpdate: () => ["digest", "contextHash", "ref"],
    whyNotMake: () => undefined,
    whyNotDelete: () => undefined,
    idOf: ({ name }) => name,
    outputsOf: ({ inputs }) => {
      const digest = `sha256:${createHash("sha256").update(JSON.stringify(inputs)).digest("hex")}`;
      const [tag] = [at(inputs, "tags")].flat();
      return { digest, contextHash: digest, ref: `${tag}@${digest}` };
    },
  };
}
