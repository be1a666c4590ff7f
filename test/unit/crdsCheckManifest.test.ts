import { Output, output, secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ReleaseSet } from "../../components/gateway/releases";
import { checkManifest, isKnownKind } from "../../components/shared/crds/checkManifest";
import { tables } from "../../components/shared/crds/generated/tables";
import type { ManifestOf } from "../../components/shared/crds/manifestOf";
import type { Manifest } from "../../components/shared/manifest";
import { broken, cases, kindCases } from "../schema/kindCases";

const route = kindCases.AIGatewayRoute.good;
const change = (at: string, to: unknown, good: Manifest = route) => broken(good, { what: "", at, to });
const texts = (set: ReleaseSet, manifest: Manifest) =>
  checkManifest(set, manifest).map(({ path, reason }) => `${path}: ${reason}`);

describe.each(Object.values(ReleaseSet))("checkManifest for release set %s", (set) => {
  it.each(cases)(
    "takes a correct $kind and finds what is wrong with a broken one",
    ({ good, schemaBreaks }) => {
      expect(isKnownKind(set, good)).toBe(true);
      expect(checkManifest(set, good)).toEqual([]);
      for (const one of schemaBreaks) {
        const place = one.at.replace(/\.(\d+)/g, "[$1]");
        const paths = checkManifest(set, broken(good, one)).map(({ path }) => path);
        // A repeated key is a fault of the entry, a wrong entry one of what it holds.
        expect(paths, one.what).toSatisfy(([path = "nothing found"]: string[]) => {
          return place.startsWith(path) || path.startsWith(place);
        });
      }
    },
  );
});

describe("checkManifest", () => {
  it.each([
    [
      "spec.rules.0.backendRefs.0.weight",
      -1,
      "spec.rules[0].backendRefs[0].weight: must be 0 to 2147483647, not -1",
    ],
    [
      "spec.rules.0.backendRefs.0.weight",
      "9",
      'spec.rules[0].backendRefs[0].weight: must be a whole number, not "9"',
    ],
    ["spec.rules.0.backendRefs.0.name", undefined, "spec.rules[0].backendRefs[0].name: is required"],
    ["spec.rules.0.backendRefs.0.name", "", 'must have at least 1 characters, "" has 0'],
    [
      "spec.rules.0.timeouts.request",
      "1 minute",
      'spec.rules[0].timeouts.request: "1 minute" does not match ^(',
    ],
    [
      "spec.llmRequestCosts.0.type",
      "Tokens",
      'spec.llmRequestCosts[0].type: "Tokens" is not one of "OutputToken", ',
    ],
    ["spec.rules", {}, "spec.rules: must be a list, not an object"],
    [
      "spec.rules",
      Array.from({ length: 16 }, () => ({})),
      "spec.rules: must have at most 15 entries, has 16",
    ],
    ["spec.rule", [], "spec.rule: unknown field; known are: hostnames, llmRequestCosts, parentRefs, rules"],
    ["status", {}, "status: unknown field"],
    ["metadata.name", "Qwen/Qwen3", "metadata.name: must be 1 to 253 lower case letters"],
    ["metadata.labels", { "a/b": "c d" }, 'metadata.labels["a/b"]: "c d" is not a label value'],
    ["spec.rules.0.timeouts", null, "spec.rules[0].timeouts: must be an object, not null"],
  ])("%s = %j", (at, to, expected) => {
    const found = texts("1.0", change(at, to));
    expect(found.length).toBe(1);
    expect(found[0]).toContain(expected);
  });

  it("misses a whole spec", () => {
    expect(texts("1.0", change("spec", undefined, kindCases.Gateway.good))).toEqual(["spec: is required"]);
  });

  it("finds all problems at once", () => {
    const twice = change(
      "spec.rules.0.matches.0.headers.0.name",
      7,
      change("spec.parentRefs.0.name", undefined),
    );
    expect(texts("1.0", twice).map((text) => text.split(":")[0])).toEqual([
      "spec.parentRefs[0].name",
      "spec.rules[0].matches[0].headers[0].name",
    ]);
  });

  it("says in which release set a field exists", () => {
    const named = change("spec.rules.0.name", "tier-1");
    expect(texts("1.0", named)).toEqual([
      "spec.rules[0].name: unknown field: exists only in release set 1.1",
    ]);
    expect(texts("1.1", named)).toEqual([]);
  });

  it("takes outputs and promises as correct wherever they stand", () => {
    const values = [output("x"), secret(1), Promise.resolve([]), output({ a: output(1) })];
    for (const value of values) {
      for (const at of ["spec.rules", "spec.rules.0.backendRefs.0.weight", "spec.parentRefs.0"]) {
        expect(texts("1.0", change(at, "no")), at).not.toEqual([]);
        const [last = "", ...rest] = at.split(".").reverse();
        const copy = structuredClone(route) as Manifest;
        const place = rest.reverse().reduce<unknown>((o, key) => (o as Record<string, unknown>)[key], copy);
        (place as Record<string, unknown>)[last] = value;
        expect(texts("1.0", copy), at).toEqual([]);
      }
    }
    expect(Output.isInstance(values[0])).toBe(true);
  });

  it("takes a field that is undefined as absent", () => {
    const timeouts = { request: undefined, backendRequest: undefined };
    expect(
      texts("1.0", { ...route, spec: { ...route.spec, rules: [{ timeouts }], hostnames: undefined } }),
    ).toEqual([]);
  });

  it("finds entries of a list that share a key, filling in key fields that have a default", () => {
    const ports = (second: object) =>
      change(
        "spec.provider.kubernetes.envoyDeployment.initContainers",
        [{ name: "a", ports: [{ containerPort: 80 }, { containerPort: 80, ...second }] }],
        kindCases.EnvoyProxy.good,
      );
    expect(texts("1.0", ports({ protocol: "UDP" }))).toEqual([]);
    expect(texts("1.0", ports({ protocol: "TCP" }))).toEqual([
      'spec.provider.kubernetes.envoyDeployment.initContainers[0].ports[1]: repeats entry 0: containerPort 80, protocol "TCP"',
    ]);
  });

  it("refuses a namespace for a kind of the whole cluster", () => {
    const found = texts("1.0", change("metadata.namespace", "models", kindCases.GatewayClass.good));
    expect(found).toEqual([
      "metadata.namespace: the kind belongs to the whole cluster: leave the namespace out",
    ]);
  });

  it("does not check kinds that the table does not know, and says so when asked", () => {
    const service: Manifest = { apiVersion: "v1", kind: "Service", metadata: { name: "A B" }, spec: 7 };
    expect(checkManifest("1.0", service)).toEqual([]);
    expect(isKnownKind("1.0", service)).toBe(false);
    expect(isKnownKind("1.0", { apiVersion: "gateway.networking.k8s.io/v1alpha2", kind: "Gateway" })).toBe(
      false,
    );
  });

  it("needs no more than linear time for any pattern, whatever the value", () => {
    const patterns = new Set(
      tables.nodes.flatMap((node) => ("patterns" in node ? (node.patterns ?? []) : [])),
    );
    expect(patterns.size).toBeGreaterThan(20);
    const starts = ["", "/", "a", "1", "https://", "*.", "a/", "a.", "!"];
    const middles = ["a", "1", "a.", "a-", "1h", "!", "a:", ":a", "/", " a", "0:", "+", "-"];
    const slow: string[] = [];
    for (const pattern of patterns) {
      const matcher = new RegExp(pattern);
      for (const value of starts.flatMap((start) =>
        middles.map((middle) => `${start}${middle.repeat(26)}\n`),
      )) {
        const before = performance.now();
        matcher.test(value);
        if (performance.now() - before > 50) {
          slow.push(`${pattern} on ${JSON.stringify(value.slice(0, 12))}`);
        }
      }
    }
    expect(slow).toEqual([]);
  });

  it("checks at least 20,000 objects a second", () => {
    const objects = cases.map(({ good }) => good);
    const round = () => objects.reduce((sum, object) => sum + checkManifest("1.0", object).length, 0);
    const rates = Array.from({ length: 10 }, () => {
      const before = performance.now();
      for (let i = 0; i < 100; i++) {
        round();
      }
      return (100 * objects.length * 1000) / (performance.now() - before);
    });
    expect(Math.max(...rates)).toBeGreaterThan(20_000);
  });
});

describe("ManifestOf", () => {
  it("lets the compiler refuse what is no field of the kind", () => {
    const grant: ManifestOf<"ReferenceGrant"> = kindCases.ReferenceGrant.good;
    const asManifest: Manifest = grant;
    const misspelt: ManifestOf<"ReferenceGrant"> = {
      ...grant,
      // @ts-expect-error there is no field "form"
      spec: { form: [], from: [], to: [] },
    };
    const outdated: ManifestOf<"ReferenceGrant"> = {
      ...grant,
      // @ts-expect-error the apiVersion is another
      apiVersion: "gateway.networking.k8s.io/v1alpha2",
    };
    const unknown: ManifestOf<"Backend"> = {
      ...kindCases.Backend.good,
      // @ts-expect-error an enum takes its values alone
      spec: { type: "Endpoint" },
    };
    const typed: ManifestOf<"Backend"> = {
      ...kindCases.Backend.good,
      spec: { endpoints: [{ fqdn: { hostname: output("a.b"), port: output(1) } }] },
    };
    expect([asManifest, misspelt, outdated, unknown, typed].map((one) => texts("1.0", one).length)).toEqual([
      0, 3, 0, 1, 0,
    ]);
  });
});
