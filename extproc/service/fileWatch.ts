import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";

/** How files are followed. */
export interface FileWatchOptions {
  /** How long their folders must be left alone before the files are read. Default: 200. */
  readonly debounceMs?: number;
  /** How often they are read where nothing tells of changes. Default: 10,000. */
  readonly pollMs?: number;
}

/**
 * Looks at files whenever they may have changed. Their folders are watched, not the files: Kubernetes swaps a symbolic
 * link beside them, and editors put new files in their place. Where the system cannot watch, the files are looked at
 * from time to time.
 */
export class FileWatch {
  readonly #folders: readonly string[];
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #debounceMs: number;
  readonly #poll: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;

  /** Calls `look` for the first time as soon as changes can no longer be missed: before this returns. */
  constructor(
    paths: readonly string[],
    private readonly look: () => void,
    { debounceMs = 200, pollMs = 10_000 }: FileWatchOptions = {},
  ) {
    this.#folders = [...new Set(paths.map((path) => dirname(path)))];
    this.#debounceMs = debounceMs;
    this.#watchAll();
    this.look();
    this.#poll = setInterval(() => {
      this.#watchAll();
      this.look();
    }, pollMs).unref();
  }

  close(): void {
    clearInterval(this.#poll);
    clearTimeout(this.#soon);
    for (const folder of this.#folders) {
      this.#unwatch(folder);
    }
  }

  #watchAll(): void {
    for (const folder of this.#folders) {
      if (!this.#watchers.has(folder)) {
        this.#watch(folder);
      }
    }
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#lookSoon());
      this.#watchers.set(
        folder,
        watcher.on("error", () => this.#unwatch(folder)),
      );
    } catch {
      // No such folder yet, or too many watches: the poll finds what changes, and tries again.
    }
  }

  #unwatch(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #lookSoon(): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.look(), this.#debounceMs).unref();
  }
}
