import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { parsePolicy } from "../../../extproc/contract";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { budgetStore } from "../../../extproc/service/budgetStore";
import { createLog } from "../../../extproc/service/log";
import { withLog } from "../../../extproc/service/logTelemetry";
import { createMetrics } from "../../../extproc/service/metrics";
import { type Processor, processor } from "../../../extproc/service/processor";
import { Board, withBoard } from "../../../extproc/service/status/board";
import type { Scenario } from "./envoy";
import { logMessage, ownMetadata } from "./logEntry";
import { Peer } from "./peer";

/** Requests at a time, and entries in a message of the log. */
const atOnce = 16;
/** Requests between two looks at the meter, which takes its time. */
const group = 256;
/** Requests that are over and whose log entries Envoy still holds back: a second's at some load. */
const heldBack = 1024;

interface Meter {
  begin(): void;
  end(): void;
}

/**
 * `child.ts FILE bytes|cpu WARM-UP REQUESTS`: sends requests through the processor with everything but the network, and
 * prints what one of them took: bytes of the heap, or microseconds of processors' time, garbage collector included.
 */
async function main([file = "", what = "", warmUp = "", requests = ""]: readonly string[]): Promise<void> {
  const scenario = JSON.parse(readFileSync(file, "utf8")) as Scenario;
  const replay = new Replay(scenario);
  const meter = what === "bytes" ? new BytesMeter() : new CpuMeter();
  await replay.run(Number(warmUp), { begin() {}, end() {} });
  const settled = await replay.run(Number(requests), meter);
  const failures = replay.failures;
  process.stdout.write(`${JSON.stringify({ each: meter.total / Number(requests), settled, failures })}\n`);
  process.exit();
}

class Replay {
  failures = 0;
  #settled = 0;
  readonly #exchanges: Peer;
  readonly #log: Peer;
  readonly #logStream: number;
  readonly #messages: readonly Buffer[];
  readonly #usage: Buffer;
  readonly #over: Buffer[] = [];

  constructor({ policy: document, messages, usage }: Scenario) {
    const handler = this.#processor(document);
    this.#exchanges = new Peer(handler, "exchange");
    this.#log = new Peer(handler, "log");
    const { id, bytes } = this.#log.open(Buffer.alloc(0));
    this.#log.send(bytes);
    this.#logStream = id;
    this.#messages = messages.map((text) => Buffer.from(text, "base64"));
    this.#usage = Buffer.from(usage, "base64");
  }

  /** Answers how many requests were settled meanwhile. */
  async run(requests: number, meter: Meter): Promise<number> {
    const before = this.#settled;
    for (let sent = 0; sent < requests; sent += group) {
      await this.#group(meter);
    }
    return this.#settled - before;
  }

  /** What Envoy does itself is done before and after what is measured. */
  async #group(meter: Meter): Promise<void> {
    const batches = Array.from({ length: group / atOnce }, () => this.#batch());
    meter.begin();
    for (const steps of batches) {
      for (const chunks of steps) {
        for (const chunk of chunks) {
          this.#exchanges.send(chunk);
        }
        await new Promise(setImmediate);
      }
    }
    await new Promise(setImmediate);
    meter.end();
    this.#takeAnswers();
    const logs: Buffer[] = [];
    while (this.#over.length >= heldBack + atOnce) {
      logs.push(this.#log.message(this.#logStream, logMessage(this.#usage, this.#over.splice(0, atOnce))));
    }
    meter.begin();
    for (const log of logs) {
      this.#log.send(log);
      await new Promise(setImmediate);
    }
    await new Promise(setImmediate);
    meter.end();
  }

  /** Chunks of requests side by side, step by step: each message, and the end. */
  #batch(): readonly (readonly Buffer[])[] {
    const [first = Buffer.alloc(0), ...rest] = this.#messages;
    const opened = Array.from({ length: atOnce }, () => this.#exchanges.open(first));
    return [
      opened.map(({ bytes }) => bytes),
      ...rest.map((message) => opened.map(({ id }) => this.#exchanges.message(id, message))),
      opened.map(({ id }) => this.#exchanges.end(id)),
    ];
  }

  #takeAnswers(): void {
    for (const answers of this.#exchanges.answers().values()) {
      const own = answers.map(ownMetadata).find((found) => found !== undefined);
      if (answers.length !== this.#messages.length || own === undefined) {
        throw new Error(`a request got ${answers.length} answers`);
      }
      this.#over.push(Buffer.from(own));
    }
  }

  #processor(document: unknown): Processor {
    const { policy, problems } = parsePolicy(document);
    if (policy === undefined) {
      throw new Error(JSON.stringify(problems));
    }
    const silent = { isPolicyStale: () => false, areKeysStale: () => false, hasStoreAnswered: () => true };
    const state = { openStreams: () => 0, liveHolds: async () => 0, ...silent };
    const metrics = createMetrics({ state });
    metrics.policyAccepted(policy);
    const { settled, failure } = metrics;
    metrics.settled = (event) => {
      this.#settled += 1;
      settled(event);
    };
    metrics.failure = (code, error) => {
      this.failures += 1;
      failure(code, error);
    };
    // As the processor does; STATUS_PAGE=false leaves it out, to see what the status page costs.
    const counted = process.env["STATUS_PAGE"] === "false" ? metrics : withBoard(metrics, new Board());
    const telemetry = withLog(counted, createLog({ level: "warn" }));
    const store = budgetStore({ ledger: memoryLedger(), telemetry });
    return processor({ policy: () => policy, store, telemetry });
  }
}

/** Needs a young generation that holds all that a step allocates: where it was collected the step is not counted. */
class BytesMeter implements Meter {
  #bytes = 0;
  #steps = 0;
  #counted = 0;
  #before = 0;

  begin(): void {
    this.#before = getHeapStatistics().used_heap_size;
  }

  end(): void {
    const bytes = getHeapStatistics().used_heap_size - this.#before;
    this.#steps += 1;
    if (bytes >= 0) {
      this.#bytes += bytes;
      this.#counted += 1;
    }
  }

  get total(): number {
    return (this.#bytes * this.#steps) / this.#counted;
  }
}

class CpuMeter implements Meter {
  total = 0;
  #before = 0;

  begin(): void {
    this.#before = cpuUs();
  }

  end(): void {
    this.total += cpuUs() - this.#before;
  }
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

void main(process.argv.slice(2));
