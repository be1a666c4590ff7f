import { describe, expect, it } from "vitest";
import { checkManifest } from "../../../components/shared/crds/checkManifest";
import { endpoint, expectProblems, objectsOf, problemsOf, resolvedOf, specOf } from "./support";

const backends = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`b${i}`, { ...endpoint(), public: false }]));
const names = (count: number) => Array.from({ length: count }, (_, i) => `b${i}`);

const shared = (count: number) => ({
  models: {
    x: { route: { targets: Object.fromEntries(names(count).map((name) => [name, {}])) } },
    ...backends(count),
  },
});
const inTurn = (count: number) => ({
  models: {
    x: { route: { targets: { b0: {} }, fallback: names(count).slice(1) } },
    ...backends(count),
  },
});

describe("targets of one model", () => {
  it.each([1, 2, 15, 16])("%i render, each once", (count) => {
    const objects = objectsOf(shared(count));
    const [rule, ...more] = specOf(objects, "AIGatewayRoute", "x").rules;
    expect(more).toEqual([]);
    expect(rule.backendRefs.map(({ name }: { name: string }) => name)).toEqual(names(count));
    expect(rule.matches).toHaveLength(1);
    expect(objects.flatMap(({ manifest }) => checkManifest("1.1", manifest))).toEqual([]);
  });

  it.each([17, 64, 65])("%i are refused with how many are too many", (count) => {
    const gist = new RegExp(
      `has ${count} targets, .* takes 16; put ${count - 16} of them behind one Service`,
    );
    expectProblems(shared(count), [['models["x"]', gist]]);
  });

  it("the limit holds for targets and fallback together", () => {
    const retry = specOf(objectsOf(inTurn(16)), "BackendTrafficPolicy", "x").retry;
    expect(retry).toMatchObject({ numRetries: 15, numAttemptsPerPriority: 1 });
    expectProblems(inTurn(17), [['models["x"]', /has 17 targets/]]);
  });

  it("the limit holds when aliases are multiplied out", () => {
    const half = (from: number, to: number) => ({
      route: {
        targets: Object.fromEntries(
          names(to)
            .slice(from)
            .map((name) => [name, {}]),
        ),
      },
    });
    const models = (count: number) => ({
      x: { route: { targets: { low: {}, high: {} } } },
      low: { ...half(0, 8), public: false },
      high: { ...half(8, count), public: false },
      ...backends(count),
    });
    expect(problemsOf({ models: models(16) })).toEqual([]);
    expectProblems({ models: models(17) }, [['models["x"]', /has 17 targets/]]);
  });
});

describe("models of one gateway", () => {
  const many = (count: number) => ({
    models: Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, endpoint()])),
  });

  it("1,000 are rendered, one route each, within every limit of a route", () => {
    const objects = objectsOf(many(1_000));
    const routes = objects.filter(({ manifest }) => manifest.kind === "AIGatewayRoute");
    expect(routes).toHaveLength(1_000);
    for (const { manifest } of routes) {
      const { rules } = manifest["spec"] as { rules: { matches: unknown[]; backendRefs: unknown[] }[] };
      expect(rules.map((rule) => [rule.matches.length, rule.backendRefs.length])).toEqual([[1, 1]]);
    }
    expect(new Set(objects.map(({ key, manifest }) => `${manifest.kind}/${key}`)).size).toBe(objects.length);
  });

  it("2,000 are fine, 2,001 give a warning", () => {
    expect(resolvedOf(many(2_000)).warnings).toEqual([]);
    expect(resolvedOf(many(2_001)).warnings).toEqual([
      expect.stringMatching(/^2001 public models on one Gateway: above 2,000 .* several gateways$/),
    ]);
  });
});
