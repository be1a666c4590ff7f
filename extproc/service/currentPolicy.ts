import type { PolicyProblem } from "../policy/documentReader";
import { parsePolicy } from "../policy/parsePolicy";
import type { Policy } from "../policy/policy";
import { jumpsBetween } from "./policyJumps";

/** What came of a document. */
export interface Offer {
  /** `same`: it is what is in force already. */
  readonly outcome: "accepted" | "same" | "refused";
  readonly problems: readonly PolicyProblem[];
}

/** Told of each document that changes anything. */
export interface PolicyListener {
  accepted(policy: Policy): void;
  /** The policy before it stays in force. */
  refused(problems: readonly PolicyProblem[]): void;
}

/** Which policies are taken. */
export interface PolicyRules {
  /** Takes prices and limits that change a thousandfold. Default: false. */
  readonly allowJump?: boolean;
  /** Further reasons to refuse a policy. Default: none. */
  readonly check?: (policy: Policy) => readonly PolicyProblem[];
}

/** The policy in force. A document that cannot be used leaves it as it is. */
export class CurrentPolicy {
  #policy: Policy | undefined;
  #refused: readonly PolicyProblem[] = [];

  constructor(
    private readonly rules: PolicyRules,
    private readonly listener: PolicyListener,
  ) {}

  /** `undefined` until a document has been accepted. */
  get policy(): Policy | undefined {
    return this.#policy;
  }

  /** What is wrong with the newest document; empty while that one is in force. */
  get problems(): readonly PolicyProblem[] {
    return this.#refused;
  }

  /** Takes a document, or says everything that is wrong with it. */
  offer(json: unknown): Offer {
    const { policy, problems } = parsePolicy(json);
    return policy === undefined ? this.refuse(problems) : this.#consider(policy);
  }

  /** The same for a document that is no JSON. */
  offerText(text: string): Offer {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // The parser's message would repeat what stands there.
      return this.refuse([
        { path: "document", value: undefined, remedy: "is not JSON; give the whole document" },
      ]);
    }
    return this.offer(json);
  }

  /** Notes that there is no document that could be used. */
  refuse(problems: readonly PolicyProblem[]): Offer {
    this.#refused = problems;
    this.listener.refused(problems);
    return { outcome: "refused", problems };
  }

  #consider(policy: Policy): Offer {
    const before = this.#policy;
    if (before?.id === policy.id) {
      this.#refused = [];
      return { outcome: "same", problems: [] };
    }
    const jumps = before === undefined || this.rules.allowJump ? [] : jumpsBetween(before, policy);
    const problems = [...(this.rules.check?.(policy) ?? []), ...jumps];
    if (problems.length > 0) {
      return this.refuse(problems);
    }
    this.#policy = policy;
    this.#refused = [];
    this.listener.accepted(policy);
    return { outcome: "accepted", problems: [] };
  }
}
