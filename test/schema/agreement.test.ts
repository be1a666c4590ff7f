import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReleaseSet } from "../../components/gateway/releases";
import { checkManifest } from "../../components/shared/crds/checkManifest";
import { isRecord } from "../../components/shared/crds/checkNode";
import { broken, cases } from "./kindCases";
import { skipWithReason } from "./skipWithReason";
import { missingCrds, validateObjects } from "./validateObjects";

/** Every field and list entry below a value, as dotted paths. */
function pathsOf(value: unknown, path = ""): string[] {
  if (!isRecord(value) && !Array.isArray(value)) {
    return [];
  }
  const entries = Object.entries(value).filter(([key]) => !key.includes("."));
  return entries.flatMap(([key, child]) => {
    const own = path === "" ? key : `${path}.${key}`;
    return [own, ...pathsOf(child, own)];
  });
}

const places = cases.flatMap(({ good }) => pathsOf({ spec: good["spec"] }).map((at) => ({ good, at })));

const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    true,
    "",
    "a",
    "A",
    "1",
    "10s",
    "1Mi",
    "System",
    "Exact",
    "a.b",
    "a b",
    "*",
  ),
  fc.constantFrom<unknown>(
    "x".repeat(64),
    "x".repeat(254),
    "https://a.example",
    "é".repeat(63),
    "one\ntwo",
    "==",
  ),
  fc.constantFrom<unknown>(-1, 0, 1, 1.5, 443, 65_536, 2 ** 31, -(2 ** 31) - 1, [], {}, [{}], ["a"], {
    a: "b",
  }),
);

const mutations = fc.record({ place: fc.constantFrom(...places), to: anyValue });

/** How the validator words what no rule is needed for. */
const schemaFault =
  /in body|unknown field|Required value|Unsupported value|Duplicate value|Too (long|many|few)/;

describe.each(Object.values(ReleaseSet))("release set %s", (set) => {
  it("checkManifest and the validator agree on changed objects, but for rules", async (context) => {
    const missing = missingCrds(set);
    if (missing !== undefined) {
      skipWithReason(context, missing);
    }
    const samples = fc.sample(mutations, { numRuns: 250, seed: 20 });
    const objects = samples.map(({ place, to }) => broken(place.good, { what: "", at: place.at, to }));
    const results = await validateObjects(set, objects);
    const compared = samples.map(({ place: { good, at }, to }, i) => ({
      object: `${good.kind} ${at} = ${JSON.stringify(to)}`,
      ours: checkManifest(set, objects[i] ?? good),
      theirs: results[i]?.message ?? "no answer",
    }));
    const needless = compared.filter(({ ours, theirs }) => ours.length > 0 && theirs === "");
    const overlooked = compared.filter(({ ours, theirs }) => ours.length === 0 && schemaFault.test(theirs));
    expect({ needless, overlooked }).toEqual({ needless: [], overlooked: [] });
    expect(compared.filter(({ ours }) => ours.length > 0).length).toBeGreaterThan(50);
    expect(compared.filter(({ theirs }) => theirs === "").length).toBeGreaterThan(25);
  });
});
