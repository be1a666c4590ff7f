import { describe, expect, it } from "vitest";
import type { BudgetArgs } from "../../../components/budgets/budgetArgs";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { endpoint, objectsOf, problemsOf, resolvedOf, specOf } from "../models/support";
import { documentOf } from "./support";

const hidden = (host: string): ModelArgs => ({ ...endpoint(host), public: false });
const to = (overflowTo: string, models?: string[]): BudgetArgs => ({
  ...(models && { models }),
  limit: { tokens: 5 },
  period: "hour",
  atLimit: "overflow",
  overflowTo,
});
const declaration = (
  models: Record<string, ModelArgs>,
  budgets: Record<string, BudgetArgs>,
): ModelGatewayArgs => ({ models, budgets, processor: { image: "processor:1" } });
const routeOf = (args: ModelGatewayArgs, name = "m") => specOf(objectsOf(args), "AIGatewayRoute", name);

describe("a budget that overflows", () => {
  const spare = { ...hidden("spare.example.com"), upstreamName: "spare-1" };
  const args = declaration(
    { m: { ...endpoint(), ownedBy: "us", timeouts: { request: "9m", streamIdle: "45s" } }, spare },
    { b: to("spare") },
  );

  it("gives the model a second rule for the tier, and leaves the first as it is", () => {
    const { rules } = routeOf(args);
    expect(rules).toEqual([
      {
        matches: [{ headers: [{ type: "Exact", name: "x-ai-eg-model", value: "m" }] }],
        backendRefs: [{ name: "m", weight: 1, priority: 0 }],
        timeouts: { request: "9m" },
        streamIdleTimeout: "45s",
        modelsOwnedBy: "us",
      },
      {
        matches: [
          {
            headers: [
              { type: "Exact", name: "x-ai-gateway-tier", value: "spare" },
              // An exact match would list the model twice.
              { type: "RegularExpression", name: "x-ai-eg-model", value: "m" },
            ],
          },
        ],
        backendRefs: [
          {
            name: "spare",
            modelNameOverride: "spare-1",
            headerMutation: { remove: ["x-ai-gateway-tier"] },
            weight: 1,
            priority: 0,
          },
        ],
        timeouts: { request: "9m" },
        streamIdleTimeout: "45s",
      },
    ]);
    const { spare: _, ...alone } = args.models;
    expect(routeOf({ models: alone }).rules).toEqual([rules[0]]);
  });

  it("keeps clients from choosing the tier", () => {
    const { removeOnMatch } = specOf(objectsOf(args), "ClientTrafficPolicy", "gw").headers
      .earlyRequestHeaders;
    expect(removeOnMatch).toContainEqual({ type: "Prefix", value: "x-ai-gateway-" });
  });

  it("matches names as they are, with all that means something in a regular expression", () => {
    const name = "a.b+c(d)[e]{f}|g^h$i\\j*k?";
    const models = { [name]: endpoint(), spare };
    const route = resolvedOf(declaration(models, { b: to("spare") })).routes[0];
    const [, rule] = routeOf(declaration(models, { b: to("spare") }), route?.objectName).rules;
    const pattern = rule.matches[0].headers[1].value;
    expect(pattern).toBe("a\\.b\\+c\\(d\\)\\[e\\]\\{f\\}\\|g\\^h\\$i\\\\j\\*k\\?");
    expect(new RegExp(`^(?:${pattern})$`).test(name)).toBe(true);
    expect(new RegExp(`^(?:${pattern})$`).test(name.replace(".", "x"))).toBe(false);
  });

  it("touches the models alone that it counts", () => {
    const models = { m: endpoint(), other: endpoint("other.example.com"), spare };
    const objects = objectsOf(declaration(models, { b: to("spare", ["m"]) }));
    expect(specOf(objects, "AIGatewayRoute", "m").rules).toHaveLength(2);
    expect(specOf(objects, "AIGatewayRoute", "other").rules).toHaveLength(1);
    const all = objectsOf(declaration(models, { b: to("spare") }));
    expect(specOf(all, "AIGatewayRoute", "other").rules).toHaveLength(2);
  });

  it("shares a tier with others that lead to the same model, and has one of its own elsewhere", () => {
    const models = { m: endpoint(), spare, last: hidden("last.example.com") };
    const budgets = { a: to("spare"), b: to("spare"), c: to("last") };
    const { rules } = routeOf(declaration(models, budgets));
    const tiers = rules.slice(1).map((rule: typeof rules) => rule.matches[0].headers[0].value);
    expect(tiers).toEqual(["spare", "last"]);
    const document = documentOf({ ...declaration(models, budgets) });
    expect(Object.keys(document.models["m"]?.tiers ?? {}).sort()).toEqual(["last", "spare"]);
    expect(document.budgets?.["b"]?.overflowTo).toBe("spare");
  });

  it("leads to all that an alias names, with its shares, its fallback and its retries", () => {
    const models = {
      m: endpoint(),
      x: endpoint("x.example.com"),
      y: endpoint("y.example.com"),
      z: endpoint("z.example.com"),
      pool: { route: { targets: { x: { weight: 3 }, y: {} }, fallback: ["z"] } },
    };
    const budgets = { b: to("pool", ["m"]) };
    const objects = objectsOf(declaration(models, budgets));
    const [, rule] = specOf(objects, "AIGatewayRoute", "m").rules;
    expect(rule.backendRefs.map((ref: typeof rule) => [ref.name, ref.weight, ref.priority])).toEqual([
      ["x", 3, 0],
      ["y", 1, 0],
      ["z", 1, 1],
    ]);
    const policy = specOf(objects, "BackendTrafficPolicy", "m");
    expect(policy.retry).toMatchObject({ numRetries: 1, numAttemptsPerPriority: 1 });
    expect(policy.healthCheck.passive.maxEjectionPercent).toBe(100);
  });

  it("may lead where a fallback leads, too", () => {
    const models = { m: { ...endpoint(), fallback: ["spare"] }, spare };
    expect(problemsOf(declaration(models, { b: to("spare") }) as never)).toEqual([]);
  });

  it("uses a model that nothing else names, and one that is left out for its type is no problem", () => {
    expect(problemsOf(declaration({ m: endpoint(), spare }, { b: to("spare") }) as never)).toEqual([]);
    const wrong = { b: { ...to("spare"), status: "429" } };
    expect(problemsOf(declaration({ m: endpoint(), spare }, wrong as never) as never)).toEqual([
      { path: 'budgets["b"].status', reason: "is text, not a number; write it without quotes" },
    ]);
  });
});

describe("tiers that a route does not take", () => {
  const many = (count: number) => {
    const names = Array.from({ length: count }, (_, i) => `t${i}`);
    const models = Object.fromEntries(names.map((name) => [name, hidden(`${name}.example.com`)]));
    return declaration(
      { m: endpoint(), ...models },
      Object.fromEntries(names.map((name) => [name, to(name)])),
    );
  };

  it("are refused above 14", () => {
    expect(problemsOf(many(14) as never)).toEqual([]);
    expect(problemsOf(many(15) as never)).toEqual([
      {
        path: 'models["m"]',
        reason:
          "overflows to 15 models, and a route takes 14 beside the usual targets; let its budgets share them",
      },
    ]);
  });

  it("are refused where several addresses would be mixed up in one", () => {
    const at = (address: string): ModelArgs => ({ openAICompatible: { url: `http://${address}:8000` } });
    const models = {
      m: endpoint(),
      a: { ...at("10.0.0.1"), public: false },
      b: { ...at("10.0.0.2"), public: false },
      pool: { route: { targets: { a: {}, b: {} } }, public: false },
    };
    const found = problemsOf(declaration(models, { b: to("pool") }) as never);
    expect(found.map(({ path }) => path)).toEqual(['models["pool"]', 'models["pool"]']);
    // One address in a rule of its own is fine.
    const { b: _, pool: __, ...one } = models;
    expect(problemsOf(declaration(one, { b: to("a") }) as never)).toEqual([]);
  });
});
