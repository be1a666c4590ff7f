import { randomUUID } from "node:crypto";
import { LedgerCallError } from "../ledger/errors";
import type {
  AccountQuery,
  HoldState,
  Inspection,
  Ledger,
  Reservation,
  ReserveRequest,
  Settled,
  Settlement,
} from "../ledger/ledger";
import { defaultSettings } from "../ledger/limits";
import { type DirectLedger, directLedger } from "../ledger/memoryLedger";
import type { Policy } from "../policy/policy";
import { ledgerClaim } from "./budgetTerms";
import { decision, type NamedClaim, named } from "./decisions";
import { Renewals } from "./renewals";
import { Settlements } from "./settlements";
import { SettleQueue } from "./settleQueue";
import type { BudgetStore, Decision, SettleOutcome, StoreRequest, StoreSettlement } from "./store";
import { StoreDownRules } from "./storeDown";
import { mayHaveCounted, StoreHealth } from "./storeHealth";
import { StoreReport } from "./storeReport";
import type { Telemetry } from "./telemetry";
import { UnheldRequests } from "./unheld";
import { Warnings } from "./warnings";
import { Webhooks } from "./webhook";

export interface BudgetStoreOptions {
  /** Closed with the store. */
  readonly ledger: Ledger;
  readonly telemetry: Telemetry;
  /** How long a hold outlives this replica, in milliseconds; 1 s to 31 days. Default: 60,000. */
  readonly holdMs?: number;
  /** Settlements that may wait for the ledger; beyond it the oldest is dropped, and told. Default: 100,000. */
  readonly queueLimit?: number;
  /** Holds that are renewed at a time; more fall due and are charged late. Default: 100,000. */
  readonly keepLimit?: number;
  /** First and longest wait before the ledger is told again, in milliseconds. Default: 100 and 5,000. */
  readonly retryMs?: { readonly first: number; readonly most: number };
  /** Calls that fail in a row before requests no longer wait for the ledger. Default: 5. */
  readonly failuresToTrip?: number;
  /** Longest wait between two trials of the ledger while requests do not wait for it, in milliseconds. Default: 500. */
  readonly probeMs?: number;
  /** How a webhook is told again. Default: 5 attempts, 1 s after the first and at most 60 s apart; 1,000 wait. */
  readonly webhooks?: {
    readonly retryMs: { readonly first: number; readonly most: number };
    readonly attempts: number;
    readonly limit: number;
  };
  /** How long the ledger remembers what it has settled, in milliseconds. Default: as ledgers do, 120,000. */
  readonly keepSettledMs?: number;
  /** Holds the credentials that webhooks name. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** The budgets of requests in a ledger, and what becomes of requests while it does not answer. */
export function budgetStore(options: BudgetStoreOptions): BudgetStore {
  return new LedgerBudgetStore(options);
}

class LedgerBudgetStore implements BudgetStore {
  readonly #ledger: Ledger;
  readonly #direct: DirectLedger | undefined;
  readonly #telemetry: Telemetry;
  readonly #holdMs: number;
  readonly #health: StoreHealth;
  readonly #downRules: StoreDownRules;
  readonly #queue: SettleQueue;
  readonly #renewals: Renewals;
  readonly #webhooks: Webhooks;
  readonly #report: StoreReport;
  readonly #unheld: UnheldRequests;
  readonly #settlements: Settlements;

  constructor(options: BudgetStoreOptions) {
    const { ledger, telemetry, holdMs = 60_000, queueLimit = 100_000, keepLimit = 100_000 } = options;
    const { retryMs = { first: 100, most: 5_000 }, failuresToTrip = 5, probeMs = 500 } = options;
    const { webhooks = { retryMs: { first: 1_000, most: 60_000 }, attempts: 5, limit: 1_000 } } = options;
    const { environment = process.env, keepSettledMs = defaultSettings.keepSettledMs } = options;
    this.#ledger = ledger;
    this.#direct = directLedger(ledger);
    this.#telemetry = telemetry;
    this.#holdMs = holdMs;
    this.#unheld = new UnheldRequests(queueLimit);
    this.#health = new StoreHealth({
      telemetry,
      failuresToTrip,
      probeMs,
      probe: () =>
        ledger.settle({ id: `probe-${randomUUID()}`, charges: [], kind: "exact", reason: "probe" }),
      onUp: () => this.#caughtUp(),
    });
    this.#downRules = new StoreDownRules(() => ledger.nowMs(), holdMs);
    this.#queue = new SettleQueue({
      telemetry,
      settle: (pending) => this.#settlements.tell(pending),
      isUp: () => this.isUp,
      limit: queueLimit,
      retryMs,
    });
    this.#renewals = new Renewals({
      telemetry,
      renew: (ids) => this.#renew(ids),
      isUnheld: (id) => this.#unheld.get(id) !== undefined,
      holdMs,
      limit: keepLimit,
    });
    this.#webhooks = new Webhooks({ telemetry, environment, ...webhooks });
    this.#report = new StoreReport(telemetry, new Warnings(telemetry, this.#webhooks));
    this.#settlements = new Settlements({
      ledger,
      telemetry,
      keepSettledMs,
      health: this.#health,
      report: this.#report,
      unheld: this.#unheld,
    });
  }

  get isUp(): boolean {
    return this.#health.isUp;
  }

  nowMs(): number {
    return this.#ledger.nowMs();
  }

  async decide(request: StoreRequest): Promise<Decision> {
    try {
      return await this.#decide(request);
    } catch (error) {
      // A request that cannot be counted is not let through; what it may hold all the same is given back.
      this.#telemetry.failure("decide_failed", error);
      this.#release(request.id, request.policy);
      const budget = request.candidates[0]?.[0]?.binding.budget.name ?? "";
      return { admitted: false, reason: "storeDown", budget };
    }
  }

  decideAtOnce(request: StoreRequest): Decision | undefined {
    if (this.#direct === undefined || !this.isUp) {
      return undefined;
    }
    const began = performance.now();
    try {
      const claims = request.candidates.map((candidate) => candidate.map(named));
      const answer = this.#direct.reserve(this.#reserveRequest(request.id, claims));
      this.#health.answered("reserve", began);
      this.#report.reserved(answer, request.policy);
      return decision(claims, answer, "store");
    } catch {
      // `decide` asks again, by the same id, and says what went wrong.
      return undefined;
    }
  }

  settleAtOnce(settlement: StoreSettlement): SettleOutcome | undefined {
    if (this.#direct === undefined || !this.isUp || this.#unheld.get(settlement.id) !== undefined) {
      return undefined;
    }
    const pending = this.#settlements.pending(settlement);
    try {
      const { outcome, accounts } = this.#settlements.tellDirect(pending, this.#direct);
      return { outcome, remaining: accounts };
    } catch {
      return undefined;
    }
  }

  async settle(settlement: StoreSettlement): Promise<SettleOutcome> {
    const pending = this.#settlements.pending(settlement);
    try {
      if (this.#unheld.get(settlement.id)?.isLocal === true) {
        await this.#downRules.settle(pending.settlement);
      }
      if (this.isUp) {
        return settleOutcome(await this.#settlements.tell(pending));
      }
    } catch {
      // Told by the breaker. What no ledger can carry out is told, and given up, by the queue.
    }
    this.#queue.add(pending);
    return { outcome: "queued", remaining: [] };
  }

  keep(id: string): void {
    this.#renewals.keep(id);
  }

  forget(id: string): void {
    this.#renewals.forget(id);
  }

  async unsettledOf(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const states = await this.#renew(ids);
    const isSettled = (id: string, state: HoldState | undefined) =>
      (state === "exact" || state === "estimated") && !this.#unheld.get(id) !== undefined;
    return new Set(ids.filter((id, index) => !isSettled(id, states?.[index])));
  }

  async inspect(queries: readonly AccountQuery[]): Promise<Inspection | undefined> {
    if (!this.isUp) {
      return undefined;
    }
    try {
      // Past the breaker: a store that can still be read may take no reservations.
      return await this.#ledger.inspect(queries);
    } catch (error) {
      if (error instanceof LedgerCallError) {
        this.#telemetry.failure("inspect_failed", error);
      }
      return undefined;
    }
  }

  async close(timeoutMs: number): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    this.#renewals.stop();
    await this.#queue.close(timeoutMs);
    await this.#webhooks.close(Math.max(0, endMs - performance.now()));
    this.#health.stop();
    await this.#ledger.close();
  }

  async #decide({ id, candidates, policy }: StoreRequest): Promise<Decision> {
    const claims = candidates.map((candidate) => candidate.map(named));
    if (!this.isUp) {
      return this.#decideWithout(id, claims, policy);
    }
    let answer: Reservation;
    try {
      answer = await this.#health.call("reserve", () =>
        this.#ledger.reserve(this.#reserveRequest(id, claims)),
      );
    } catch (error) {
      if (error instanceof LedgerCallError) {
        throw error;
      }
      const decided = await this.#decideWithout(id, claims, policy);
      if (!decided.admitted && mayHaveCounted(error)) {
        // Then nobody else gives its hold back.
        this.#release(id, policy);
      }
      return decided;
    }
    this.#report.reserved(answer, policy);
    return decision(claims, answer, "store");
  }

  #reserveRequest(id: string, candidates: readonly (readonly NamedClaim[])[]): ReserveRequest {
    const nowMs = this.#ledger.nowMs();
    return {
      id,
      candidates: candidates.map((claims) =>
        claims.map((claim) => ledgerClaim(claim.binding.budget, claim.account, claim, nowMs)),
      ),
      holdMs: this.#holdMs,
    };
  }

  #release(id: string, policy: Policy): void {
    const settlement: Settlement = { id, charges: [], kind: "exact", reason: "refused" };
    this.#queue.add({ settlement, policy, reportedAtMs: this.nowMs(), uncertainSinceMs: undefined });
  }

  async #decideWithout(
    id: string,
    claims: readonly (readonly NamedClaim[])[],
    policy: Policy,
  ): Promise<Decision> {
    const decided = await this.#downRules.decide(id, claims, policy);
    if (decided.admitted) {
      this.#unheld.add(id, decided.nowMs, decided.by === "local");
    }
    return decided;
  }

  async #renew(ids: readonly string[]): Promise<readonly HoldState[] | undefined> {
    const local = ids.filter((id) => this.#unheld.get(id)?.isLocal === true);
    await this.#downRules.renew(local);
    if (!this.isUp) {
      return undefined;
    }
    // The breaker has told what went wrong.
    return this.#health.call("renew", () => this.#ledger.renew(ids, this.#holdMs)).catch(() => undefined);
  }

  #caughtUp(): void {
    void this.#queue.flush();
    void this.#renewals.renewDue();
  }
}

function settleOutcome({ outcome, accounts }: Settled): SettleOutcome {
  return {
    outcome,
    remaining: accounts.map(({ account, used, held, added }) => ({ account, used, held, added })),
  };
}
