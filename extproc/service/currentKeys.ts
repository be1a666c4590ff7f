import type { PolicyProblem } from "../policy/documentReader";
import { type KeyRing, noKeys } from "../policy/keyRing";
import { parseKeys } from "../policy/parseKeys";

/** Told of each keys file that changes anything. */
export interface KeysListener {
  accepted(keys: KeyRing): void;
  /** The keys before it stay in force. */
  refused(problems: readonly PolicyProblem[]): void;
}

/** The keys in force. A file that cannot be used leaves them as they are: nobody new gets in, and nobody is shut out. */
export class CurrentKeys {
  #keys: KeyRing | undefined;
  #refused: readonly PolicyProblem[] = [];

  constructor(private readonly listener: KeysListener) {}

  /** None until a file has been accepted. */
  get keys(): KeyRing {
    return this.#keys ?? noKeys;
  }

  /** Whether a file has been accepted. */
  get areGiven(): boolean {
    return this.#keys !== undefined;
  }

  /** What is wrong with the newest file; empty while that one is in force. */
  get problems(): readonly PolicyProblem[] {
    return this.#refused;
  }

  /** Takes the content of a keys file, or returns everything that is wrong with it. */
  offer(json: unknown): readonly PolicyProblem[] {
    const { keys, problems } = parseKeys(json);
    if (keys === undefined) {
      this.refuse(problems);
      return problems;
    }
    this.#keys = keys;
    this.#refused = [];
    this.listener.accepted(keys);
    return [];
  }

  /** The same for text that may be no JSON. */
  offerText(text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // The parser's message would repeat what stands there.
      this.refuse([{ path: "keys file", value: undefined, remedy: "is not JSON; give the whole file" }]);
      return;
    }
    this.offer(json);
  }

  /** Notes that there is no file that could be used. */
  refuse(problems: readonly PolicyProblem[]): void {
    this.#refused = problems;
    this.listener.refused(problems);
  }
}
