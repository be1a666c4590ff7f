import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { budgetNamespace } from "../../../extproc/contract";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { type Reservation, readReservation, writeReservation } from "../../../extproc/service/reservation";
import { policyOf } from "../store/support";
import { Bench, chatFrame, gatewayUsage, logEntry, turns } from "./support/exchanges";

const price = { input: 1_000_000, output: 1_000_000 };
const priced = { models: { m: { backends: { "default/a": { price } } } } };
const tokens = policyOf({ all: { limit: { tokens: 100_000 }, period: "month" } }, priced);
const both = policyOf(
  {
    calls: { limit: { requests: 10 }, period: "month" },
    money: { limit: { nanodollars: 1_000_000 }, period: "month", settle: "log" },
    running: { limit: { concurrency: 5 } },
    words: { per: ["user"], limit: { outputTokens: 100_000 }, period: "month" },
  },
  priced,
);
const streamed = { model: "m", max_tokens: 100, stream: true };
const input = 31;

/** Only the clock and the timers stand still: what has its turn next goes on. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

async function wait(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await turns();
}

describe("a log entry", () => {
  it("settles all budgets of its request at once", async () => {
    const bench = new Bench(both);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed, headers: { "x-user-id": "ann" } });
    expect(await bench.figures("running")).toEqual({ used: 0, held: 1 });
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(await bench.figures("money")).toEqual({ used: 42, held: 0 });
    expect(await bench.figures("calls")).toEqual({ used: 1, held: 0 });
    expect(await bench.figures("running")).toEqual({ used: 0, held: 0 });
    expect(await bench.figures("words", "user=ann")).toEqual({ used: 12, held: 0 });
    expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
  });

  it("may come before the stream of its request ends, and twice", async () => {
    const bench = new Bench(tokens);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    const entry = exchange.entry({}, gatewayUsage(30, 12));
    await bench.log(entry, entry);
    await exchange.end();
    await bench.log(entry);
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
    expect(bench.ledger.calls).toEqual(["reserve", "settle"]);
    expect(bench.processor.awaitingLog).toBe(0);
  });

  it("may come to another replica, which knows nothing but the entry", async () => {
    const ledger = memoryLedger();
    const here = new Bench(both, { ledger, settings: { logWaitMs: 30 } });
    const there = new Bench(both, { ledger });
    const exchange = here.exchange();
    await exchange.request({ body: streamed, headers: { "x-user-id": "ann" } });
    await exchange.end();
    await there.log(exchange.entry({ requestId: "r-9" }, gatewayUsage(30, 12)));
    expect(await here.figures("money")).toEqual({ used: 42, held: 0 });
    expect(await here.figures("words", "user=ann")).toEqual({ used: 12, held: 0 });
    expect(there.summaries).toMatchObject([{ requestId: "r-9", kind: "exact", nanodollars: 42 }]);
    expect(there.summaries[0]?.budgets).toContainEqual(
      expect.objectContaining({ budget: "calls", remaining: 9 }),
    );
    // The one that admitted it gives up waiting, and changes nothing.
    await wait(60);
    expect(here.processor.openRequests).toBe(0);
    expect(await here.figures("money")).toEqual({ used: 42, held: 0 });
    expect(here.told.of("settled")).toEqual([]);
    expect(here.ledger.calls).toEqual(["reserve", "renew"]);
    expect(here.summaries).toEqual([]);
    expect([...here.failures(), ...there.failures()]).toEqual([]);
  });

  it("corrects what another replica has estimated, and is not needed for more", async () => {
    const ledger = memoryLedger();
    const money = policyOf({ all: { limit: { nanodollars: 1_000_000 }, period: "month" } }, priced);
    const [here, there] = [new Bench(money, { ledger }), new Bench(money, { ledger })];
    const exchange = here.exchange();
    await exchange.request({ body: streamed });
    exchange.answerBody("");
    await exchange.end();
    expect(await here.figures("all")).toEqual({ used: input, held: 0 });
    await there.log(exchange.entry({ isClientCut: true, responseBodyBytes: 4000 }));
    expect(await here.figures("all")).toEqual({ used: input, held: 0 });
    await there.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(await here.figures("all")).toEqual({ used: 42, held: 0 });
  });

  it("without what was used counts the bytes of a stream, within the cap", async () => {
    for (const [bytes, output] of [
      [0, 0],
      [400, 10],
      [401, 11],
      [1_000_000, 100],
    ] as const) {
      const bench = new Bench(tokens);
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      await exchange.end();
      await bench.log(exchange.entry({ isClientCut: true, responseBodyBytes: bytes }));
      expect(await bench.figures("all")).toEqual({ used: input + output, held: 0 });
      expect(bench.told.of("settled")).toMatchObject([[{ kind: "estimated", source: "log" }]]);
    }
  });

  it("that counted no tokens of an answer with bytes is one without what was used", async () => {
    const bench = new Bench(tokens);
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    await exchange.end();
    await bench.log(exchange.entry({ responseBodyBytes: 400 }, gatewayUsage(0, 0)));
    expect(await bench.figures("all")).toEqual({ used: input + 10, held: 0 });
  });

  it("counts bytes as it has learned from streams before", async () => {
    const bench = new Bench(tokens);
    const cut = async () => {
      const { used } = await bench.figures("all");
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      await exchange.end();
      await bench.log(exchange.entry({ isUpstreamCut: true, responseBodyBytes: 4000 }));
      return (await bench.figures("all")).used - used;
    };
    expect(await cut()).toBe(input + 100);
    for (let count = 0; count < 25; count += 1) {
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      await exchange.end();
      await bench.log(exchange.entry({ responseBodyBytes: 20_000 }, gatewayUsage(15, 100)));
    }
    // 200 bytes to a token, learned to 9 % on either side; the input has 15 tokens, learned as well.
    const learned = await cut();
    expect(learned).toBeGreaterThanOrEqual(15 + 20);
    expect(learned).toBeLessThanOrEqual(15 + 16 + 24);
  });

  it("without what was used counts an answer in one piece by its bytes", async () => {
    const bench = new Bench(tokens);
    const exchange = bench.exchange();
    await exchange.request({ body: { model: "m", max_tokens: 100, stream: null } });
    await exchange.end();
    await bench.log(exchange.entry({ responseBodyBytes: 90 }));
    expect(await bench.figures("all")).toEqual({ used: input + 30, held: 0 });
  });

  it("of an error charges nothing", async () => {
    const bench = new Bench(tokens);
    const exchange = bench.exchange();
    await exchange.request();
    await exchange.end();
    await bench.log(exchange.entry({ status: 503, isUpstreamCut: true, responseBodyBytes: 80 }));
    expect(await bench.figures("all")).toEqual({ used: 0, held: 0 });
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "nothing", source: "log" }]]);
  });

  it("counts the images that were asked for", async () => {
    const models = { m: { backends: { "default/a": { price: { ...price, image: 1000 } } } } };
    const bench = new Bench(
      policyOf({ all: { limit: { nanodollars: 10_000_000 }, period: "month", settle: "log" } }, { models }),
    );
    const exchange = bench.exchange();
    await exchange.request({ path: "/v1/images/generations", body: { model: "m", prompt: "a cat", n: 3 } });
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(10, 20)));
    expect(await bench.figures("all")).toEqual({ used: 3030, held: 0 });
  });

  it("charges the backend that answered", async () => {
    const models = {
      m: {
        backends: {
          "default/a": { price },
          "default/b": { price: { input: 3_000_000, output: 3_000_000 } },
        },
      },
    };
    const all = { limit: { nanodollars: 1_000_000 }, period: "month", settle: "log" };
    for (const [names, used, unknown] of [
      [{}, 42, 0],
      [{ ai_service_backend_name: "default/b" }, 126, 0],
      // A name that comes with the request only, and has the route in it.
      [{ ai_service_backend_name: undefined, backend_name: "default/b/route/m/rule/0/ref/1" }, 126, 0],
      // Nobody knows it: the dearest, and a sign of it.
      [{ ai_service_backend_name: "default/c" }, 126, 1],
      [{ ai_service_backend_name: undefined, backend_name: undefined }, 126, 0],
    ] as const) {
      const bench = new Bench(policyOf({ all }, { models }));
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      await exchange.end();
      await bench.log(exchange.entry({}, gatewayUsage(30, 12, names)));
      expect(await bench.figures("all")).toEqual({ used, held: 0 });
      expect(bench.told.of("unknownPrice")).toHaveLength(unknown);
    }
  });

  it("charges what was held where nobody knows the model's price any more", async () => {
    const ledger = memoryLedger();
    const all = { limit: { nanodollars: 1_000_000 }, period: "month", settle: "log" };
    const here = new Bench(policyOf({ all }, priced), { ledger });
    const models = { other: priced.models.m };
    const there = new Bench(policyOf({ all }, { models }), { ledger });
    const exchange = here.exchange();
    await exchange.request({ body: streamed });
    const { held } = await here.figures("all");
    await exchange.end();
    const entry = exchange.entry({}, gatewayUsage(30, 12));
    await there.log(entry);
    expect(await here.figures("all")).toEqual({ used: held, held: 0 });
    expect(there.told.of("unknownPrice")).toEqual([["m"]]);
    expect(there.told.of("settled")).toMatchObject([[{ kind: "estimated" }]]);
    // Whoever knows the price makes it right.
    await here.log(entry);
    expect(await here.figures("all")).toEqual({ used: 42, held: 0 });
  });

  it("of a request that is none of ours, or was refused, is passed over", async () => {
    const bench = new Bench(tokens);
    await bench.log(logEntry({}), logEntry(gatewayUsage(30, 12)), logEntry({ [budgetNamespace]: {} }));
    const exchange = bench.exchange();
    await exchange.request({ body: "no JSON" });
    await exchange.end();
    await bench.log(exchange.entry({ status: 400 }));
    expect(bench.ledger.calls).toEqual([]);
    expect(bench.failures()).toEqual([]);
  });

  it("that makes no sense is told, and does no harm", async () => {
    const bench = new Bench(tokens);
    for (const r of [undefined, "", "[]", "{", "[2]", 7, '[1,"m"]']) {
      await bench.log(logEntry({ [budgetNamespace]: { id: "x", r } }));
    }
    const broken = {
      get() {
        throw new Error("broken");
      },
    };
    await bench.log({ ...logEntry({}), metadata: broken });
    expect(bench.failures().map(([code]) => code)).toEqual([...Array(7).fill("log_record"), "log_entry"]);
    expect(bench.ledger.calls).toEqual([]);
  });
});

describe("log entries that come to another replica", () => {
  const admitted = async (bench: Bench, count: number) => {
    const exchanges = Array.from({ length: count }, () => bench.exchange());
    for (const exchange of exchanges) {
      await exchange.request({ body: streamed });
      await exchange.end();
    }
    return exchanges;
  };

  it("cost one call to reserve and one to settle, and one for all that were waited for", async () => {
    const ledger = memoryLedger();
    const here = new Bench(tokens, { ledger, settings: { logWaitMs: 1_000 } });
    const there = new Bench(tokens, { ledger });
    const exchanges = await admitted(here, 50);
    for (const exchange of exchanges) {
      await there.log(exchange.entry({}, gatewayUsage(30, 12)));
    }
    await wait(1_000);
    expect(here.ledger.calls).toEqual([...Array(50).fill("reserve"), "renew"]);
    expect(there.ledger.calls).toEqual(Array(50).fill("settle"));
    expect(here.processor.openRequests).toBe(0);
    expect(await here.figures("all")).toEqual({ used: 50 * 42, held: 0 });
    // Nor does the replica renew them any more.
    await wait(60_000);
    expect(here.ledger.calls).toHaveLength(51);
  });

  it("leave those to be settled that nobody heard of", async () => {
    const ledger = memoryLedger();
    const here = new Bench(tokens, { ledger, settings: { logWaitMs: 1_000 } });
    const there = new Bench(tokens, { ledger });
    const [heard, , estimated] = await admitted(here, 3);
    if (heard === undefined || estimated === undefined) {
      throw new Error("no exchanges");
    }
    await there.log(heard.entry({}, gatewayUsage(30, 12)));
    await there.log(estimated.entry({ isClientCut: true, responseBodyBytes: 400 }));
    await wait(1_000);
    expect(here.ledger.calls.slice(3)).toEqual(["renew", "settle"]);
    expect(await here.figures("all")).toEqual({ used: 42 + (input + 100) + (input + 10), held: 0 });
    expect(await here.liveHolds()).toBe(0);
    expect(here.told.of("settled")).toMatchObject([[{ kind: "estimated", source: "expiry" }]]);
  });

  it("are asked for together where requests run out of time one after the other", async () => {
    const here = new Bench(tokens, { settings: { logWaitMs: 1_000 } });
    for (let count = 0; count < 100; count += 1) {
      await admitted(here, 1);
      await wait(1);
    }
    await wait(1_000);
    expect(here.processor.openRequests).toBe(0);
    // Twenty times in the time that is waited: for the first alone, for those of the next 50 ms, for the rest.
    expect(here.ledger.calls.filter((name) => name === "renew")).toHaveLength(3);
    expect(await here.liveHolds()).toBe(0);
  });

  it("are not asked for while the store does not answer: what was expected is told to it later", async () => {
    const here = new Bench(tokens, { settings: { logWaitMs: 20 }, store: { failuresToTrip: 1, probeMs: 1 } });
    await admitted(here, 2);
    here.ledger.weather = "away";
    await wait(20);
    expect(here.processor.openRequests).toBe(0);
    expect(here.told.of("settled")).toMatchObject([[{ kind: "queued" }], [{ kind: "queued" }]]);
    here.ledger.weather = "fine";
    await wait(5_000);
    expect(await here.figures("all")).toEqual({ used: 2 * (input + 100), held: 0 });
  });

  it("may be what is waited for when the processor closes", async () => {
    const ledger = memoryLedger();
    const [here, there] = [new Bench(tokens, { ledger }), new Bench(tokens, { ledger })];
    const [heard] = await admitted(here, 2);
    await there.log(...(heard === undefined ? [] : [heard.entry({}, gatewayUsage(30, 12))]));
    await here.processor.close(0);
    expect(here.ledger.calls.slice(2)).toEqual(["renew", "settle"]);
    expect(await here.figures("all")).toEqual({ used: 42 + input + 100, held: 0 });
  });
});

describe("a log entry that does not come", () => {
  it("leaves what was expected, and is heard when it comes late", async () => {
    const bench = new Bench(tokens, { settings: { logWaitMs: 20 } });
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    await exchange.end();
    expect(bench.processor.awaitingLog).toBe(1);
    await wait(50);
    expect(await bench.figures("all")).toEqual({ used: input + 100, held: 0 });
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "estimated", source: "expiry" }]]);
    expect(bench.processor.openRequests).toBe(0);
    await bench.log(exchange.entry({ isClientCut: true }));
    expect(bench.ledger.calls).toEqual(["reserve", "renew", "settle"]);
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
  });

  it("is waited for in the order of the requests, each for its own time", async () => {
    const bench = new Bench(tokens, { settings: { logWaitMs: 100 } });
    const [first, second, third] = [bench.exchange(), bench.exchange(), bench.exchange()];
    for (const exchange of [first, second, third]) {
      await exchange.request({ body: streamed });
      await exchange.end();
      await wait(30);
    }
    await bench.log(second.entry({}, gatewayUsage(30, 12)));
    for (const [ms, awaiting] of [
      [9, 2],
      [1, 1],
      [59, 1],
      [1, 0],
    ] as const) {
      await wait(ms);
      expect(bench.processor.awaitingLog).toBe(awaiting);
    }
    const settled = bench.told.of("settled");
    expect(settled).toMatchObject([[{ source: "log" }], [{ source: "expiry" }], [{ source: "expiry" }]]);
  });

  it("does not make memory grow: beyond a number the oldest are settled", async () => {
    const bench = new Bench(tokens, { settings: { mostAwaiting: 2 } });
    for (let count = 0; count < 5; count += 1) {
      const exchange = bench.exchange();
      await exchange.request({ body: streamed });
      await exchange.end();
    }
    expect(bench.processor.awaitingLog).toBe(2);
    expect((await bench.figures("all")).used).toBe(3 * (input + 100));
    expect(await bench.liveHolds()).toBe(2);
  });

  it("is not waited for any longer when the processor closes", async () => {
    const bench = new Bench(tokens);
    const [first, second] = [bench.exchange(), bench.exchange()];
    for (const exchange of [first, second]) {
      await exchange.request({ body: streamed });
      await exchange.end();
    }
    const closing = bench.processor.close(100);
    await bench.log(first.entry({}, gatewayUsage(30, 12)));
    expect(bench.processor.awaitingLog).toBe(1);
    await wait(50);
    await wait(50);
    await closing;
    expect(await bench.figures("all")).toEqual({ used: 42 + input + 100, held: 0 });
    expect(bench.processor.openRequests).toBe(0);
    await bench.processor.close(0);
  });
});

describe("the text of a reservation", () => {
  const name = fc.string({ minLength: 1, maxLength: 30 });
  const amount = fc.nat();
  const reservations = fc.record({
    id: name,
    model: name,
    tier: fc.string(),
    endpoint: fc.constantFrom("chat", "messages", "images"),
    isStream: fc.boolean(),
    inputTokens: amount,
    outputTokens: amount,
    mostOutput: fc.maxSafeNat(),
    images: amount,
    atMs: amount,
    request: fc.record({
      textBytes: fc.integer({ min: 1, max: 1e9 }),
      tokenInputs: amount,
      choices: fc.integer({ min: 1, max: 100 }),
      imageParts: fc.constant(0),
      fileParts: fc.constant(0),
      audioParts: fc.constant(0),
      hasStoredInput: fc.constant(false),
    }),
    budgets: fc.array(
      fc.record({
        account: name,
        budget: name,
        unit: fc.constantFrom("tokens", "nanodollars", "requests"),
        amount: fc.maxSafeNat(),
      }),
      { maxLength: 4 },
    ),
  });

  it("says the same at every replica", () => {
    const more = fc.record({ team: name, keepsForHour: fc.constant(true) }, { requiredKeys: [] });
    fc.assert(
      fc.property(reservations, more, (reservation, known) => {
        const typed = { ...reservation, ...known } as Reservation;
        expect(readReservation(typed.id, writeReservation(typed))).toEqual(typed);
      }),
    );
  });

  it("teaches nothing of requests whose size says little", () => {
    fc.assert(
      fc.property(reservations, fc.constantFrom("imageParts", "fileParts", "audioParts"), (plain, part) => {
        const reservation = { ...plain, request: { ...plain.request, [part]: 1 } } as Reservation;
        expect(readReservation("x", writeReservation(reservation))?.request).toMatchObject({
          textBytes: 0,
          hasStoredInput: true,
        });
      }),
    );
  });

  it("is refused in any other form, without an error", () => {
    fc.assert(
      fc.property(reservations, fc.nat(), fc.jsonValue(), (reservation, at, value) => {
        const fields: unknown[] = JSON.parse(writeReservation(reservation as Reservation));
        const index = at % fields.length;
        // Whether a stream was asked for has no wrong answer.
        fc.pre(index !== 4);
        const good = readReservation("x", JSON.stringify(fields));
        fields[index] = value;
        const read = readReservation("x", JSON.stringify(fields));
        expect(read === undefined || typeof read.model === typeof good?.model).toBe(true);
        expect(read?.budgets.every(({ account }) => account.length <= 1024) ?? true).toBe(true);
      }),
    );
    for (const text of ["", "null", "{}", '"x"', "[1", undefined, 7, null]) {
      expect(readReservation("x", text)).toBeUndefined();
    }
    const good = writeReservation({
      id: "x",
      model: "m",
      tier: "",
      endpoint: "chat",
      isStream: true,
      inputTokens: 1,
      outputTokens: 1,
      mostOutput: 1,
      images: 0,
      atMs: 1,
      request: {
        textBytes: 1,
        tokenInputs: 0,
        choices: 1,
        imageParts: 0,
        fileParts: 0,
        audioParts: 0,
        hasStoredInput: false,
      },
      budgets: [{ account: "a", budget: "a", unit: "tokens", amount: 1 }],
    });
    const spoilt = [
      good.replace('"chat"', '"talk"'),
      good.replace('"tokens"', '"tonnes"'),
      good.replace('"a"', `"${"a".repeat(1025)}"`),
      good.replace('"a",1', '"a",-1'),
      good.replace("[1,", "[2,"),
    ];
    for (const text of spoilt.filter((one) => one !== good)) {
      expect(readReservation("x", text)).toBeUndefined();
    }
    expect(readReservation("x", good)).toBeDefined();
    expect(readReservation(7, good)).toBeUndefined();
  });
});

describe("requests under way", () => {
  it("keep their holds until they are settled, and no longer", async () => {
    let nowMs = Date.now();
    const bench = new Bench(tokens, { now: () => nowMs });
    const exchange = bench.exchange();
    await exchange.request({ body: streamed });
    exchange.answerBody(chatFrame("x"));
    // Nobody renews in this test: the hold falls due, and the late report still counts.
    nowMs += 61_000;
    expect(await bench.liveHolds()).toBe(0);
    await exchange.end();
    await bench.log(exchange.entry({}, gatewayUsage(30, 12)));
    expect(await bench.figures("all")).toEqual({ used: 42, held: 0 });
    expect(bench.told.of("settled")).toMatchObject([[{ kind: "late" }]]);
  });
});
