import { setTimeout as wait } from "node:timers/promises";
import type { ProcessorServer } from "../wire/messages";
import type { Processor } from "./processor";
import type { BudgetStore } from "./store";

/** What is ended, and how long each step may take. */
export interface ShutdownParts {
  /** `undefined` when it never began to serve. */
  readonly server: Pick<ProcessorServer, "drain" | "endLogs" | "close"> | undefined;
  readonly processor: Pick<Processor, "close">;
  readonly store: Pick<BudgetStore, "close">;
  /** From the wish to end until new streams are refused. */
  readonly delayMs: number;
  /** From then until running streams are cut. */
  readonly drainMs: number;
  /** For log entries of requests that are over. */
  readonly logWaitMs: number;
  /** For what the ledger has not taken yet, and for warnings. */
  readonly storeMs: number;
}

/** For log entries that are on their way when logs are sent elsewhere. */
const lastLogsMs = 500;
/** For the last answers, which are written but not sent yet. */
const lastAnswersMs = 100;
/** What is left of `storeMs` for those who are in a hurry. */
const hurriedStoreMs = 1_000;

/** Ends a processor in order, once, and faster when somebody asks for that meanwhile. */
export class Shutdown {
  readonly #hurry = new AbortController();
  #ending: Promise<void> | undefined;

  constructor(private readonly parts: ShutdownParts) {}

  get isBegun(): boolean {
    return this.#ending !== undefined;
  }

  /**
   * New streams go elsewhere, running ones end with their holds renewed, their log entries are waited for, and so are
   * those of other replicas that are on their way here; the ledger is told what it does not know yet.
   */
  gracefully(delayMs = this.parts.delayMs): Promise<void> {
    this.#ending ??= this.#end(delayMs);
    return this.#ending;
  }

  /** Cuts running streams; what they spent is settled by what is known of them. */
  atOnce(): Promise<void> {
    this.#hurry.abort();
    return this.gracefully();
  }

  async #end(delayMs: number): Promise<void> {
    const { server, processor, store, drainMs, logWaitMs, storeMs } = this.parts;
    const isHurried = () => this.#hurry.signal.aborted;
    await this.#unlessHurried(wait(delayMs, undefined, { signal: this.#hurry.signal }).catch(() => {}));
    await this.#unlessHurried(isHurried() ? undefined : server?.drain(drainMs));
    if (isHurried()) {
      await server?.close();
    }
    const settled = processor.close(isHurried() ? 0 : logWaitMs);
    await this.#unlessHurried(settled);
    if (isHurried()) {
      await processor.close(0);
    }
    await this.#unlessHurried(server?.endLogs(lastLogsMs).then(() => processor.close(0)));
    await store.close(isHurried() ? Math.min(hurriedStoreMs, storeMs) : storeMs);
    await this.#unlessHurried(wait(lastAnswersMs));
    await server?.close();
  }

  async #unlessHurried(step: Promise<void> | undefined): Promise<void> {
    if (step === undefined || this.#hurry.signal.aborted) {
      return;
    }
    const { signal } = this.#hurry;
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener("abort", () => resolve(), { once: true });
      step.then(resolve, reject);
    });
  }
}
