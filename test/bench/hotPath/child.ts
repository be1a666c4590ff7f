import { readFileSync } from "node:fs";
import { getHeapStatistics } from "node:v8";
import { parsePolicy } from "../../../extproc/contract";
import { memoryLedger } from "../../../extproc/ledger/memoryLedger";
import { budgetStore } from "../../../extproc/service/budgetStore";
import { createLog } from "../../../extproc/service/log";
import { withLog } from "../../../extproc/service/logTelemetry";
import { createMetrics } from "../../../extproc/service/metrics";
import { type Processor, processor } from "../../../extproc/service/processor";
import type { Scenario } from "./envoy";
import { logMessage, ownMetadata } from "./logEntry";
import { Peer } from "./peer";

/** Requests at a time, and entries in a message of the log. */
const atOnce = 16;
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
    this.#logStream = this.#log.open(Buffer.alloc(0));
    this.#messages = messages.map((text) => Buffer.from(text, "base64"));
    this.#usage = Buffer.from(usage, "base64");
  }

  /** Answers how many requests were settled meanwhile. */
  async run(requests: number, meter: Meter): Promise<number> {
    const before = this.#settled;
    for (let sent = 0; sent < requests; sent += atOnce) {
      await this.#batch(meter);
    }
    return this.#settled - before;
  }

  async #batch(meter: Meter): Promise<void> {
    const [first = Buffer.alloc(0), ...rest] = this.#messages;
    const ids: number[] = [];
    await this.#measured(meter, () => {
      for (let count = 0; count < atOnce; count += 1) {
        ids.push(this.#exchanges.open(first));
      }
    });
    for (const message of rest) {
      await this.#measured(meter, () => ids.forEach((id) => void this.#exchanges.message(id, message)));
    }
    await this.#measured(meter, () => ids.forEach((id) => void this.#exchanges.end(id)));
    for (const answers of this.#exchanges.answers().values()) {
      const own = answers.map(ownMetadata).find((found) => found !== undefined);
      if (answers.length !== this.#messages.length || own === undefined) {
        throw new Error(`a request got ${answers.length} answers`);
      }
      this.#over.push(Buffer.from(own));
    }
    if (this.#over.length > heldBack) {
      const message = logMessage(this.#usage, this.#over.splice(0, atOnce));
      await this.#measured(meter, () => this.#log.message(this.#logStream, message));
    }
  }

  /** What happens, and what follows from it in the next turns of the event loop. */
  async #measured(meter: Meter, work: () => void): Promise<void> {
    meter.begin();
    work();
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    meter.end();
  }

  #processor(document: unknown): Processor {
    const { policy, problems } = parsePolicy(document);
    if (policy === undefined) {
      throw new Error(JSON.stringify(problems));
    }
    const state = { openStreams: () => 0, liveHolds: async () => 0, isPolicyStale: () => false };
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
    const telemetry = withLog(metrics, createLog({ level: "warn" }));
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
