import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReleaseSet, releaseSets } from "../../components/gateway/releases";
import { customResources } from "../../components/shared/crds/generated/resources";
import { tables } from "../../components/shared/crds/generated/tables";
import { generate, generatedFolder } from "../../tools/generate/generate";
import { emittedKinds } from "../../tools/generate/kinds";
import { safePatterns } from "../../tools/generate/nodePool";
import { type CrdSource, crdVersions, findCrds } from "../../tools/generate/sources";
import { nameTypes, segmentOf } from "../../tools/generate/typeNames";
import { skipWithReason } from "../schema/skipWithReason";

const sets = Object.values(ReleaseSet);

function committed(): Map<string, string> {
  return new Map(
    readdirSync(generatedFolder).map((file) => [file, readFileSync(join(generatedFolder, file), "utf8")]),
  );
}

/** Names of files that differ; the texts themselves would be a page of noise in a report. */
function differing(files: ReadonlyMap<string, string>): string[] {
  const there = committed();
  return [...new Set([...files.keys(), ...there.keys()])].filter(
    (file) => files.get(file) !== there.get(file),
  );
}

describe("the generated files", () => {
  it.for(sets)("are what `npm run generate` makes from the CRD files of release set %s", (set, context) => {
    const source = findCrds(set);
    if (source.missing !== undefined) {
      skipWithReason(context, source.missing);
    }
    const only = (other: ReleaseSet): CrdSource =>
      other === set ? source : { missing: "left out by the test" };
    expect(differing(generate(only).files)).toEqual([]);
  });

  it("stay as they are where no CRD files are found", () => {
    const { files, kept } = generate(() => ({ missing: "nothing there" }));
    expect(differing(files)).toEqual([]);
    expect([...kept]).toEqual(sets.map((set) => [set, "nothing there"]));
  });

  it("cover every kind in every release set, with a resource class", () => {
    for (const set of sets) {
      expect(Object.keys(tables.kinds[set])).toEqual([...emittedKinds].sort());
    }
    expect(Object.keys(customResources)).toEqual([...emittedKinds].sort());
    for (const [key, type] of Object.entries(customResources)) {
      expect(key.endsWith(`/${type.name}`)).toBe(true);
    }
  });

  it("hold neither prose nor expressions, and stay small", () => {
    const texts = [...committed().values()];
    expect(texts.join("").length).toBeLessThan(400_000);
    for (const text of texts) {
      expect(text).not.toMatch(/self\.|has\(|description":\s*"|x-kubernetes/);
    }
  });

  it("name every node after the nodes that it refers to, and none twice", () => {
    tables.nodes.forEach((node, index) => {
      const children =
        node.type === "array" ? [node.items] : node.type === "object" ? Object.values(node.fields ?? {}) : [];
      expect(children.every((child) => child < index)).toBe(true);
    });
    expect(new Set(tables.nodes.map((node) => JSON.stringify(node))).size).toBe(tables.nodes.length);
  });
});

describe("the CRD versions of the generator", () => {
  it.each(sets)("are those of release set %s", (set) => {
    const { aiGateway, envoyGateway, gatewayApi, inferenceExtension } = releaseSets[set];
    expect(crdVersions[set]).toEqual({
      aiGateway: aiGateway.version,
      envoyGateway: envoyGateway.version,
      gatewayApi: gatewayApi.version,
      inferenceExtension: inferenceExtension.version,
    });
  });
});

describe("the patterns that stand in for slow ones", () => {
  it.each(Object.entries(safePatterns))("%s", (slow, safe) => {
    // Short, for the slow ones need twice the time for every character more.
    const characters = fc.constantFrom("a", "-", ".", "*", "/", ":", "1", " ", "\t", "~", "\n", "é");
    const text = fc.string({ unit: characters, maxLength: 10 });
    const samples = fc.oneof(
      text,
      text.map((rest) => `https://${rest}`),
    );
    fc.assert(
      fc.property(samples, (value) => {
        expect(new RegExp(safe).test(value), value).toBe(new RegExp(slow).test(value));
      }),
      { numRuns: 5000 },
    );
  });

  it("replace patterns that the CRDs still have", () => {
    const patterns = tables.nodes.flatMap((node) => ("patterns" in node ? (node.patterns ?? []) : []));
    expect(patterns).toEqual(expect.arrayContaining(Object.values(safePatterns)));
  });
});

describe("names of types", () => {
  const named = (...paths: string[][][]) =>
    nameTypes(
      paths.map((own) => ({ paths: own })),
      new Set(["Backend"]),
    );

  it("are as short as tells them apart", () => {
    expect(
      named(
        [["Route", "Spec", "Rule", "Match"]],
        [
          ["Pool", "Spec", "Retry", "Http"],
          ["Route", "Spec", "Retry", "Http"],
        ],
        [
          ["Pool", "Spec", "Timeout", "Http"],
          ["Route", "Spec", "Timeout", "Http"],
        ],
        [["Route", "Spec"]],
        [
          ["Pool", "Spec", "Backend"],
          ["Route", "Spec", "Backend"],
        ],
      ),
    ).toEqual(["RouteMatch", "RetryHttp", "TimeoutHttp", "RouteSpec", "PoolBackend"]);
  });

  it("are numbered where nothing tells them apart", () => {
    expect(named([["Route", "Spec", "Tls"]], [["Route", "Spec", "Tls"]])).toEqual(["RouteTls", "RouteTls2"]);
  });

  it.each([
    ["rules", "Rule"],
    ["matches", "Match"],
    ["policies", "Policy"],
    ["addresses", "Address"],
    ["class", "Class"],
  ])("have the entries of %s in the singular: %s", (field, expected) => {
    expect(segmentOf(field, true)).toBe(expected);
  });
});
