import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { FrameReader } from "../../../extproc/wire/frameReader";
import { logPath, processPath } from "../../extproc/stream/harness";
import type { Scenario } from "../hotPath/envoy";
import { logMessage, ownMetadata } from "../hotPath/logEntry";

/** What became of the requests of a run. */
export interface LoadResult {
  readonly requests: number;
  /** Of them, those that did not get all of their answers. */
  readonly failures: number;
  /** Answered in a second. */
  readonly throughput: number;
  /** From when a request was due until its last answer. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Requests that are begun together: timers are no finer. */
const tickMs = 5;
/** Envoy writes its log so often at least. */
const logEveryMs = 100;

/** How many requests are due by now, of those of a run at an even rate. */
export function dueBy(elapsedMs: number, rate: number, total: number): number {
  return Math.min(total, Math.floor((elapsedMs * rate) / 1000) + 1);
}

/**
 * Speaks to a processor as Envoy does, on one connection: requests at an even rate, whether those before them are
 * answered or not, and the log entry of each once it is over.
 */
export class Load {
  readonly #session: ClientHttp2Session;
  readonly #messages: readonly Buffer[];
  readonly #usage: Buffer;
  readonly #log: ClientHttp2Stream;
  #over: Buffer[] = [];

  constructor(port: number, { messages, usage }: Scenario) {
    this.#session = connect(`http://127.0.0.1:${port}`, { settings: { enablePush: false } });
    this.#session.on("error", () => {});
    this.#messages = messages.map((text) => grpcMessage(Buffer.from(text, "base64")));
    this.#usage = Buffer.from(usage, "base64");
    this.#log = this.#open(logPath);
    this.#log.write(grpcMessage(Buffer.alloc(0)));
  }

  /** Sends so many requests a second for so many seconds, and waits for the answers. */
  async run(rate: number, seconds: number, signal: AbortSignal): Promise<LoadResult> {
    const total = rate * seconds;
    const beganMs = performance.now();
    const running: Promise<number | undefined>[] = [];
    let toldMs = beganMs;
    while (running.length < total) {
      signal.throwIfAborted();
      const nowMs = performance.now();
      for (const due = dueBy(nowMs - beganMs, rate, total); running.length < due; ) {
        running.push(this.#request(beganMs + (running.length * 1000) / rate));
      }
      if (nowMs - toldMs >= logEveryMs) {
        toldMs = nowMs;
        this.#tell();
      }
      await delay(tickMs);
    }
    const times = (await Promise.all(running)).filter((ms) => ms !== undefined).sort((a, b) => a - b);
    const tookMs = performance.now() - beganMs;
    this.#tell();
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
    return {
      requests: total,
      failures: total - times.length,
      throughput: (times.length * 1000) / tookMs,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
    };
  }

  stop(): void {
    this.#session.destroy();
  }

  /** Answers how long it took, or nothing where answers are missing. */
  #request(dueMs: number): Promise<number | undefined> {
    return new Promise((resolve) => {
      const stream = this.#open(processPath);
      let took: number | undefined;
      let sent = 0;
      const next = () => {
        const message = this.#messages[sent];
        sent += 1;
        if (message === undefined) {
          took = performance.now() - dueMs;
          stream.end();
        } else {
          stream.write(message);
        }
      };
      const answers = new FrameReader((bytes, start, end) => {
        const own = ownMetadata(bytes.subarray(start, end));
        if (own !== undefined) {
          this.#over.push(Buffer.from(own));
        }
        next();
      });
      stream.on("data", (chunk: Buffer) => answers.push(chunk));
      stream.once("close", () => resolve(took));
      next();
    });
  }

  #tell(): void {
    const over = this.#over;
    this.#over = [];
    if (over.length > 0) {
      this.#log.write(grpcMessage(logMessage(this.#usage, over)));
    }
  }

  #open(path: string): ClientHttp2Stream {
    const headers = { ":method": "POST", ":path": path, te: "trailers", "content-type": "application/grpc" };
    const stream = this.#session.request(headers);
    // It closes, and its request has failed.
    stream.on("error", () => {});
    return stream;
  }
}

/** A message with gRPC's prefix: not compressed, and its length. */
function grpcMessage(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
