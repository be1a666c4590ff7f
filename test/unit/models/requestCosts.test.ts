import { describe, expect, it } from "vitest";
import { celProblem } from "../../../components/models/resolveRequestCosts";
import { endpoint, expectProblems, objectsOf, problemsOf, specOf } from "./support";

describe("CEL costs that the gateway takes", () => {
  it.each([
    "1u",
    "5",
    "input_tokens",
    "input_tokens + output_tokens * 5u",
    "(input_tokens + cached_input_tokens / 10u) * 3u",
    "uint(double(input_tokens) * 0.5)",
    "int(input_tokens) * 2",
    "input_tokens > cached_input_tokens ? input_tokens - cached_input_tokens : 0u",
    "input_tokens > 200000u ? input_tokens * 2u : input_tokens",
    "output_tokens == 0u ? 0u : input_tokens / output_tokens",
    'model == "gpt" ? total_tokens * 10u : total_tokens',
    'backend.startsWith("ai-gateway/gpt/") ? 2u : 1u',
    'route_name == "ai-gateway/gpt" && !(total_tokens > 10u) ? 2u : 1u',
    'model in ["gpt", "gpt-mini"] ? 2u : 1u',
    "total_tokens % 2u",
    "uint(size(model))",
    'uint("7") + reasoning_tokens + cache_creation_input_tokens',
  ])("%s", (expression) => {
    expect(celProblem(expression)).toBeUndefined();
  });
});

describe("CEL costs that would stop every change of the gateway, or break answers", () => {
  it.each([
    ["", /not a CEL expression/],
    ["input_tokens +", /not a CEL expression/],
    ["input_tokens * 2", /mixes kinds of numbers \(uint \* int\).*write 2u/],
    ["input_tokens * 0.5", /mixes kinds of numbers \(uint \* double\).*uint\(double/],
    ["input_tokens + 1", /uint \+ int/],
    ["input_tokens > 1000 ? 1u : 2u", /mixes kinds of numbers \(uint > int\)/],
    ["input_tokens == 0 ? 1u : 2u", /uint == int/],
    // The branch that is rarely taken is compiled all the same.
    ["input_tokens > 900000000u ? input_tokens * 2 : 0u", /uint \* int/],
    ["input_tokens > 900000000u ? 1 : 0u", /mixes kinds of numbers \(int \?: uint\)/],
    ["double(input_tokens) * 0.5", /gives a double; .*wrap it in uint/],
    ["1.5", /gives a double/],
    ['"1"', /gives a string/],
    ["input_tokens > 1u", /gives a bool/],
    ["-input_tokens", /minus before an unsigned number/],
    ["0 - 5", /gives -5 .*not negative/],
    ["int(cached_input_tokens) - int(input_tokens)", /gives -?\d+ .*not negative/],
    [
      "input_tokens - cached_input_tokens",
      /fails for .*input_tokens 100, cached_input_tokens 5000.*guard it/,
    ],
    ["input_tokens / cached_input_tokens", /fails for input_tokens 0.*guard it/],
    ["input_tokens % output_tokens", /fails for/],
    ["input_tokens * 1000000000000000000u", /fails for/],
    ["tokens * 2u", /names tokens, which costs cannot see; known are input_tokens/],
    ["request.tokens", /fails for|names/],
    ["poem(input_tokens)", /fails for|not/],
    ["model + 1u", /mixes string and uint/],
    ["model * model", /calculates with a string/],
    ['backend == "ai-gateway.gpt"', /compares backend as a whole.*startsWith/],
    ['"a" != backend ? 1u : 2u', /compares backend as a whole/],
    ['backend in ["a"] ? 1u : 2u', /compares backend as a whole/],
  ])("%s", (expression, gist) => {
    expect(celProblem(expression)).toMatch(gist);
  });
});

describe("the model in an expression", () => {
  const cost = (cel: string) => ({ requestCosts: { c: { cel } } });

  it("is the provider's name for it", () => {
    const models = (cel: string) => ({
      models: { fast: { ...endpoint(), upstreamName: "gpt-5", ...cost(cel) } },
    });
    expect(problemsOf(models('model == "gpt-5" ? 2u : 1u'))).toEqual([]);
    const gist = /compares model with "fast", but model holds the provider's name for it, here "gpt-5"/;
    expectProblems(models('model == "fast" ? 2u : 1u'), [['models["fast"].requestCosts["c"].cel', gist]]);
    expectProblems(models("'fast' != model ? 2u : 1u"), [['models["fast"].requestCosts["c"].cel', gist]]);
  });

  it("is any of those that an alias leads to", () => {
    const models = {
      a: endpoint(),
      b: { ...endpoint(), upstreamName: "b-2" },
      x: {
        route: { targets: { a: {} }, fallback: ["b"] },
        ...cost('model == "a" ? 1u : model == "b-2" ? 2u : 3u'),
      },
    };
    expect(problemsOf({ models })).toEqual([]);
  });
});

describe("costs as rendered", () => {
  const models = {
    m: { ...endpoint(), requestCosts: { answer: { type: "OutputToken" as const }, weighed: { cel: "1u" } } },
  };
  const usual = [
    { metadataKey: "llm_input_token", type: "InputToken" },
    { metadataKey: "llm_cached_input_token", type: "CachedInputToken" },
    { metadataKey: "llm_cache_creation_input_token", type: "CacheCreationInputToken" },
    { metadataKey: "llm_output_token", type: "OutputToken" },
    { metadataKey: "llm_reasoning_token", type: "ReasoningToken" },
    { metadataKey: "llm_total_token", type: "TotalToken" },
  ];
  const own = [
    { metadataKey: "answer", type: "OutputToken" },
    { metadataKey: "weighed", type: "CEL", cel: "1u" },
  ];

  it("in a cluster the usual ones stand once, on the Gateway", () => {
    const objects = objectsOf({ models: { ...models, plain: endpoint() } });
    expect(specOf(objects, "GatewayConfig", "gw")).toEqual({ globalLLMRequestCosts: usual });
    expect(specOf(objects, "AIGatewayRoute", "m").llmRequestCosts).toEqual(own);
    expect(specOf(objects, "AIGatewayRoute", "plain")).not.toHaveProperty("llmRequestCosts");
  });

  it("on a laptop, which knows no GatewayConfig, they stand on every route", () => {
    const objects = objectsOf({ target: "local", models: { ...models, plain: endpoint() } });
    expect(objects.filter(({ manifest }) => manifest.kind === "GatewayConfig")).toEqual([]);
    expect(specOf(objects, "AIGatewayRoute", "m").llmRequestCosts).toEqual([...usual, ...own]);
    expect(specOf(objects, "AIGatewayRoute", "plain").llmRequestCosts).toEqual(usual);
  });
});
