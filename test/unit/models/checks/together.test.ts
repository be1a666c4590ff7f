import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { DeclarationError } from "../../../../components/shared/problems";
import { anthropic, endpoint, expectProblems, openai, problemsOf } from "../support";

describe("all problems together", () => {
  it("with wrong types beside wrong values, and no echo of what could not be read", () => {
    const declaration = {
      credentials: { broken: 5, plain: { apiKey: "sk-plain" } },
      gateway: { bufferLimit: 5 },
      models: {
        typed: { openai: { apiKey: secret("k"), url: 5 } },
        uses: { openai: { credential: "broken" }, fallback: ["typed"] },
        empty: { bedrock: { modelId: "", region: "us-west-2" } },
        hidden: { ...endpoint(), public: false },
      },
    };
    expect(problemsOf(declaration).map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'credentials["broken"]',
        'credentials["plain"].apiKey',
        "gateway.bufferLimit",
        'models["typed"].openai.url',
        'models["empty"].bedrock.modelId',
      ]),
    );
    const paths = problemsOf(declaration).map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith('models["uses"]') || path.includes("hidden"))).toEqual([]);
  });

  it("are reported at once, each once, in one message", () => {
    const args = {
      namespace: "Bad",
      models: {
        a: { openai: { apiKey: "sk-1" }, timeouts: { request: "soon" } },
        b: { route: { targets: { c: {} } } },
        "x y": {},
      },
      gateway: { bufferLimit: "1" },
    };
    const problems = problemsOf(args, "live");
    expect(problems.map(({ path }) => path).sort()).toEqual(
      [
        "namespace",
        "gateway.bufferLimit",
        'models["a"].openai.apiKey',
        'models["a"].timeouts.request',
        'models["b"].route.targets["c"]',
        'models["x y"]',
        'models["x y"]',
      ].sort(),
    );
    const { message } = new DeclarationError("live", problems);
    expect(message.split("\n")).toHaveLength(8);
    expect(message).toMatch(/^live: 7 problems in the declaration\n/);
    for (const { path, reason } of problems) {
      expect(message).toContain(`  ${path}: ${reason}`);
    }
  });

  it("name every alias of a circle", () => {
    const alias = (target: string) => ({ route: { targets: { [target]: {} } } });
    expectProblems({ models: { a: alias("b"), b: alias("c"), c: alias("b") } }, [
      ['models["a"]', /circle: b -> c -> b; take one of these steps out/],
      ['models["b"]', /circle: b -> c -> b/],
      ['models["c"]', /circle: c -> b -> c/],
    ]);
  });

  it("are said once although many routes lead to them", () => {
    const alias = { route: { targets: { broken: {} } } };
    const args = {
      models: { broken: { route: { targets: { "no-such-model": {} } } }, a: alias, b: alias, c: alias },
    };
    expectProblems(args, [['models["broken"].route.targets["no-such-model"]', /not in models/]]);
  });
});

it("a declaration that uses all of it is taken", () => {
  expect(problemsOf({ models: { ok: endpoint(), openai, anthropic } })).toEqual([]);
});
