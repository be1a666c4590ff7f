import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { asNumber, asObject, asString } from "./engine/json";

/** A line of the gateway's access log. */
export interface AccessLogEntry {
  readonly start: Date;
  readonly requestId: string;
  readonly method: string;
  /** The path that the client asked for. */
  readonly path: string;
  readonly status: number;
  /** Envoy's response flags; empty when all went well. */
  readonly flags: string;
  readonly durationMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Address of the backend that answered last. */
  readonly upstream: string | undefined;
  /** How often a backend was tried. */
  readonly attempts: number;
  /** The model that the client asked for. */
  readonly model: string | undefined;
  /** AI Gateway's name of the backend, with route and rule; only present when it answered. */
  readonly backendName: string | undefined;
  /** Name of the model's objects, taken from `backendName`. */
  readonly backend: string | undefined;
  /** The model's name as the backend was told it. */
  readonly upstreamModel: string | undefined;
  readonly inputTokens: number | undefined;
  readonly cachedInputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly totalTokens: number | undefined;
  /** Time to the first token of a stream, in milliseconds. */
  readonly ttftMs: number | undefined;
}

/** Reads a line of the log; undefined when it is not one of ours. */
export function parseAccessLogLine(line: string): AccessLogEntry | undefined {
  const fields = parsed(line);
  const requestId = asString(fields["requestId"]);
  if (requestId === undefined) {
    return undefined;
  }
  const backendName = asString(fields["backendName"]);
  const flags = asString(fields["flags"]) ?? "-";
  return {
    start: new Date(asString(fields["start"]) ?? 0),
    requestId,
    method: asString(fields["method"]) ?? "",
    path: asString(fields["path"]) ?? "",
    status: asNumber(fields["status"]) ?? 0,
    flags: flags === "-" ? "" : flags,
    durationMs: asNumber(fields["durationMs"]) ?? 0,
    bytesIn: asNumber(fields["bytesIn"]) ?? 0,
    bytesOut: asNumber(fields["bytesOut"]) ?? 0,
    upstream: asString(fields["upstream"]),
    attempts: asNumber(fields["attempts"]) ?? 0,
    model: asString(fields["model"]),
    backendName,
    // `namespace/backend/route/name/rule/0/ref/0`
    backend: backendName?.split("/")[1],
    upstreamModel: asString(fields["upstreamModel"]),
    inputTokens: asNumber(fields["inputTokens"]),
    cachedInputTokens: asNumber(fields["cachedInputTokens"]),
    outputTokens: asNumber(fields["outputTokens"]),
    totalTokens: asNumber(fields["totalTokens"]),
    ttftMs: asNumber(fields["ttftMs"]),
  };
}

function parsed(line: string) {
  try {
    return asObject(JSON.parse(line));
  } catch {
    return {};
  }
}

const keptEntries = 5_000;
const pollMs = 50;

/** Follows the access log of a running gateway. */
export class AccessLog {
  private readonly kept: AccessLogEntry[] = [];
  private readonly listeners = new Set<(entry: AccessLogEntry) => void>();
  private readonly stopped = new AbortController();
  private readonly following: Promise<void>;

  constructor(path: string) {
    this.following = this.follow(path);
  }

  /** The last 5,000 entries, oldest first. */
  get entries(): readonly AccessLogEntry[] {
    return this.kept;
  }

  /** Calls back for every later entry, until the function that it returns is called. */
  onEntry(listener: (entry: AccessLogEntry) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The entry of a request; undefined when it does not come in time. Envoy writes it after the answer. */
  async waitFor(requestId: string, timeoutMs = 5_000): Promise<AccessLogEntry | undefined> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = this.kept.findLast((entry) => entry.requestId === requestId);
      if (found !== undefined || Date.now() > deadline || this.stopped.signal.aborted) {
        return found;
      }
      await delay(pollMs);
    }
  }

  async close(): Promise<void> {
    this.stopped.abort();
    await this.following;
  }

  private async follow(path: string): Promise<void> {
    let file: FileHandle | undefined;
    let offset = 0;
    let rest = Buffer.alloc(0);
    const chunk = Buffer.alloc(64 * 1024);
    while (!this.stopped.signal.aborted) {
      file ??= await open(path).catch(() => undefined);
      const { bytesRead } = (await file?.read(chunk, 0, chunk.length, offset)) ?? { bytesRead: 0 };
      if (bytesRead === 0) {
        await delay(pollMs, undefined, { signal: this.stopped.signal }).catch(() => undefined);
        continue;
      }
      offset += bytesRead;
      rest = this.take(Buffer.concat([rest, chunk.subarray(0, bytesRead)]));
    }
    await file?.close();
  }

  /** Reads the whole lines and returns what is left. */
  private take(bytes: Buffer): Buffer<ArrayBuffer> {
    const end = bytes.lastIndexOf(0x0a) + 1;
    for (const line of bytes.subarray(0, end).toString("utf8").split("\n")) {
      const entry = parseAccessLogLine(line);
      if (entry !== undefined) {
        this.add(entry);
      }
    }
    return Buffer.from(bytes.subarray(end));
  }

  private add(entry: AccessLogEntry): void {
    this.kept.push(entry);
    if (this.kept.length > keptEntries) {
      this.kept.shift();
    }
    for (const listener of this.listeners) {
      listener(entry);
    }
  }
}
