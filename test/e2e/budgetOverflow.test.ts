import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { tierName } from "../../components/budgets/overflow";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { until, useBudgetGateway } from "./support/budgetGateway";
import { helloWorld } from "./support/gateway";

const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 16 };
const each = { per: "user", trustClientHeaders: true } as const;
const dwellSeconds = 3;

const declaration: ModelGatewayArgs = {
  access: { clientHeaders: { user: "x-user" } },
  models: {
    usual: { ...vllm, price: { usdPerMillionInputTokens: 10, usdPerMillionOutputTokens: 10 } },
    second: {
      ...vllm,
      public: false,
      price: { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 2 },
    },
  },
  budgets: {
    pool: {
      ...{ ...each, limit: { requests: 4 }, period: "year" },
      ...{ atLimit: "overflow", overflowTo: "second", returnBelow: 0.5, dwellSeconds },
    },
    usd: { ...each, limit: { usd: 1 }, period: "year" },
    tokens: { ...each, limit: { tokens: 1_000 }, period: "year" },
  },
};

const gateway = useBudgetGateway(declaration);

/** Nanodollars of a call at each of the two. */
const [usualCost, secondCost] = [21 * 10_000, 5 * 1_000 + 16 * 2_000];

it("at the limit the second backend answers under the same name, and all others count it there", async () => {
  const user = randomUUID();
  const asked = { attributes: { user } };
  const openai = gateway.openai({ defaultHeaders: { "x-user": user } });
  const served = { usual: 0, second: 0 };
  const call = async () => {
    const before = gateway.engine("second").requestCount;
    const create = { model: "usual", messages: helloWorld };
    const { data, response } = await openai.chat.completions.create(create).withResponse();
    expect(data.usage?.total_tokens).toBe(21);
    const by = gateway.engine("second").requestCount > before ? "second" : "usual";
    served[by] += 1;
    expect(response.headers.get("x-budget-tier")).toBe(by === "second" ? tierName("second") : null);
    return by;
  };
  const burst = await Promise.all(
    Array.from({ length: 10 }, () =>
      openai.chat.completions.create({ model: "usual", messages: helloWorld }),
    ),
  );
  expect(burst).toHaveLength(10);
  expect(gateway.engine("usual").requestCount).toBe(4);
  expect(gateway.engine("second").requestCount).toBe(6);
  Object.assign(served, { usual: 4, second: 6 });
  const began = Date.now();
  expect((await gateway.settled("pool", asked)).used).toBe(4);

  // Low enough, but too soon.
  await gateway.credit("pool", 2, asked);
  expect(await call()).toBe("second");
  expect(Date.now() - began).toBeLessThan(dwellSeconds * 1000);
  await gateway.credit("pool", -1, asked);
  await delay(dwellSeconds * 1000);
  // Late enough, but 3 of 4 are spent.
  expect(await call()).toBe("second");
  expect(await call()).toBe("second");
  await gateway.credit("pool", 1, asked);
  // The one that finds the counter low still goes there; those after it return.
  expect(await call()).toBe("second");
  expect(await call()).toBe("usual");
  expect(await call()).toBe("usual");
  expect(await call()).toBe("second");

  const { usual, second } = served;
  expect((await gateway.settled("usd", asked)).used).toBe(usual * usualCost + second * secondCost);
  expect((await gateway.settled("tokens", asked)).used).toBe((usual + second) * 21);
  const to = { budget: "pool", from: tierName("second") };
  expect(await gateway.metric("budget_overflow_total", to)).toBe(1);
});

it("a stream overflows as well, and what it costs is settled there", async () => {
  const user = randomUUID();
  const openai = gateway.openai({ defaultHeaders: { "x-user": user } });
  const before = gateway.engine("second").requestCount;
  const stream = async () => {
    const chunks = await openai.chat.completions.create({
      model: "usual",
      messages: helloWorld,
      stream: true,
    });
    for await (const _ of chunks) {
      // All of it.
    }
  };
  await Promise.all(Array.from({ length: 12 }, stream));
  const second = gateway.engine("second").requestCount - before;
  expect(second).toBeGreaterThanOrEqual(1);
  expect((await gateway.settled("usd", { attributes: { user } })).used).toBe(
    (12 - second) * usualCost + second * secondCost,
  );
});

it("another budget refuses at the second backend, too", async () => {
  const user = randomUUID();
  const openai = gateway.openai({ defaultHeaders: { "x-user": user } });
  const call = () => openai.chat.completions.create({ model: "usual", messages: helloWorld });
  let refusal: unknown;
  for (let i = 0; i < 60 && refusal === undefined; i += 1) {
    await call().catch((error: unknown) => {
      refusal = error;
    });
  }
  expect(refusal).toMatchObject({ status: 429 });
  expect((refusal as { headers: Headers }).headers.get("x-budget-name")).toBe("tokens");
  await until(async () => (await gateway.standing("tokens", { attributes: { user } })).held === 0);
  expect((await gateway.standing("tokens", { attributes: { user } })).used).toBeLessThanOrEqual(1_000);
});

it("the list of models has the name once", async () => {
  const { data } = await gateway.openai().models.list();
  expect(data.map(({ id }) => id)).toEqual(["usual"]);
});
