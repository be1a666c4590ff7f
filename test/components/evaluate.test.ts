import path from "node:path";
import { describe, expect, it } from "vitest";
import { ProgramError } from "../../cli/errors";
import {
  type EvaluateOptions,
  type Evaluation,
  evaluateProgram,
  maskValue,
  revealValue,
} from "../../cli/evaluate";
import { planChunks } from "../../cli/plan";

const fixtures = path.join(__dirname, "fixtures");

function evaluateCase(stack: string, options: Partial<EvaluateOptions> = {}): Promise<Evaluation> {
  return evaluateProgram({ projectDir: path.join(fixtures, "cases"), stack, ...options });
}

function evaluateBasic(): Promise<Evaluation> {
  return evaluateProgram({ projectDir: path.join(fixtures, "basic"), stack: "dev" });
}

const plan = (evaluation: Evaluation) => [...planChunks(evaluation)].join("");

function named(evaluation: Evaluation, name: string) {
  const found = evaluation.resources.find((resource) => resource.name === name);
  if (found === undefined) {
    throw new Error(`no resource ${name} among ${evaluation.resources.map((resource) => resource.name)}`);
  }
  return found;
}

async function failure(stack: string, options?: Partial<EvaluateOptions>): Promise<string> {
  const result = await evaluateCase(stack, options).then(
    () => new Error("the program did not fail"),
    (error: unknown) => error,
  );
  expect(result).toBeInstanceOf(ProgramError);
  const { message } = result as ProgramError;
  expect(message).not.toMatch(/^\s+at /m);
  return message;
}

describe("evaluateProgram", () => {
  it("knows parents, dependencies and configuration of a program", async () => {
    const evaluation = await evaluateBasic();
    const urn = "urn:pulumi:dev::basic::";
    expect(evaluation.resources.map((resource) => resource.urn)).toEqual([
      `${urn}pulumi:pulumi:Stack::basic-dev`,
      `${urn}fixture:index:Team::search`,
      `${urn}fixture:index:Team$kubernetes:core/v1:Namespace::search`,
      `${urn}fixture:index:Team$kubernetes:core/v1:Secret::search`,
      `${urn}kubernetes:aigateway.envoyproxy.io/v1beta1:AIGatewayRoute::route`,
    ]);
    const [stack, team, namespace, secret, route] = evaluation.resources;
    expect(evaluation.resources.map(({ parent }) => parent)).toEqual([
      undefined,
      stack?.urn,
      team?.urn,
      team?.urn,
      stack?.urn,
    ]);
    expect(secret?.dependencies).toEqual([namespace?.urn]);
    expect(route?.dependencies).toEqual([namespace?.urn, secret?.urn]);
    expect(secret?.inputs).toMatchObject({ metadata: { name: "search-token", namespace: "search" } });
    expect(maskValue(route?.inputs["spec"])).toMatchObject({
      secretRef: "search-token",
      region: "eu-central-1",
      size: 3,
      labels: { team: "search", nested: [1, 2] },
      fromConfig: "[secret]",
    });
    expect(evaluation.warnings).toEqual(["a warning from the program"]);
  });

  it("masks secrets everywhere in the plan, and still has them for the local gateway", async () => {
    const evaluation = await evaluateBasic();
    expect(plan(evaluation)).not.toContain("sk-very-secret-1");
    expect(JSON.parse(plan(evaluation)).outputs).toEqual({
      bearer: "[secret]",
      clear: "a-clear-value",
      secretName: "search-token",
    });
    expect(revealValue(named(evaluation, "route").inputs)).toMatchObject({
      spec: { header: "Bearer sk-very-secret-1", deep: [{ list: [{ inner: "sk-very-secret-1" }] }] },
    });
  });

  it("gives identical bytes each time, also for 500 resources", async () => {
    expect(plan(await evaluateBasic())).toBe(plan(await evaluateBasic()));
    const many = await evaluateCase("many");
    expect(many.resources).toHaveLength(502);
    expect(named(many, "thing-10").dependencies).toEqual([named(many, "thing-9").urn]);
    expect(plan(many)).toBe(plan(await evaluateCase("many")));
  });

  it("leaves the process as it was", async () => {
    const before = {
      cwd: process.cwd(),
      limit: Error.stackTraceLimit,
      rejections: process.listeners("unhandledRejection"),
      dry: process.listenerCount("beforeExit"),
    };
    await evaluateBasic();
    await failure("fail-apply");
    expect({
      cwd: process.cwd(),
      limit: Error.stackTraceLimit,
      rejections: process.listeners("unhandledRejection"),
      dry: process.listenerCount("beforeExit"),
    }).toEqual(before);
  });

  it("waits for asynchronous programs and for what they do not await", async () => {
    const evaluation = await evaluateCase("async");
    const names = evaluation.resources.map(({ name }) => name).sort();
    expect(names).toEqual(["applied-2", "awaited", "cases-async", "not-awaited"]);
    expect(evaluation.outputs).toEqual({ size: 2 });
  });

  it("keeps what only a provider can know unknown, and runs nothing that waits for it", async () => {
    const evaluation = await evaluateCase("unknown");
    expect(evaluation.resources.map(({ name }) => name)).not.toContain("never");
    expect(maskValue(named(evaluation, "second").inputs)).toEqual({
      text: "[unknown]",
      id2: "[unknown]",
      reference: named(evaluation, "first").urn,
      endpoint: "[unknown]",
      password: "[secret]",
      existing: "id-7",
    });
    expect(named(evaluation, "remote")).toMatchObject({ custom: false, options: { remote: true } });
    expect(named(evaluation, "existing").options).toEqual({ read: "id-7" });
    expect(maskValue(evaluation.outputs)).toEqual({ computed: "[unknown]" });
  });

  it("records options and resolves dependencies on components to their children", async () => {
    const evaluation = await evaluateCase("options");
    const first = named(evaluation, "first");
    expect(first.urn).toBe(
      "urn:pulumi:options::cases::fixture:index:Group$fixture:index:Group$fixture:index:Thing::first",
    );
    expect(first.provider).toBe(named(evaluation, "own").urn);
    const second = named(evaluation, "second");
    expect(second.dependencies).toEqual([first.urn]);
    expect(second.options).toEqual({
      protect: true,
      retainOnDelete: true,
      deleteBeforeReplace: true,
      import: "id-1",
      version: "1.2.3",
      ignoreChanges: ["size"],
      replaceOnChanges: ["computed"],
      additionalSecretOutputs: ["computed"],
      aliases: ["urn:pulumi:s::p::t::old", { name: "older", parent: evaluation.resources[0]?.urn }],
      customTimeouts: { create: "5m" },
      deletedWith: first.urn,
    });
  });

  it("runs transforms as the engine does: own, parents', the stack's", async () => {
    const evaluation = await evaluateCase("transforms");
    const changed = named(evaluation, "changed");
    expect(revealValue(changed.inputs)).toEqual({
      size: 2,
      order: ["own", "parent", "stack"],
      key: "sk-transformed",
    });
    expect(changed.options.protect).toBe(true);
    expect(plan(evaluation)).not.toContain("sk-transformed");
  });

  it("runs ECMAScript modules, and each evaluation anew", async () => {
    for (let run = 0; run < 2; run++) {
      const evaluation = await evaluateProgram({ projectDir: path.join(fixtures, "esm"), stack: "dev" });
      expect(named(evaluation, "from-esm").inputs).toEqual({ size: 4 });
      expect(evaluation.outputs).toEqual({ found: 4 });
    }
  });

  it("answers functions of providers when the caller can", async () => {
    const evaluation = await evaluateCase("fail-invoke", {
      answerCall: (token, args) => (token.includes("getCallerIdentity") ? { got: args["a"] } : undefined),
    });
    expect(evaluation.outputs).toEqual({ account: { got: 1 } });
  });

  it("takes configuration from the caller", async () => {
    await expect(evaluateCase("fail-config", { config: { "aws:region": "eu" } })).resolves.toBeDefined();
  });
});

describe("failing programs", () => {
  it("lists every problem of a declaration", async () => {
    expect(await failure("fail-declaration")).toBe(
      [
        "local: 2 problems in the declaration",
        '  models["qwen"].vllm.gpus: is 3; use 1, 2, 4 or 8',
        '  models["claude"]: names no provider; give one',
      ].join("\n"),
    );
  });

  it.each([
    ["fail-apply", /^the first problem\n(.*)the second problem$/],
    ["fail-rejection", /^nobody awaited this$/],
    ["fail-throw", /^TypeError: .*is not a function$/],
    ["fail-timer", /^thrown in a timer$/],
    ["fail-exit", /^The program called process.exit\(0\) before its end.$/],
    ["fail-export", /^the program's function failed$/],
    ["fail-duplicate", /Duplicate resource URN urn:pulumi:fail-duplicate::cases::fixture:index:Thing::twin/],
    ["fail-invoke", /The function aws:index\/getCallerIdentity:getCallerIdentity is answered by a provider/],
    ["fail-config", /Missing required configuration variable 'aws:region'/],
    ["fail-logged", /^an error that was only logged$/],
    ["no-such-file", /^Cannot find module '.\/no-such-file'$/],
  ])("%s is one failure without a stack trace", async (stack, message) => {
    expect(await failure(stack)).toMatch(message);
  });

  it("notices a program that waits for ever", { timeout: 20_000 }, async () => {
    expect(await failure("fail-stuck")).toMatch(/"waiting" \[fixture:index:Thing\] was waiting for/);
  });

  it("does not spoil the next evaluation", async () => {
    await failure("fail-apply");
    expect((await evaluateBasic()).resources).toHaveLength(5);
  });
});
