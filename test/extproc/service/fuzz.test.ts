import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gatewayNamespace } from "../../../extproc/contract";
import type { Ledger } from "../../../extproc/ledger/ledger";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { policyOf } from "../store/support";
import {
  Bench,
  chatEnd,
  chatFrame,
  gatewayUsage,
  headersOf,
  logEntry,
  metadataOf,
  type TestExchange,
  turns,
} from "./support/exchanges";

/** Runs of each property; more by the environment. */
const runs = Number(process.env["FUZZ"] ?? 300);

const price = { input: 1_000_000, output: 1_000_000 };
const models = {
  m: { backends: { "default/a": { price } }, tiers: { more: { backends: { "default/b": { price } } } } },
};
const more = { models, tierHeader: "x-tier" };
const roomy = { limit: { tokens: 1e12 }, period: "year" };

/** A ledger that keeps book of what each request has cost in one account. */
function audited(account: string): { ledger: Ledger; admitted: Set<string>; charged: Map<string, number> } {
  const ledger = memoryLedger();
  const admitted = new Set<string>();
  const charged = new Map<string, number>();
  return {
    admitted,
    charged,
    ledger: {
      ...ledger,
      async reserve(request) {
        const answer = await ledger.reserve(request);
        if (answer.admitted) {
          admitted.add(request.id);
        }
        return answer;
      },
      async settle(settlement) {
        const settled = await ledger.settle(settlement);
        const row = settled.accounts.find((one) => one.account === account);
        charged.set(settlement.id, row?.charged ?? 0);
        return settled;
      },
    },
  };
}

describe("any course of a request", () => {
  /** What the upstream does, and what reaches us of it, in whatever order the two sides are heard. */
  const courses = fc.record({
    isStream: fc.boolean(),
    isRead: fc.boolean(),
    fails: fc.boolean(),
    usage: fc.record({ input: fc.integer({ min: 1, max: 500 }), output: fc.integer({ min: 1, max: 100 }) }),
    /** Steps that are heard, before Envoy ends the stream. */
    heard: fc.integer({ min: 0, max: 6 }),
    knowsAtFirst: fc.boolean(),
    knowsAtEnd: fc.boolean(),
    saysInBody: fc.boolean(),
    logs: fc.array(fc.record({ isHere: fc.boolean(), knows: fc.boolean(), isEarly: fc.boolean() }), {
      maxLength: 3,
    }),
  });

  it("is charged once: what it used if anybody said so, else an estimate, and nothing for an error", async () => {
    await fc.assert(
      fc.asyncProperty(courses, async (course) => {
        const policy = policyOf({ all: { ...roomy, settle: course.isRead ? "stream" : "log" } }, more);
        const { ledger, charged } = audited("all:tokens:");
        const [here, there] = [new Bench(policy, { ledger }), new Bench(policy, { ledger })];
        const exchange = here.exchange();
        const told = await run(course, exchange, here, there);
        await exchange.end();
        for (const entry of course.logs.filter(({ isEarly }) => !isEarly)) {
          await report(course, entry, exchange, here, there);
        }
        await Promise.all([here.processor.close(0), there.processor.close(0)]);
        const id = exchange.own["id"] ?? "";
        const { used, held } = await here.figures("all");
        expect(held).toBe(0);
        expect(used).toBe(charged.get(id));
        const { input, output } = course.usage;
        const isLogged = course.logs.some(({ knows }) => knows);
        if (told.hasFailed || (course.fails && course.logs.length > 0)) {
          expect(used).toBe(0);
        } else if (told.isKnown || (isLogged && !course.fails)) {
          expect(used).toBe(input + output);
        } else {
          expect(used).toBeGreaterThan(0);
        }
        expect(here.processor.openRequests).toBe(0);
        expect([...here.failures(), ...there.failures()]).toEqual([]);
      }),
      { numRuns: runs },
    );
  });

  type Course = typeof courses extends fc.Arbitrary<infer T> ? T : never;

  /** Lets the course happen as far as it is heard; answers what was said of its end. */
  async function run(course: Course, exchange: TestExchange, here: Bench, there: Bench) {
    const told = { isKnown: false, hasFailed: false };
    const { input, output } = course.usage;
    await exchange.request({ body: { model: "m", max_tokens: 100, stream: course.isStream } });
    for (const entry of course.logs.filter(({ isEarly }) => isEarly)) {
      await report(course, entry, exchange, here, there);
    }
    if (course.heard === 0) {
      return told;
    }
    if (!course.isRead || course.heard === 1) {
      // Envoy shows no headers, and an answer that nothing wants to read is not shown at all.
      return told;
    }
    const knows = course.knowsAtFirst && !course.isStream && !course.fails;
    told.hasFailed = course.fails;
    told.isKnown = knows;
    const first = knows ? gatewayUsage(input, output) : {};
    const status = course.fails ? 500 : 200;
    const usage = { prompt_tokens: input, completion_tokens: output };
    const whole = course.isStream
      ? chatFrame("some words ") + chatFrame("and more") + (course.saysInBody ? chatEnd(usage) : "")
      : JSON.stringify({ choices: [], ...(course.saysInBody ? { usage } : {}) });
    const size = Math.ceil(whole.length / 4);
    for (let step = 1; step < Math.min(course.heard, 5); step += 1) {
      const piece = whole.slice((step - 1) * size, step * size);
      const isFirst = step === 1;
      exchange.answerBody(piece, false, isFirst ? first : {}, isFirst ? status : undefined);
    }
    told.isKnown ||= course.heard >= 5 && course.saysInBody;
    if (course.heard >= 6) {
      exchange.answerBody("", true, course.knowsAtEnd ? gatewayUsage(input, output) : {});
      told.isKnown ||= course.knowsAtEnd;
    }
    return told;
  }

  async function report(
    { fails, usage }: Course,
    { isHere, knows }: Course["logs"][number],
    exchange: TestExchange,
    here: Bench,
    there: Bench,
  ): Promise<void> {
    const metadata = knows && !fails ? gatewayUsage(usage.input, usage.output) : {};
    const entry = exchange.entry(
      { status: fails ? 500 : 200, isClientCut: !fails, responseBodyBytes: 400 },
      metadata,
    );
    await (isHere ? here : there).log(entry);
  }
});

describe("any messages in any order", () => {
  const text = fc.oneof(
    fc.constantFrom('{"model":"m","max_tokens":9}', '{"model":"m","stream":true}', '{"model":"x"}', "{"),
    fc.constantFrom(chatFrame("x"), chatEnd({ prompt_tokens: 1, completion_tokens: 1 }), '{"usage":{}}'),
    fc.string({ unit: "binary" }),
  );
  const body = fc.oneof(
    text.map((value) => Buffer.from(value)),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  );
  const headers = fc.dictionary(
    fc.constantFrom(":path", ":method", ":status", "content-type", "content-encoding", "x-tier", "x-user-id"),
    fc.oneof(
      fc.constantFrom("/v1/chat/completions", "/anthropic/v1/messages", "/v1/models", "POST", "200", "500"),
      fc.constantFrom("text/event-stream", "application/json", "gzip", "multipart/form-data; boundary=x"),
      fc.string(),
    ),
  );
  const usual = { ":path": "/v1/chat/completions", ":method": "POST", ":status": "200" };
  const metadata = fc.oneof(
    fc.constant({}),
    fc.record({ input: fc.nat(), output: fc.nat() }).map(({ input, output }) => gatewayUsage(input, output)),
    fc.dictionary(
      fc.constantFrom(gatewayNamespace, "aigw.budget"),
      fc.dictionary(fc.string(), fc.jsonValue()),
    ),
  );
  const which = fc.nat({ max: 3 });
  const action = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        which,
        kind: fc.constant("requestHeaders"),
        headers,
        metadata,
        endOfStream: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ which, kind: fc.constant("requestBody"), body, endOfStream: fc.boolean() }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        which,
        kind: fc.constant("responseHeaders"),
        headers,
        metadata,
        endOfStream: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        which,
        kind: fc.constant("responseBody"),
        body,
        metadata,
        endOfStream: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        which,
        kind: fc.constantFrom("requestTrailers", "responseTrailers", "unknown"),
      }),
    },
    { weight: 1, arbitrary: fc.record({ which, kind: fc.constant("end") }) },
    {
      weight: 2,
      arbitrary: fc.record({
        which,
        kind: fc.constant("log"),
        metadata,
        status: fc.constantFrom(0, 200, 503),
        isCut: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ which, kind: fc.constant("turn") }) },
    {
      weight: 1,
      arbitrary: fc.record({
        which,
        kind: fc.constant("weather"),
        weather: fc.constantFrom("fine", "fine", "away", "mute"),
      }),
    },
  );
  type Action = {
    which: number;
    kind: string;
    headers?: Record<string, string>;
    metadata?: Record<string, Record<string, unknown>>;
    body?: Buffer;
    endOfStream?: boolean;
    status?: number;
    isCut?: boolean;
    weather?: "fine" | "away" | "mute";
  };
  const policy = policyOf(
    {
      all: { ...roomy, settle: "stream", whenStoreIsDown: "open" },
      few: {
        per: ["user"],
        limit: { tokens: 500 },
        period: "minute",
        atLimit: "shrink",
        whenStoreIsDown: "local",
      },
      pool: { limit: { requests: 2 }, period: "hour", atLimit: "overflow", overflowTo: "more" },
      running: { per: ["user"], limit: { concurrency: 3 }, whenStoreIsDown: "closed" },
    },
    more,
  );
  const retries = { retryMs: { first: 1, most: 2 }, probeMs: 1 };

  function apply(bench: Bench, exchange: TestExchange, action: Action): void {
    const { kind, endOfStream = false } = action;
    const reader = metadataOf(action.metadata ?? {});
    const before = exchange.replies.length;
    switch (kind) {
      case "requestHeaders":
      case "responseHeaders":
        exchange.take({
          kind,
          headers: headersOf({ ...usual, ...action.headers }),
          endOfStream,
          metadata: reader,
        });
        break;
      case "requestBody":
      case "responseBody": {
        const bytes = Buffer.from(action.body ?? "");
        const piece = { body: bytes, endOfStream, metadata: reader };
        exchange.take(
          kind === "requestBody" ? { kind, ...piece } : { kind, ...piece, status: action.status },
        );
        bytes.fill(0x7b);
        break;
      }
      case "requestTrailers":
      case "responseTrailers":
      case "unknown":
        exchange.take({ kind });
        break;
      case "end":
        exchange.handler.end();
        break;
      case "weather":
        bench.ledger.weather = action.weather ?? "fine";
        break;
      case "log": {
        const own = { "aigw.budget": exchange.own, ...action.metadata };
        bench.processor.log([
          logEntry(own, { status: action.status ?? 200, isClientCut: action.isCut ?? false }),
        ]);
        break;
      }
      default:
    }
    // Each message has one answer at most, of its own kind.
    const answers = exchange.replies.slice(before);
    expect(answers.length).toBeLessThanOrEqual(1);
    expect(answers.every((reply) => reply.kind === kind || reply.kind === "immediate")).toBe(true);
  }

  it("neither throw, nor leave a hold, nor count anything twice", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions: Action[]) => {
        const { ledger, admitted, charged } = audited("all:tokens:");
        const bench = new Bench(policy, { ledger, store: retries });
        const exchanges = [bench.exchange(), bench.exchange(), bench.exchange(), bench.exchange()];
        for (const one of actions) {
          const exchange = exchanges[one.which];
          if (one.kind === "turn") {
            await turns(1);
          } else if (exchange !== undefined) {
            apply(bench, exchange, one);
          }
        }
        bench.ledger.weather = "fine";
        for (const exchange of exchanges) {
          await exchange.end();
        }
        await bench.processor.close(0);
        await bench.store.close(1000);
        expect(await bench.liveHolds()).toBe(0);
        expect(bench.processor.openRequests).toBe(0);
        expect([...admitted].filter((id) => !charged.has(id))).toEqual([]);
        const { used, held } = await bench.figures("all");
        expect(held).toBe(0);
        expect(used).toBe([...charged.values()].reduce((sum, amount) => sum + amount, 0));
        const codes = new Set(bench.failures().map(([code]) => code));
        for (const known of ["exchange", "unknown_message", "log_record"]) {
          codes.delete(known);
        }
        expect([...codes]).toEqual([]);
      }),
      { numRuns: runs },
    );
  });
});
