import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ReleaseSet } from "../../components/gateway/releases";
import type { Manifest } from "../../components/shared/manifest";
import { type RenderedStack, renderStack } from "../support/renderStack";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

const stacks = readdirSync(join(__dirname, "../../stacks"))
  .filter((file) => file.endsWith(".ts") && file !== "index.ts")
  .map((file) => basename(file, ".ts"));

/** What each stack runs; a new stack has to be added, or its test fails. */
const releaseOf: Readonly<Record<string, ReleaseSet>> = {
  local: ReleaseSet.V1_0,
  dev: ReleaseSet.V1_1,
  prod: ReleaseSet.V1_1,
};

describe.each(stacks)("stack %s", (stack) => {
  const release = releaseOf[stack];
  let rendered: RenderedStack = { files: {}, objects: [], plannedObjects: [] };
  beforeAll(() => {
    rendered = renderStack(stack);
  });

  it("gives the same bytes twice", () => {
    expect(renderStack(stack).files).toEqual(rendered.files);
  });

  it("has only valid objects, and all that the plan names", async (context) => {
    if (release === undefined) {
      throw new Error(`stack ${stack} is new: say in releaseOf which release set it runs`);
    }
    const missing = missingCrds(release);
    context.skip(missing !== undefined, missing);
    expect(rendered.plannedObjects.length).toBeGreaterThan(10);
    expect(await expectAllValid(release, rendered.objects)).toBe(rendered.plannedObjects.length);
  });

  it("has no kind whose broken object would pass", async (context) => {
    const set = release ?? ReleaseSet.V1_1;
    const missing = missingCrds(set);
    context.skip(missing !== undefined, missing);
    const oneOfEach = [...new Map(rendered.objects.map((object) => [object.kind, object])).values()];
    const results = await validateObjects(set, oneOfEach.map(broken));
    expect(results.filter(({ ok }) => ok).map(({ name }) => name)).toEqual([]);
  });
});

/** The object with a value where no schema takes one. */
function broken(object: Manifest): Manifest {
  return { ...object, [object["spec"] === undefined ? "metadata" : "spec"]: "not an object" } as Manifest;
}
