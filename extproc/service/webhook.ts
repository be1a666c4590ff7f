import { setTimeout } from "node:timers/promises";
import type { Webhook } from "../policy/policy";
import type { Telemetry } from "./telemetry";

export interface WebhooksOptions {
  readonly telemetry: Telemetry;
  /** Where `authorizationFrom` is looked up. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The first and the longest wait between two attempts, in milliseconds. */
  readonly retryMs: { readonly first: number; readonly most: number };
  readonly attempts: number;
  /** Deliveries that are under way or wait; beyond this new ones fail at once. */
  readonly limit: number;
}

interface Delivery {
  readonly webhook: Webhook;
  readonly body: string;
  readonly done: (delivered: boolean) => void;
}

/** Deliveries under way at a time: a slow receiver must not be flooded when a month begins for ten thousand users. */
const parallel = 8;

/** Posts JSON to webhooks, with retries, in memory only. Never in anybody's way. */
export class Webhooks {
  readonly #closing = new AbortController();
  readonly #waiting: Delivery[] = [];
  #running = 0;
  #size = 0;

  constructor(private readonly options: WebhooksOptions) {}

  /** `done` is told once: whether the receiver took it. */
  send(webhook: Webhook, content: object, done: (delivered: boolean) => void): void {
    if (this.#closing.signal.aborted || this.#size >= this.options.limit) {
      this.options.telemetry.failure("webhook_dropped", new Error("too many warnings wait for the webhook"));
      done(false);
      return;
    }
    this.#size += 1;
    this.#waiting.push({ webhook, body: JSON.stringify(content), done });
    this.#next();
  }

  /** Lets deliveries that are under way end for so long, and gives up all others. */
  async close(timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (this.#size > 0 && performance.now() < endMs) {
      await setTimeout(Math.min(20, timeoutMs));
    }
    this.#closing.abort();
    for (const { done } of this.#waiting.splice(0)) {
      this.#size -= 1;
      done(false);
    }
  }

  #next(): void {
    while (this.#running < parallel) {
      const delivery = this.#waiting.shift();
      if (delivery === undefined) {
        return;
      }
      this.#running += 1;
      void this.#deliver(delivery).then((delivered) => {
        this.#running -= 1;
        this.#size -= 1;
        delivery.done(delivered);
        this.#next();
      });
    }
  }

  async #deliver({ webhook, body }: Delivery): Promise<boolean> {
    const { first, most } = this.options.retryMs;
    let error: unknown;
    for (let attempt = 0; attempt < this.options.attempts; attempt += 1) {
      if (attempt > 0 && !(await this.#wait(Math.min(first * 2 ** (attempt - 1), most)))) {
        break;
      }
      const outcome = await this.#post(webhook, body);
      if (outcome === undefined) {
        return true;
      }
      error = outcome.error;
      if (outcome.isFinal) {
        break;
      }
    }
    this.options.telemetry.failure("webhook_failed", error);
    return false;
  }

  /** Nothing when the receiver took it, else why not and whether it is of any use to try again. */
  async #post(webhook: Webhook, body: string): Promise<{ error: unknown; isFinal: boolean } | undefined> {
    const headers = this.#headers(webhook);
    if (headers === undefined) {
      return { error: new Error(`${webhook.authorizationFrom} is not set`), isFinal: true };
    }
    try {
      // The credentials are for this receiver and no other: nothing is followed.
      const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(webhook.timeoutMs)]);
      const response = await fetch(webhook.url, {
        method: "POST",
        headers,
        body,
        redirect: "manual",
        signal,
      });
      await response.body?.cancel();
      const { status } = response;
      if (status >= 200 && status < 300) {
        return undefined;
      }
      const isFinal = status < 500 && status !== 408 && status !== 429;
      return { error: new Error(`the webhook answered ${status}`), isFinal };
    } catch (error) {
      return { error, isFinal: this.#closing.signal.aborted };
    }
  }

  #headers({ authorizationFrom }: Webhook): Record<string, string> | undefined {
    const type = { "content-type": "application/json" };
    if (authorizationFrom === undefined) {
      return type;
    }
    const authorization = this.options.environment[authorizationFrom];
    return authorization === undefined || authorization === "" ? undefined : { ...type, authorization };
  }

  /** False when there will be no other attempt. */
  async #wait(ms: number): Promise<boolean> {
    try {
      await setTimeout(ms, undefined, { signal: this.#closing.signal, ref: false });
      return true;
    } catch {
      return false;
    }
  }
}
