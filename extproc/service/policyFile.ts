import { readFileSync } from "node:fs";
import type { PolicyProblem } from "../policy/documentReader";
import { FileWatch, type FileWatchOptions } from "./fileWatch";

/** What takes the content of a file, such as the current policy. */
export interface TakesText {
  offerText(text: string): void;
  /** There is no file that could be used. */
  refuse(problems: readonly PolicyProblem[]): void;
}

/** Offers a file's content to the current policy or keys, at once and whenever it changes. */
export class PolicyFile {
  readonly #watch: FileWatch;
  /** What was offered last: the same text is not offered twice. */
  #offered: string | undefined;

  constructor(
    private readonly path: string,
    private readonly current: TakesText,
    options?: FileWatchOptions,
  ) {
    this.#watch = new FileWatch([path], () => this.#look(), options);
  }

  close(): void {
    this.#watch.close();
  }

  #look(): void {
    const { text, problem } = this.#read();
    if (text === this.#offered) {
      return;
    }
    this.#offered = text;
    if (problem === undefined) {
      this.current.offerText(text);
    } else {
      this.current.refuse([{ path: this.path, value: undefined, remedy: problem }]);
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
