import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type Anthropic from "@anthropic-ai/sdk";
import type OpenAI from "openai";
import { describe, expect, it } from "vitest";
import type { BudgetArgs } from "../../components/budgets/budgetArgs";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { type BudgetGateway, type Standing, until, useBudgetGateway } from "./support/budgetGateway";
import { helloWorld } from "./support/gateway";
import type { ProcessorProcess } from "./support/processorProcess";

const price = { usdPerMillionInputTokens: 2, usdPerMillionOutputTokens: 10, usdPerImage: 0.04 };
/** Nanodollars for a token, at `price`. */
const [perInput, perOutput, perImage] = [2_000, 10_000, 40_000_000];
const spare = { usdPerMillionInputTokens: 3, usdPerMillionOutputTokens: 30 };

const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" }, price, maxOutputTokens: 64 };
const anthropic = { anthropic: { secretName: "key" }, price, maxOutputTokens: 64 };
const each = { per: "user", trustClientHeaders: true, period: "year" } as const;

/** Both units for some models, settled in one way. */
function both(settle: "log" | "stream", models: string[]): Record<string, BudgetArgs> {
  return {
    [`${settle}-tokens`]: { ...each, models, settle, limit: { tokens: 100_000 } },
    [`${settle}-usd`]: { ...each, models, settle, limit: { usd: 100 } },
  };
}

const declaration: ModelGatewayArgs = {
  access: { clientHeaders: { user: "x-user" } },
  models: {
    "log-openai": vllm,
    "stream-openai": vllm,
    "log-claude": anthropic,
    "stream-claude": anthropic,
    main: { ...vllm, fallback: ["spare"], retries: { backoff: "20ms" } },
    spare: { ...vllm, price: spare, public: false },
    tried: { ...vllm, retries: { attempts: 3, backoff: "500ms" } },
    small: vllm,
    shown: vllm,
  },
  budgets: {
    ...both("log", ["log-openai", "log-claude"]),
    ...both("stream", ["stream-openai", "stream-claude", "main", "tried"]),
    shrinking: { ...each, models: ["small"], limit: { tokens: 80 }, hold: "strict", atLimit: "shrink" },
    seen: { ...each, models: ["shown"], limit: { requests: 1 }, shadow: true },
  },
};

const logWaitSeconds = 3;

/** So that a stream is one: what comes in one piece is settled before its body. */
const paced = { tokensPerSecond: 200 };

const gateway = useBudgetGateway(declaration, {
  replicas: 2,
  behaviours: Object.fromEntries(
    Object.keys(declaration.models).map((model) => [model, model === "tried" ? {} : paced]),
  ),
  env: { LOG_WAIT_SECONDS: String(logWaitSeconds), DRAIN_DELAY_SECONDS: "1" },
});

interface Clients {
  readonly user: string;
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
}

/** Somebody who has spent nothing yet. */
function newcomer(): Clients {
  const user = randomUUID();
  const defaultHeaders = { "x-user": user };
  return {
    user,
    openai: gateway.openai({ defaultHeaders }),
    anthropic: gateway.anthropic({ defaultHeaders }),
  };
}

function settled(budget: string, { user }: Clients, model: string): Promise<Standing> {
  return gateway.settled(budget, { model, attributes: { user } });
}

async function drained(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream) {
    // The server paces it.
  }
}

interface Call {
  readonly name: string;
  readonly model: "openai" | "claude";
  readonly input: number;
  readonly output: number;
  readonly images?: number;
  send(clients: Clients, model: string): Promise<unknown>;
}

const calls: readonly Call[] = [
  {
    name: "chat",
    model: "openai",
    ...{ input: 5, output: 16 },
    send: ({ openai }, model) => openai.chat.completions.create({ model, messages: helloWorld }),
  },
  {
    name: "chat with two choices",
    model: "openai",
    ...{ input: 5, output: 32 },
    send: ({ openai }, model) => openai.chat.completions.create({ model, messages: helloWorld, n: 2 }),
  },
  {
    name: "a streamed chat whose client asks for no usage",
    model: "openai",
    ...{ input: 5, output: 16 },
    send: async ({ openai }, model) =>
      drained(await openai.chat.completions.create({ model, messages: helloWorld, stream: true })),
  },
  {
    name: "completions",
    model: "openai",
    ...{ input: 5, output: 16 },
    send: ({ openai }, model) => openai.completions.create({ model, prompt: "Hello, world" }),
  },
  {
    name: "streamed completions",
    model: "openai",
    ...{ input: 5, output: 16 },
    send: async ({ openai }, model) =>
      drained(
        await openai.completions.create({
          model,
          prompt: "Hello, world",
          stream: true,
          stream_options: { include_usage: true },
        }),
      ),
  },
  {
    name: "responses",
    model: "openai",
    ...{ input: 5, output: 16 },
    send: ({ openai }, model) => openai.responses.create({ model, input: "Hello, world" }),
  },
  {
    name: "streamed responses",
    model: "openai",
    ...{ input: 5, output: 16 },
    send: async ({ openai }, model) =>
      drained(await openai.responses.create({ model, input: "Hello, world", stream: true })),
  },
  {
    name: "embeddings",
    model: "openai",
    ...{ input: 7, output: 0 },
    send: ({ openai }, model) => openai.embeddings.create({ model, input: ["Hello, world", "other"] }),
  },
  {
    name: "images",
    model: "openai",
    ...{ input: 5, output: 2, images: 2 },
    send: ({ openai }, model) => openai.images.generate({ model, prompt: "Hello, world", n: 2 }),
  },
  {
    name: "messages",
    model: "claude",
    ...{ input: 5, output: 8 },
    send: ({ anthropic }, model) => anthropic.messages.create({ model, max_tokens: 8, messages: helloWorld }),
  },
  {
    name: "streamed messages",
    model: "claude",
    ...{ input: 5, output: 16 },
    send: ({ anthropic }, model) =>
      anthropic.messages.stream({ model, max_tokens: 64, messages: helloWorld }).finalMessage(),
  },
  {
    name: "messages to a backend that speaks OpenAI's schema",
    model: "openai",
    ...{ input: 5, output: 8 },
    send: ({ anthropic }, model) => anthropic.messages.create({ model, max_tokens: 8, messages: helloWorld }),
  },
  {
    name: "streamed messages to a backend that speaks OpenAI's schema",
    model: "openai",
    ...{ input: 5, output: 16 },
    send: ({ anthropic }, model) =>
      anthropic.messages.stream({ model, max_tokens: 64, messages: helloWorld }).finalMessage(),
  },
];

describe.each(["log", "stream"] as const)("what is settled by %s is charged to the token", (settle) => {
  it.concurrent.each(calls)("$name", async ({ model: schema, input, output, images = 0, send }) => {
    const clients = newcomer();
    const model = `${settle}-${schema}`;
    await send(clients, model);
    const used = await settled(`${settle}-tokens`, clients, model);
    expect(used.used).toBe(input + output);
    const money = await settled(`${settle}-usd`, clients, model);
    expect(money.used).toBe(input * perInput + output * perOutput + images * perImage);
  });
});

describe("streamed completions of which nobody says what they used", () => {
  it.each(["log", "stream"] as const)("are estimated and never free, settled by %s", async (settle) => {
    const clients = newcomer();
    const model = `${settle}-openai`;
    await drained(await clients.openai.completions.create({ model, prompt: "Hello, world", stream: true }));
    const { used } = await settled(`${settle}-tokens`, clients, model);
    expect(used).toBeGreaterThanOrEqual(21);
    expect(used).toBeLessThanOrEqual(120);
  });
});

describe("what is charged nothing", () => {
  it.each(["log-openai", "stream-openai"])(
    "a backend's error on %s, with and without a stream",
    async (model) => {
      const clients = newcomer();
      const labels = { source: "stream", kind: "nothing", model };
      const before = await gateway.metric("budget_settles_total", labels);
      await gateway.engine(model).behave({ failStatus: 500 });
      for (const stream of [false, true]) {
        await expect(
          clients.openai.chat.completions.create({ model, messages: helloWorld, stream }),
        ).rejects.toMatchObject({ status: 500 });
      }
      await gateway.engine(model).reset();
      const budget = model.startsWith("log") ? "log" : "stream";
      expect((await settled(`${budget}-tokens`, clients, model)).used).toBe(0);
      expect((await settled(`${budget}-usd`, clients, model)).used).toBe(0);
      // By the status, which Envoy tells with the body: where the answer is not read, only that says it before the log.
      expect(await gateway.metric("budget_settles_total", labels)).toBe(before + 2);
    },
  );
});

describe("a request that is tried more than once is charged once", () => {
  it.each([false, true])("at the price of the fallback that answered (stream: %s)", async (stream) => {
    const clients = newcomer();
    await gateway.engine("main").behave({ failStatus: 500 });
    const before = gateway.engine("spare").requestCount;
    const create = { model: "main", messages: helloWorld } as const;
    if (stream) {
      await drained(await clients.openai.chat.completions.create({ ...create, stream }));
    } else {
      await clients.openai.chat.completions.create(create);
    }
    await gateway.engine("main").reset();
    expect(gateway.engine("spare").requestCount).toBe(before + 1);
    expect((await settled("stream-tokens", clients, "main")).used).toBe(21);
    expect((await settled("stream-usd", clients, "main")).used).toBe(5 * 3_000 + 16 * 30_000);
  });

  it("by the backend that answered the second time", async () => {
    const clients = newcomer();
    const engine = gateway.engine("tried");
    await engine.behave({ failStatus: 503 });
    const answer = clients.openai.chat.completions.create({ model: "tried", messages: helloWorld });
    await until(() => engine.requestCount > 0);
    await engine.reset();
    await answer;
    expect(engine.requestCount).toBeGreaterThan(1);
    expect((await settled("stream-tokens", clients, "tried")).used).toBe(21);
    expect((await settled("stream-usd", clients, "tried")).used).toBe(5 * perInput + 16 * perOutput);
  });
});

describe("at the limit", () => {
  it("shrinks the output of a request to what is left", async () => {
    const clients = newcomer();
    const model = "small";
    const create = { model, messages: helloWorld, max_tokens: 64 };
    const answer = await clients.openai.chat.completions.create(create).withResponse();
    const cap = Number(answer.response.headers.get("x-budget-max-output-tokens"));
    expect(cap).toBeGreaterThan(16);
    expect(cap).toBeLessThan(64);
    expect(gateway.engine(model).requests.at(-1)?.body).toMatchObject({ max_tokens: cap });
    expect(answer.data.usage?.completion_tokens).toBe(16);
    expect((await settled("shrinking", clients, model)).used).toBe(21);
    const rest = await clients.openai.chat.completions.create(create);
    expect(rest.usage?.completion_tokens).toBeLessThan(16);
    expect((await settled("shrinking", clients, model)).used).toBeLessThanOrEqual(80);
  });

  it("only counts where a budget is a shadow", async () => {
    const clients = newcomer();
    for (let i = 0; i < 3; i += 1) {
      await clients.openai.chat.completions.create({ model: "shown", messages: helloWorld });
    }
    expect((await settled("seen", clients, "shown")).used).toBe(3);
    const shadowed = { outcome: "shadow", budget: "seen" };
    expect(await gateway.metric("budget_decisions_total", shadowed)).toBe(2);
  });
});

describe("a policy that changes", () => {
  it("counts for the next request, and a wrong one changes nothing", async () => {
    const clients = newcomer();
    const call = () => clients.openai.chat.completions.create({ model: "log-openai", messages: helloWorld });
    await call();
    expect((await settled("log-tokens", clients, "log-openai")).used).toBe(21);
    const tight = { "log-tokens": { ...both("log", ["log-openai"])["log-tokens"], limit: { tokens: 21 } } };
    await gateway.declare({ ...declaration, budgets: { ...declaration.budgets, ...tight } as never });
    await expect(call()).rejects.toMatchObject({ status: 429 });
    gateway.offerPolicy('{"version": 1, "models": {}, "surprise": true}');
    await until(async () =>
      (await Promise.all(gateway.processors.map((one) => one.health()))).every(
        (health) => health["stalePolicy"] !== undefined,
      ),
    );
    await expect(call()).rejects.toMatchObject({ status: 429 });
    await gateway.declare(declaration);
    await call();
    expect((await settled("log-tokens", clients, "log-openai")).used).toBe(42);
  });
});

describe("SIGTERM", () => {
  it.each(["log-openai", "stream-openai"])("lets a stream of %s end, with its hold", async (model) => {
    const clients = newcomer();
    const budget = `${model.split("-")[0]}-tokens`;
    await gateway.engine(model).behave({ tokensPerSecond: 8, answerTokens: 30 });
    const create = { model, messages: helloWorld, stream: true, max_tokens: 30 } as const;
    const stream = await clients.openai.chat.completions.create(create);
    const ended = drained(stream).then(() => Date.now());
    const owner = await ownerOfStream(gateway);
    owner.signal("SIGTERM");
    await until(() => owner.output.includes('"ending"'));
    await delay(1_500);
    const during = await gateway.standing(budget, { model, attributes: { user: clients.user } });
    expect(during.held).toBeGreaterThan(0);
    expect(during.used).toBe(0);
    await gateway.engine(model).reset();
    // The other replica takes what comes meanwhile.
    for (let i = 0; i < 6; i += 1) {
      await newcomer().openai.chat.completions.create({ model, messages: helloWorld });
    }
    const endedAt = await ended;
    expect(await owner.ended()).toBe(0);
    expect(Date.now()).toBeGreaterThanOrEqual(endedAt);
    expect((await settled(budget, clients, model)).used).toBe(35);
    await owner.start();
    await takesRequests(owner, model);
  });
});

/** Envoy leaves a replica out that it could not reach; one that has come back is asked again after seconds. */
async function takesRequests(processor: ProcessorProcess, model: string): Promise<void> {
  const admitted = async () =>
    [...(await processor.metrics()).matchAll(/^budget_decisions_total\{.*\} (\d+)$/gm)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
  const before = await admitted();
  await until(async () => {
    await newcomer().openai.chat.completions.create({ model, messages: helloWorld });
    return (await admitted()) > before;
  });
}

async function ownerOfStream({ processors }: BudgetGateway) {
  for (;;) {
    for (const processor of processors) {
      if (/^budget_streams_open 1$/m.test(await processor.metrics())) {
        return processor;
      }
    }
  }
}
