import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { memoryLedger } from "../../extproc/ledger/memoryLedger";
import { type BudgetStoreOptions, budgetStore } from "../../extproc/service/budgetStore";
import type { BudgetStore } from "../../extproc/service/store";
import { TestClock } from "./ledger/support/stores";
import { startReceiver } from "./store/receiver";
import { decide, policyOf, Recorder, settle } from "./store/support";

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

describe("warnings", () => {
  let told: Recorder;
  let clock: TestClock;
  let ledger: ReturnType<typeof memoryLedger>;
  const stores: BudgetStore[] = [];
  const receivers: Receiver[] = [];
  beforeEach(() => {
    told = new Recorder();
    clock = new TestClock();
    ledger = memoryLedger({ now: clock.read });
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close(0)));
    await Promise.all(receivers.splice(0).map((receiver) => receiver.stop()));
  });

  const retrying = (first: number, attempts = 5, limit = 1_000): Partial<BudgetStoreOptions> => ({
    webhooks: { retryMs: { first, most: 4 * first }, attempts, limit },
  });
  const makeStore = (more: Partial<BudgetStoreOptions> = retrying(10)) => {
    const store = budgetStore({ ledger, telemetry: told, ...more });
    stores.push(store);
    return store;
  };
  const receiver = async (...answer: Parameters<typeof startReceiver>) => {
    const made = await startReceiver(...answer);
    receivers.push(made);
    return made;
  };
  const policyWith = (webhook: object | undefined, budget: object = {}) =>
    policyOf(
      {
        a: { per: ["team", "user"], limit: { tokens: 100 }, period: "month", warnAt: [0.5, 0.8], ...budget },
      },
      webhook === undefined ? {} : { webhook },
    );
  const ann = { team: "search & find", user: "ann" };
  const spend = async (
    store: BudgetStore,
    policy: ReturnType<typeof policyOf>,
    id: string,
    amount: number,
  ) => {
    await decide(store, policy, 0, id, ann);
    await settle(store, policy, id, amount, "exact", ann);
  };

  it("are posted once for each threshold, whichever of two replicas crosses it", async () => {
    const { url, received } = await receiver();
    const policy = policyWith({ url });
    const both = [makeStore(), makeStore()] as const;
    const month = new Date(clock.nowMs).toISOString().slice(0, 7);
    await spend(both[0], policy, "1", 49);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => spend(n % 2 === 0 ? both[0] : both[1], policy, `n${n}`, 1)),
    );
    await vi.waitFor(() => expect(told.of("warned")).toEqual([["a", 0.5, true]]));
    await spend(both[1], policy, "2", 31);
    await spend(both[0], policy, "3", 50);
    await vi.waitFor(() =>
      expect(told.of("warned")).toEqual([
        ["a", 0.5, true],
        ["a", 0.8, true],
      ]),
    );
    expect(received.map(({ method, headers }) => [method, headers["content-type"]])).toEqual([
      ["POST", "application/json"],
      ["POST", "application/json"],
    ]);
    const shared = {
      event: "budget.warning",
      budget: "a",
      unit: "tokens",
      limit: 100,
      period: "month",
      window: month,
      subject: { team: "search & find", user: "ann" },
      time: new Date(clock.nowMs).toISOString(),
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
    };
    expect(received.map(({ body }) => body)).toEqual([
      { ...shared, share: 0.5, amount: 50, used: 50 },
      { ...shared, share: 0.8, amount: 80, used: 100 },
    ]);
    expect(new Set(received.map(({ body }) => body["id"])).size).toBe(2);
  });

  it("of both thresholds at once are two, and the next window's come anew", async () => {
    const { url, received } = await receiver();
    const policy = policyWith({ url }, { period: "hour" });
    const store = makeStore();
    await spend(store, policy, "1", 90);
    clock.nowMs += 3_600_000;
    await spend(store, policy, "2", 60);
    await vi.waitFor(() => expect(received).toHaveLength(3));
    expect(received.map(({ body }) => body["share"])).toEqual([0.5, 0.8, 0.5]);
    expect(new Set(received.map(({ body }) => body["id"])).size).toBe(3);
  });

  it("come from a reserve where nothing was settled", async () => {
    const { url, received } = await receiver();
    const policy = policyWith({ url });
    const store = makeStore();
    const charges = [{ account: "a:tokens:team=search%20%26%20find&user=ann", budget: "a", amount: 60 }];
    await store.settle({ id: "orphan", charges, kind: "exact", reason: "log", policy });
    expect(received).toEqual([]);
    await decide(store, policy, 1, "r", ann);
    await vi.waitFor(() => expect(received[0]?.body).toMatchObject({ share: 0.5, used: 60 }));
  });

  it("are told without a webhook, too", async () => {
    await spend(makeStore(), policyWith(undefined), "1", 60);
    expect(told.of("warned")).toEqual([["a", 0.5, true]]);
  });

  it("of a policy that has changed meanwhile say the share of the new limit", async () => {
    const store = makeStore();
    await decide(store, policyWith(undefined), 0, "r", ann);
    await settle(store, policyWith(undefined, { limit: { tokens: 400 } }), "r", 60, "exact", ann);
    expect(told.of("warned")).toEqual([["a", 0.125, true]]);
  });

  it("carry the credentials that the webhook names, and no others", async () => {
    const { url, received } = await receiver();
    const secret = "Bearer t0p-secret";
    const policy = policyWith({ url, authorizationFrom: "WEBHOOK_AUTH" });
    await spend(makeStore({ environment: { WEBHOOK_AUTH: secret, OTHER: "x" } }), policy, "1", 60);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    expect(received[0]?.headers.authorization).toBe(secret);
    expect(JSON.stringify(received[0]?.body)).not.toContain("secret");
    await spend(makeStore({ environment: {} }), policy, "2", 30);
    await vi.waitFor(() => expect(told.of("warned").at(-1)).toEqual(["a", 0.8, false]));
    expect(told.of("failure")).toEqual([["webhook_failed", "WEBHOOK_AUTH is not set"]]);
    expect(received).toHaveLength(1);
  });

  it.each([500, 503, 408, 429])("are told again after %i", async (status) => {
    const { url, received } = await receiver((response, n) => response.writeHead(n < 3 ? status : 200).end());
    await spend(makeStore(), policyWith({ url }), "1", 60);
    await vi.waitFor(() => expect(told.of("warned")).toEqual([["a", 0.5, true]]), 5_000);
    expect(received.map(({ body }) => body)).toEqual([0, 1, 2].map(() => received[0]?.body));
    expect(told.of("failure")).toEqual([]);
  });

  it.each([302, 400, 401, 404])("are not told again after %i", async (status) => {
    const { url, received } = await receiver((response) =>
      response.writeHead(status, { location: "/other" }).end(),
    );
    await spend(makeStore(), policyWith({ url }), "1", 60);
    await vi.waitFor(() => expect(told.of("warned")).toEqual([["a", 0.5, false]]));
    expect(received).toHaveLength(1);
    expect(told.of("failure")).toEqual([["webhook_failed", `the webhook answered ${status}`]]);
  });

  it("are given up after the last attempt, and by a receiver that never answers", async () => {
    const { url, received } = await receiver(() => {});
    const store = makeStore(retrying(5, 3));
    const began = performance.now();
    await spend(store, policyWith({ url, timeoutMs: 100 }), "1", 60);
    expect(performance.now() - began).toBeLessThan(80);
    await vi.waitFor(() => expect(told.of("warned")).toEqual([["a", 0.5, false]]), 5_000);
    expect(received).toHaveLength(3);
    expect(told.of("failure")).toEqual([["webhook_failed", expect.stringMatching(/timeout/i)]]);
  });

  it("end with the store: what is under way is aborted, what waits is given up", async () => {
    const { url, received } = await receiver((response, n) => n > 1 && response.writeHead(500).end());
    const store = makeStore(retrying(60_000));
    const policy = policyWith({ url, timeoutMs: 30_000 }, { per: ["user"] });
    // 12 users: 8 deliveries at a time; the first never ends, the others wait for another attempt.
    for (let n = 0; n < 12; n += 1) {
      await decide(store, policy, 0, `r${n}`, { user: `u${n}` });
      await settle(store, policy, `r${n}`, 60, "exact", { user: `u${n}` });
    }
    await vi.waitFor(() => expect(received).toHaveLength(8));
    const began = performance.now();
    await store.close(50);
    expect(performance.now() - began).toBeLessThan(1_000);
    await vi.waitFor(() => expect(told.of("warned")).toHaveLength(12));
    expect(told.of("warned")).toEqual(Array.from({ length: 12 }, () => ["a", 0.5, false]));
    expect(received).toHaveLength(8);
  });

  it("are bounded: what is too many is dropped, and told", async () => {
    const { url } = await receiver(() => {});
    const store = makeStore(retrying(10, 1, 2));
    const policy = policyWith({ url, timeoutMs: 5_000 }, { per: ["user"] });
    for (let n = 0; n < 3; n += 1) {
      await settle(store, policy, `r${n}`, 60, "exact", { user: `u${n}` });
      await decide(store, policy, 0, `s${n}`, { user: `u${n}` });
    }
    expect(told.of("warned")).toEqual([["a", 0.5, false]]);
    expect(told.of("failure")).toEqual([["webhook_dropped", "too many warnings wait for the webhook"]]);
  });
});
