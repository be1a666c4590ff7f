import { inputTokensOf, outputTokensOf } from "../../usage/usage";
import { type CallerRefusal, DecisionOutcome, type SettleEvent, type Telemetry } from "../telemetry";
import { LastRefusals, type RefusalReason, type Refusals } from "./lastRefusals";
import { type Quantiles, RecentTimes } from "./recentTimes";
import { SecondCounts } from "./secondCounts";
import { type NamedTotal, Totals } from "./totals";

/** Rows of each table. */
const mostRows = 50;

/** Outcomes with which a request goes on. */
const passing: ReadonlySet<string> = new Set([
  DecisionOutcome.Admitted,
  DecisionOutcome.Overflow,
  DecisionOutcome.Shrunk,
  DecisionOutcome.Shadow,
  DecisionOutcome.Unbudgeted,
]);

/** What a board has counted. */
export interface BoardFigures {
  /** Requests of each of the last full seconds, the oldest first. */
  readonly perSecond: readonly number[];
  readonly requests: number;
  readonly refused: number;
  /** Of streams, over all models; absent while none is known. */
  readonly firstToken?: Quantiles;
  readonly models: readonly NamedTotal[];
  /** Under the empty name: callers whose team nobody knows. */
  readonly teams: readonly NamedTotal[];
  readonly refusals: readonly Refusals[];
}

/** The fullest counter of a budget, as far as was seen. */
interface Fullest {
  account: string;
  share: number;
}

/**
 * What this replica has done since it started, for whoever looks: plain counters that a request adds to, of names of
 * the policy and of teams. Users, prompts and keys never come here; which counter is fullest stays inside.
 */
export class Board implements Pick<Telemetry, "decided" | "settled" | "callerRefused"> {
  readonly startedAtMs: number;
  readonly #seconds = new SecondCounts();
  readonly #models = new Totals();
  readonly #teams = new Totals();
  readonly #refusals = new LastRefusals();
  readonly #firstTokens: RecentTimes;
  readonly #fullest = new Map<string, Fullest>();
  #requests = 0;
  #refused = 0;

  constructor(readonly nowMs: () => number = Date.now) {
    this.startedAtMs = nowMs();
    this.#firstTokens = new RecentTimes(this.startedAtMs);
  }

  decided(event: RefusalReason): void {
    const { outcome, model } = event;
    const nowMs = this.nowMs();
    const isRefused = !passing.has(outcome);
    this.#seconds.add(nowMs);
    this.#requests += 1;
    if (isRefused) {
      this.#refused += 1;
      // `callerRefused` says why.
      if (outcome !== DecisionOutcome.Unauthenticated) {
        this.#refusals.add(event, nowMs);
      }
    }
    if (model !== "") {
      const total = this.#models.of(model);
      total.requests += 1;
      total.refused += isRefused ? 1 : 0;
    }
  }

  settled({ model, team = "", kind, nanodollars, reported, firstTokenMs }: SettleEvent): void {
    const total = this.#models.of(model);
    const ofTeam = this.#teams.of(team);
    total.nanodollars += nanodollars;
    ofTeam.nanodollars += nanodollars;
    ofTeam.requests += kind === "corrected" || kind === "repeated" ? 0 : 1;
    if (reported !== undefined) {
      const [input, output] = [inputTokensOf(reported), outputTokensOf(reported)];
      total.inputTokens += input;
      total.outputTokens += output;
      ofTeam.inputTokens += input;
      ofTeam.outputTokens += output;
    }
    if (firstTokenMs !== undefined) {
      this.#firstTokens.add(firstTokenMs, this.nowMs());
    }
  }

  callerRefused(reason: CallerRefusal): void {
    this.#refusals.add({ outcome: `caller_${reason}`, model: "", budget: "" }, this.nowMs());
  }

  counter(budget: string, account: string, share: number): void {
    const known = this.#fullest.get(budget);
    if (known === undefined) {
      this.#fullest.set(budget, { account, share });
    } else if (known.account === account || share > known.share) {
      known.account = account;
      known.share = share;
    }
  }

  /** The account of a budget's fullest counter; `undefined` while no request has touched the budget. */
  fullestOf(budget: string): string | undefined {
    return this.#fullest.get(budget)?.account;
  }

  read(): BoardFigures {
    const nowMs = this.nowMs();
    const firstToken = this.#firstTokens.read(nowMs);
    return {
      perSecond: this.#seconds.read(nowMs),
      requests: this.#requests,
      refused: this.#refused,
      ...(firstToken === undefined ? {} : { firstToken }),
      models: this.#models.read(mostRows),
      teams: this.#teams.read(mostRows),
      refusals: this.#refusals.read(),
    };
  }
}

/** The same telemetry, which a board counts, too. */
export function withBoard(telemetry: Telemetry, board: Board): Telemetry {
  return {
    decided(event) {
      telemetry.decided(event);
      board.decided(event);
    },
    settled(event) {
      telemetry.settled(event);
      board.settled(event);
    },
    callerRefused(reason) {
      telemetry.callerRefused(reason);
      board.callerRefused(reason);
    },
    standing: (budget, unit, limit, used, held) => telemetry.standing(budget, unit, limit, used, held),
    counter(budget, account, share) {
      telemetry.counter?.(budget, account, share);
      board.counter(budget, account, share);
    },
    overshoot: (budget, amount) => telemetry.overshoot(budget, amount),
    storeCall: (operation, ms, isOk) => telemetry.storeCall(operation, ms, isOk),
    storeState: (isUp, code) => telemetry.storeState(isUp, code),
    warned: (budget, share, delivered) => telemetry.warned(budget, share, delivered),
    unknownPrice: (model) => telemetry.unknownPrice(model),
    overflowed: (budget, from, to) => telemetry.overflowed(budget, from, to),
    failure: (code, error) => telemetry.failure(code, error),
  };
}
