import { afterAll, beforeAll, expect, it } from "vitest";
import { budgetNamespace } from "../../extproc/contract";
import { type BudgetStoreOptions, budgetStore } from "../../extproc/service/budgetStore";
import { type Processor, processor } from "../../extproc/service/processor";
import type { SettleEvent } from "../../extproc/service/telemetry";
import type { ProcessingRequest, ProcessingResponse } from "../../extproc/wire/messages";
import { readLogMessage } from "../../extproc/wire/readLog";
import { readRequest } from "../../extproc/wire/readRequest";
import { WireError } from "../../extproc/wire/wireError";
import { writeResponse } from "../../extproc/wire/writeResponse";
import { type Course, courseOf, encode, type Message } from "./fuzz/courses";
import { Dice } from "./fuzz/dice";
import { mutateCourse } from "./fuzz/mutations";
import { policies } from "./fuzz/policies";
import { WatchedLedger } from "./fuzz/watchedLedger";
import { turns } from "./service/support/exchanges";
import { FlakyLedger, type Weather } from "./store/flakyLedger";
import { Recorder } from "./store/support";
import { mutateBytes } from "./support/mutateBytes";
import { decodeResponse, encodeLogMessage, toMetadata } from "./wire/protos";

/** How many messages are told. `FUZZ=1000000` for the long run; `SEED` begins at a batch that failed. */
const count = Number(process.env["FUZZ"] ?? 30_000);
const firstSeed = Number(process.env["SEED"] ?? 1);

const coursesInBatch = 48;

/**
 * Failures that faults in messages may lead to, by their code and what they say; every other is a defect. Envoy never
 * sends headers or bodies twice, or a kind of message that is not in its protocol. Its log may hold what is no
 * reservation, or one that names a budget of another policy.
 */
const expectedFailures: readonly (readonly [string, RegExp])[] = [
  ["exchange", /^a request came with (headers twice|a second body)$/],
  ["unknown_message", /^a message of an unknown kind$/],
  ["log_record", /^a log entry holds no reservation$/],
  ["charge_unplaced", /^the policy no longer has /],
];

const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);
beforeAll(() => {
  process.on("unhandledRejection", note).on("uncaughtException", note);
});
afterAll(() => {
  process.off("unhandledRejection", note).off("uncaughtException", note);
});

/** The field that an answer of each kind has. */
const kinds = [
  "requestHeaders",
  "requestBody",
  "responseHeaders",
  "responseBody",
  "requestTrailers",
  "responseTrailers",
] as const;

/** One stream of Envoy to the processor, by way of the bytes that travel. */
class Wire {
  readonly own: Record<string, string> = {};
  readonly answers: Record<string, unknown>[] = [];
  readonly #taken = new Map<string, number>();
  readonly #handler;
  mode: Record<string, unknown> = {};
  isOver = false;

  constructor(processor: Processor) {
    this.#handler = processor.open((response) => this.#hear(response));
  }

  get isRefused(): boolean {
    return "immediateResponse" in (this.answers.at(-1) ?? {});
  }

  /** Answers what kind of message it was; `undefined` when it was none, which ends the stream. */
  tell(bytes: Buffer): ProcessingRequest["kind"] | undefined {
    let request: ProcessingRequest;
    try {
      request = readRequest(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.end();
      return undefined;
    }
    this.#taken.set(request.kind, (this.#taken.get(request.kind) ?? 0) + 1);
    this.#handler.take(request);
    // As the server may: the memory is used again at once.
    bytes.fill(0x7b);
    return request.kind;
  }

  end(): void {
    if (!this.isOver) {
      this.isOver = true;
      this.#handler.end();
    }
  }

  #hear(response: ProcessingResponse): void {
    const answer = decodeResponse(writeResponse(response).subarray(5));
    const kind = kinds.find((one) => one in answer);
    // Envoy takes one answer to a message, of its kind, and none after it was told to answer the client itself.
    expect(this.isOver || this.isRefused, "an answer after the end").toBe(false);
    if (kind !== undefined) {
      const left = (this.#taken.get(kind) ?? 0) - 1;
      expect(left, `an answer to no message: ${kind}`).toBeGreaterThanOrEqual(0);
      this.#taken.set(kind, left);
    } else {
      expect(answer).toHaveProperty("immediateResponse");
    }
    this.answers.push(answer);
    Object.assign(this.mode, answer["modeOverride"]);
    Object.assign(this.own, "metadata" in response ? response.metadata?.[budgetNamespace] : {});
  }
}

/** Two replicas on a ledger, and requests to them with and without faults. */
class Batch {
  readonly told = new Recorder();
  readonly #dice: Dice;
  readonly #watched = new WatchedLedger();
  readonly #ledgers = [new FlakyLedger(this.#watched.ledger), new FlakyLedger(this.#watched.ledger)];
  readonly #stores;
  readonly #processors: [Processor, ...Processor[]];
  messages = 0;

  constructor(readonly seed: number) {
    this.#dice = new Dice(seed);
    const policy = this.#dice.pick(policies);
    const options: Omit<BudgetStoreOptions, "ledger"> = {
      telemetry: this.told,
      retryMs: { first: 1, most: 2 },
      probeMs: 1,
    };
    this.#stores = this.#ledgers.map((ledger) => budgetStore({ ledger, ...options }));
    const settings = { logWaitMs: 20, maxBodyBytes: 32_768, mostAwaiting: 40 };
    const [one, ...others] = this.#stores.map((store) =>
      processor({ policy: () => policy, store, telemetry: this.told, settings }),
    );
    if (one === undefined) {
      throw new Error("no store");
    }
    this.#processors = [one, ...others];
  }

  async run(): Promise<void> {
    const courses = Array.from({ length: coursesInBatch }, () => courseOf(this.#dice));
    const others = courses.flatMap(({ messages }) => messages);
    const isStormy = this.#dice.chance(0.1);
    await Promise.all([
      ...courses.map((course) => this.#request(course, others, this.#dice.split())),
      ...(isStormy ? [this.#weather(this.#dice.split())] : []),
    ]);
    for (const ledger of this.#ledgers) {
      ledger.weather = "fine";
    }
    await this.#settle();
    const faults = await this.#watched.faults();
    expect(faults).toEqual([]);
    expect(this.#failures()).toEqual([]);
    expect(unhandled).toEqual([]);
  }

  async #weather(dice: Dice): Promise<void> {
    for (let left = 6; left > 0; left -= 1) {
      const ledger = dice.pick(this.#ledgers);
      if (ledger !== undefined) {
        ledger.weather = dice.pick<Weather>(["fine", "away", "mute"]);
      }
      await turns(dice.below(4));
    }
  }

  async #request(course: Course, others: readonly Message[], dice: Dice): Promise<void> {
    const wire = new Wire(dice.pick(this.#processors));
    await turns(dice.below(8));
    if (dice.chance(0.3)) {
      await this.#asItShould(wire, course);
    } else {
      await this.#withFaults(wire, mutateCourse(course, others, dice), dice);
    }
    if (dice.chance(0.1)) {
      this.#log(wire, course, dice);
    }
    await turns(dice.below(2));
    wire.end();
    await turns(dice.below(3));
    while (dice.chance(0.6)) {
      this.#log(wire, course, dice);
    }
  }

  /** As Envoy does: each message waits for the answer to the one before, and modes are obeyed. */
  async #asItShould(wire: Wire, { messages }: Course): Promise<void> {
    for (const message of messages) {
      const { requestBodyMode, responseHeaderMode, responseBodyMode, responseTrailerMode } = wire.mode;
      const isAsked = {
        requestHeaders: true,
        requestBody: requestBodyMode !== "NONE",
        responseHeaders: responseHeaderMode !== "SKIP",
        responseBody: responseBodyMode === "STREAMED",
        responseTrailers: responseTrailerMode === "SEND",
      }[message.kind];
      if (!isAsked) {
        continue;
      }
      const before = wire.answers.length;
      this.messages += 1;
      const kind = wire.tell(encode(message));
      for (let left = 500; wire.answers.length === before && left > 0; left -= 1) {
        await turns(1);
      }
      expect(kind).toBe(message.kind);
      expect(wire.answers, `no answer to ${message.kind}`).toHaveLength(before + 1);
      if (wire.isRefused) {
        return;
      }
      expect(wire.answers.at(-1)).toHaveProperty(message.kind);
    }
  }

  async #withFaults(wire: Wire, messages: readonly Buffer[], dice: Dice): Promise<void> {
    const hurry = dice.random();
    for (const bytes of messages) {
      this.messages += 1;
      if (wire.tell(bytes) === undefined) {
        return;
      }
      if (dice.chance(hurry)) {
        await turns(1);
      }
    }
  }

  /** What the gateway logs of a request, to either replica. */
  #log(wire: Wire, { status, metadata, bytes }: Course, dice: Dice): void {
    const known = dice.chance(0.5) ? metadata : {};
    const logEntry = {
      commonProperties: {
        metadata: toMetadata({ [budgetNamespace]: wire.own, ...known }),
        responseFlags: { downstreamRemoteReset: dice.chance(0.3), upstreamRemoteReset: dice.chance(0.1) },
      },
      request: { requestId: "r-1" },
      response: { responseCode: { value: status }, responseBodyBytes: bytes },
    };
    let message = encodeLogMessage({ httpLogs: { logEntry: [logEntry] } });
    if (dice.chance(0.3)) {
      message = mutateBytes(message, [message], dice.random);
    }
    this.messages += 1;
    try {
      dice.pick(this.#processors).log(readLogMessage(message));
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
    }
    message.fill(0x7b);
  }

  /** By the end of what log entries are waited for, or by closing before. */
  async #settle(): Promise<void> {
    if (this.#dice.chance(0.5)) {
      const until = Date.now() + 30_000;
      while (this.#processors.some(({ openRequests }) => openRequests > 0) && Date.now() < until) {
        await new Promise((done) => setTimeout(done, 5));
      }
    }
    await Promise.all(this.#processors.map((one) => one.close(0)));
    await Promise.all(this.#stores.map((one) => one.close(5_000)));
    for (const { openRequests, awaitingLog } of this.#processors) {
      expect({ openRequests, awaitingLog }).toEqual({ openRequests: 0, awaitingLog: 0 });
    }
  }

  #failures(): readonly unknown[] {
    return this.told
      .of("failure")
      .filter(
        ([code, text]) =>
          !expectedFailures.some(([expected, pattern]) => code === expected && pattern.test(String(text))),
      );
  }
}

it(`holds nothing and fails nowhere, whatever it is told (${count})`, { timeout: 7_200_000 }, async () => {
  const seen = new Set<string>();
  let messages = 0;
  for (let seed = firstSeed; messages < count; seed += 1) {
    const batch = new Batch(seed);
    try {
      await batch.run();
    } catch (error) {
      throw new Error(`SEED=${seed} fails, after ${messages} messages`, { cause: error });
    }
    messages += batch.messages;
    for (const [decided] of batch.told.of("decided")) {
      seen.add((decided as { readonly outcome: string }).outcome);
    }
    for (const [settled] of batch.told.of("settled")) {
      const { kind, source } = settled as SettleEvent;
      seen.add(`${kind} by ${source}`);
    }
  }
  // What is fuzzed is alive: requests get everywhere, and end in every way.
  const outcomes = ["admitted", "overflow", "shrunk", "refused", "shadow", "invalid", "unknown_model"];
  const ends = ["exact by stream", "exact by log", "estimated by stream", "estimated by expiry"];
  const later = ["corrected by log", "repeated by log", "queued by log", "nothing by stream"];
  expect([...seen]).toEqual(
    expect.arrayContaining([...outcomes, "unbudgeted", "store_down", ...ends, ...later]),
  );
});
