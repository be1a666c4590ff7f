import type { ServerResponse } from "node:http";

/** What is sent, to whom, and how often. */
export interface StatusFeedOptions {
  /** Taken anew each time. */
  readonly snapshot: () => Promise<object>;
  /** Told when a snapshot fails: there is none that second. */
  onError(error: unknown): void;
  /** Default: 1,000. */
  readonly intervalMs?: number;
  /** Who may watch at a time. Default: 50. */
  readonly most?: number;
}

/** Times that a watcher may be too slow in a row until it is let go; its browser comes back by itself. */
const mostSkips = 30;

/**
 * Sends a snapshot to all who watch, as server-sent events (HTML Living Standard, 9.2). One snapshot is taken for all
 * of them, and none while nobody watches. Whoever cannot keep up misses snapshots: nothing is kept for anybody.
 */
export class StatusFeed {
  readonly #watchers = new Map<ServerResponse, { skips: number }>();
  readonly #intervalMs: number;
  readonly #most: number;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;
  #latest: string | undefined;

  constructor(private readonly options: StatusFeedOptions) {
    this.#intervalMs = options.intervalMs ?? 1_000;
    this.#most = options.most ?? 50;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  get isFull(): boolean {
    return this.#watchers.size >= this.#most;
  }

  /** Sends to this response, whose head is written, until it is closed. */
  add(response: ServerResponse): void {
    this.#watchers.set(response, { skips: 0 });
    response.once("close", () => this.#remove(response));
    response.on("error", () => response.destroy());
    response.write("retry: 2000\n\n");
    if (this.#latest !== undefined) {
      response.write(this.#latest);
    }
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#send(), this.#intervalMs);
      this.#timer.unref();
      void this.#send();
    }
  }

  #remove(response: ServerResponse): void {
    this.#watchers.delete(response);
    if (this.#watchers.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#latest = undefined;
    }
  }

  async #send(): Promise<void> {
    // A store that is slow to answer must not be asked again meanwhile.
    if (this.#isBusy) {
      return;
    }
    this.#isBusy = true;
    try {
      this.#sendText(`data: ${JSON.stringify(await this.options.snapshot())}\n\n`);
    } catch (error) {
      this.options.onError(error);
    } finally {
      this.#isBusy = false;
    }
  }

  #sendText(text: string): void {
    this.#latest = this.#watchers.size === 0 ? undefined : text;
    for (const [response, watcher] of this.#watchers) {
      if (!response.writableNeedDrain) {
        watcher.skips = 0;
        response.write(text);
      } else {
        watcher.skips += 1;
        if (watcher.skips > mostSkips) {
          response.destroy();
        }
      }
    }
  }
}
