import { expect } from "vitest";
import { budgetNamespace } from "../../../extproc/contract";
import { type BudgetStoreOptions, budgetStore } from "../../../extproc/service/budgetStore";
import { type Processor, processor } from "../../../extproc/service/processor";
import { readLogMessage } from "../../../extproc/wire/readLog";
import { WireError } from "../../../extproc/wire/wireError";
import { turns } from "../service/support/exchanges";
import { FlakyLedger, type Weather } from "../store/flakyLedger";
import { Recorder } from "../store/support";
import { mutateBytes } from "../support/mutateBytes";
import { encodeLogMessage, toMetadata } from "../wire/protos";
import { type Course, courseOf, encode, type Message } from "./courses";
import { Dice } from "./dice";
import { mutateCourse } from "./mutations";
import { policies } from "./policies";
import { WatchedLedger } from "./watchedLedger";
import { Wire } from "./wire";

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

/** Two replicas on a ledger, and requests to them with and without faults. */
export class Batch {
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

  /** Tells all of it, and waits for the end. Throws when anything is left, or failed that should not. */
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
