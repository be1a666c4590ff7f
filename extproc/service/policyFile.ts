import { type FSWatcher, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";
import type { CurrentPolicy } from "./currentPolicy";

/** How a policy file is followed. */
export interface PolicyFileOptions {
  /** How long a file must be left alone before it is read. Default: 200. */
  readonly debounceMs?: number;
  /** How often it is read where nothing tells of changes. Default: 10,000. */
  readonly pollMs?: number;
}

/**
 * Offers a file's content to the current policy, at once and whenever it changes. The folder is watched, not the file:
 * Kubernetes swaps a symbolic link beside it, and editors put a new file in its place. Where the system cannot watch,
 * the file is read from time to time.
 */
export class PolicyFile {
  readonly #debounceMs: number;
  readonly #poll: NodeJS.Timeout;
  #watcher: FSWatcher | undefined;
  #soon: NodeJS.Timeout | undefined;
  /** What was offered last: the same text is not offered twice. */
  #offered: string | undefined;

  constructor(
    private readonly path: string,
    private readonly current: CurrentPolicy,
    { debounceMs = 200, pollMs = 10_000 }: PolicyFileOptions = {},
  ) {
    this.#debounceMs = debounceMs;
    // Before the first look: a change between the two would be missed.
    this.#watch();
    this.#look();
    this.#poll = setInterval(() => this.#tick(), pollMs);
    this.#poll.unref();
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
    this.#watcher?.close();
  }

  #watch(): void {
    try {
      this.#watcher = watch(dirname(this.path), { persistent: false }, () => this.#changed());
      this.#watcher.on("error", () => this.#unwatch());
    } catch {
      // No such folder yet, or too many watches: the poll finds what changes, and tries again.
      this.#watcher = undefined;
    }
  }

  #unwatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #tick(): void {
    if (this.#watcher === undefined) {
      this.#watch();
    }
    this.#look();
  }

  #changed(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#look(), this.#debounceMs);
    this.#soon.unref();
  }

  #look(): void {
    const content = this.#read();
    if (content.text === this.#offered) {
      return;
    }
    this.#offered = content.text;
    if (content.problem === undefined) {
      this.current.offerText(content.text);
    } else {
      this.current.refuse([{ path: this.path, value: undefined, remedy: content.problem }]);
    }
  }

  /** A file that cannot be read has its reason as text, so that it is told once. */
  #read(): { readonly text: string; readonly problem?: string } {
    try {
      return { text: readFileSync(this.path, "utf8") };
    } catch (error) {
      const { code = "unknown" } = error as NodeJS.ErrnoException;
      return {
        text: `\0${code}`,
        problem: `cannot be read (${code}); give a file that is there and may be read`,
      };
    }
  }
}
