import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { EngineBehaviour } from "./behaviour";
import type { EngineMemory } from "./engineMemory";

/** The stream was cut on purpose, or the client went away: nothing more can be sent. */
export class ReplyEnded extends Error {}

/** Sends one answer at the engine's pace. */
export class Reply {
  private chunks = 0;
  private readonly abort = new AbortController();

  constructor(
    private readonly response: ServerResponse,
    readonly behaviour: EngineBehaviour,
  ) {
    response.once("close", () => this.abort.abort());
  }

  /** Waits as long as an answer of so many tokens takes, then sends it whole. */
  async json(body: unknown, tokens = 0): Promise<void> {
    await this.wait(this.behaviour.ttftMs + this.gapMs * Math.max(0, tokens - 1));
    this.send(200, body);
  }

  /** Sends a body at once. */
  send(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const text = JSON.stringify(body);
    this.response.writeHead(status, {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      ...headers,
    });
    this.response.end(text);
  }

  /** Opens a stream; call before `write`, `event` or `pace`. */
  async stream(contentType = "text/event-stream"): Promise<void> {
    await this.wait(this.behaviour.ttftMs);
    this.response.writeHead(200, { "content-type": contentType, "cache-control": "no-cache" });
  }

  /** The tokens, one by one, with the engine's gap between them. */
  async *pace(tokens: readonly string[]): AsyncGenerator<string> {
    for (const [index, token] of tokens.entries()) {
      if (index > 0) {
        await this.wait(this.gapMs);
      }
      yield token;
    }
  }

  /** A server-sent event. */
  async event(data: unknown, name?: string): Promise<void> {
    const text = typeof data === "string" ? data : JSON.stringify(data);
    await this.write(`${name === undefined ? "" : `event: ${name}\n`}data: ${text}\n\n`);
  }

  /** A chunk of a stream; cuts the connection when the engine is set to. */
  async write(chunk: string | Buffer): Promise<void> {
    const { cutAfterChunks } = this.behaviour;
    if (cutAfterChunks > 0 && this.chunks >= cutAfterChunks) {
      // What was written before still goes out.
      this.response.socket?.destroySoon();
      throw new ReplyEnded();
    }
    if (this.response.destroyed) {
      throw new ReplyEnded();
    }
    this.chunks += 1;
    if (!this.response.write(chunk)) {
      await new Promise<void>((resolve) => {
        this.response.once("drain", resolve);
        this.response.once("close", resolve);
      });
    }
  }

  end(): void {
    this.response.end();
  }

  private get gapMs(): number {
    return this.behaviour.tokensPerSecond > 0 ? 1000 / this.behaviour.tokensPerSecond : 0;
  }

  private async wait(ms: number): Promise<void> {
    if (ms > 0) {
      await delay(ms, undefined, { signal: this.abort.signal }).catch(() => {
        throw new ReplyEnded();
      });
    }
  }
}

/** A request that has been read, and the means to answer it. */
export interface Exchange {
  /** Name of the engine: the key of its model. */
  readonly engine: string;
  /** Path without the query. */
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly reply: Reply;
  /** What the engine knows of earlier requests. */
  readonly memory: EngineMemory;
  /** Number of the request, for ids. */
  readonly serial: number;
}

export type Handler = (exchange: Exchange) => Promise<void>;
