import { planReserve, reservation, states, type Verdict } from "./answers";
import { cellPlan, chargePlan, escaped, parseKey, unescaped } from "./cells";
import { checkAdjustment, checkQuery, checkRenewal, checkReserve, checkSettlement } from "./checks";
import { StoreDownError } from "./errors";
import type {
  AccountQuery,
  Adjusted,
  Adjustment,
  HoldState,
  Inspection,
  Ledger,
  Period,
  Reservation,
  ReserveRequest,
  Settled,
  Settlement,
} from "./ledger";
import { defaultSettings, keepAdjustmentsMs, type LedgerSettings } from "./limits";
import { type RedisClient, type RedisConnection, redisClient } from "./redisClient";
import { runScript, type ScriptName, storeError, withDeadline } from "./redisScripts";
import { Call, cellViews, integer, list, settledRows } from "./wire";

export interface RedisLedgerOptions extends Partial<LedgerSettings> {
  /** The hash tag of all keys: ledgers with different names share nothing. Default: "budgets". */
  readonly name?: string;
  /** How long a call may take, in milliseconds. Default: 20. */
  readonly timeoutMs?: number;
  /** Told when a connection breaks or cannot be made; calls fail meanwhile. Default: nobody. */
  readonly onConnectionError?: (error: Error) => void;
  /** For tests only: replaces the store's clock. Expiry of keys still runs on the real one. */
  readonly testClock?: () => number;
}

/**
 * A ledger in Redis 7 or later, or Valkey. It connects by itself, again and again if need be; until then calls fail
 * at once. `ready` waits for the first connection.
 */
export function redisLedger(connection: RedisConnection, options: RedisLedgerOptions = {}): RedisLedger {
  return new RedisLedger(redisClient(connection), options);
}

/** The ledger in Redis: each call is one script, one round trip. Several processes may share it. */
export class RedisLedger implements Ledger {
  readonly #prefix: string;
  readonly #dueKey: string;
  readonly #settings: LedgerSettings;
  readonly #timeoutMs: number;
  readonly #testClock: (() => number) | undefined;
  /** What the store's clock is ahead of ours. */
  #aheadMs = 0;
  #connectionError: Error | undefined;

  constructor(
    private readonly client: RedisClient,
    options: RedisLedgerOptions = {},
  ) {
    const { name = "budgets", timeoutMs = 20, testClock, onConnectionError, ...settings } = options;
    if (!/^[\w.:-]{1,128}$/.test(name)) {
      throw new RangeError(
        `name: "${name}" is not 1 to 128 letters, digits and ._:-; it is the hash tag of all keys`,
      );
    }
    this.#prefix = `{${name}}:`;
    this.#dueKey = `${this.#prefix}due`;
    this.#settings = { ...defaultSettings, ...settings };
    this.#timeoutMs = timeoutMs;
    this.#testClock = testClock;
    client.on("error", (error: Error) => {
      this.#connectionError = error;
      onConnectionError?.(error);
    });
    // Failures are in the event above, and the client tries again.
    client.connect().catch(() => {});
  }

  /** Resolves when calls can be made. Throws `StoreDownError` after `timeoutMs`; the client goes on trying. */
  async ready(timeoutMs = 2_000): Promise<void> {
    const { client } = this;
    if (client.status === "ready") {
      return;
    }
    let isReady = () => {};
    const connected = new Promise<void>((resolve) => {
      isReady = resolve;
      client.once("ready", isReady);
    });
    try {
      await withDeadline("connect", timeoutMs, connected);
    } catch (error) {
      throw this.#connectionError === undefined ? error : storeError("connect", this.#connectionError);
    } finally {
      client.off("ready", isReady);
    }
  }

  nowMs(): number {
    return this.#testClock?.() ?? Date.now() + this.#aheadMs;
  }

  async reserve(request: ReserveRequest): Promise<Reservation> {
    checkReserve(request);
    const { reclaimAtMost, keepExpiredMs } = this.#settings;
    const [kind, nowMs, candidate, state, views] = await this.#inTime("reserve", () => {
      const call = new Call(this.#prefix, this.nowMs(), this.#dueKey, this.#record(request.id));
      const plan = planReserve(request, this.nowMs());
      const claims = plan.flatMap((all) => all.map((claim) => call.claim(claim)));
      const counts = plan.map((all) => all.length);
      const numbers = [request.holdMs, reclaimAtMost, keepExpiredMs, call.sets.length, ...counts];
      return [call, [numbers.join(" "), request.id, this.#record(""), ...call.sets, ...claims]];
    });
    return reservation(request, {
      kind: kind as Verdict["kind"],
      nowMs: integer(nowMs),
      candidate: integer(candidate) - 1,
      state: state as HoldState,
      views: list(views).map(cellViews),
    });
  }

  async renew(ids: readonly string[], holdMs: number): Promise<readonly HoldState[]> {
    checkRenewal(ids, holdMs);
    if (ids.length === 0) {
      return [];
    }
    const call = new Call(this.#prefix, this.nowMs(), this.#dueKey, ...ids.map((id) => this.#record(id)));
    const [, states] = await this.#run("renew", call, [String(holdMs), ...ids]);
    return list(states).map((state) => state as HoldState);
  }

  async settle(settlement: Settlement): Promise<Settled> {
    checkSettlement(settlement);
    const { id, kind, reason } = settlement;
    const call = new Call(this.#prefix, this.nowMs(), this.#dueKey, this.#record(id));
    const nowMs = this.nowMs();
    const lapsed = new Set<string>();
    const charges = settlement.charges.flatMap((charge) => {
      const { account, amount, period, limit = 0 } = charge;
      const plan = period && chargePlan(charge, period, nowMs);
      if (plan === undefined && period !== undefined) {
        lapsed.add(account);
      }
      const claim = { account, period: period ?? never, limit, amount: 0 };
      return [escaped(account), String(amount), plan === undefined ? "" : call.claim({ claim, plan })];
    });
    const numbers = `${this.#settings.keepSettledMs} ${call.sets.length}`;
    const reply = await this.#run("settle", call, [
      numbers,
      id,
      kind,
      escaped(reason),
      ...call.sets,
      ...charges,
    ]);
    const answer = settled(reply, this.#prefix.length);
    return { ...answer, unplaced: answer.unplaced.filter((account) => !lapsed.has(account)) };
  }

  async inspect(queries: readonly AccountQuery[]): Promise<Inspection> {
    queries.forEach(checkQuery);
    const planned = (nowMs: number) =>
      queries.map((query) => ({
        claim: { ...query, amount: 0 },
        plan: cellPlan(query.account, query.period, nowMs),
      }));
    const [, now, liveHolds, views] = await this.#inTime("inspect", () => {
      const call = new Call(this.#prefix, this.nowMs(), this.#dueKey);
      const claims = planned(this.nowMs()).map((claim) => call.claim(claim));
      const numbers = `${this.#settings.keepExpiredMs} ${call.sets.length}`;
      return [call, [numbers, this.#record(""), ...call.sets, ...claims]];
    });
    const nowMs = integer(now);
    return {
      accounts: states(planned(nowMs), cellViews(views), nowMs),
      liveHolds: integer(liveHolds),
      nowMs,
    };
  }

  async adjust(adjustment: Adjustment): Promise<Adjusted> {
    checkAdjustment(adjustment);
    const { id, account, period, limit, amount, by, reason } = adjustment;
    const entry = JSON.stringify({ id, amount: String(amount), by, reason }).slice(0, -1);
    const [, , text] = await this.#inTime("adjust", () => {
      const call = new Call(this.#prefix, this.nowMs(), this.#corrections(account));
      const plan = cellPlan(account, period, this.nowMs());
      const claim = call.claim({ claim: { account, period, limit, amount: 0 }, plan });
      return [call, [String(keepAdjustmentsMs), id, String(amount), entry, ...call.sets, claim]];
    });
    return adjusted(String(text), this.#prefix.length).entry;
  }

  async adjustments(account: string): Promise<readonly Adjusted[]> {
    const answer = this.client.hvals(this.#corrections(account));
    const texts = await withDeadline("adjustments", this.#timeoutMs, answer);
    const entries = texts.map((text) => adjusted(text, this.#prefix.length));
    return entries.sort((a, b) => a.seq - b.seq).map(({ entry }) => entry);
  }

  async close(): Promise<void> {
    this.client.disconnect();
  }

  #record(id: string): string {
    return `${this.#prefix}r:${id}`;
  }

  #corrections(account: string): string {
    return `${this.#prefix}a:${account}`;
  }

  async #run(name: ScriptName, call: Call, args: readonly string[]): Promise<readonly unknown[]> {
    const clock = this.#testClock === undefined ? "" : String(this.#testClock());
    const answer = runScript(this.client, name, call.keys, [clock, ...args]);
    return list(await withDeadline(name, this.#timeoutMs, answer));
  }

  /** Calls that need the store's present: a store in none of their windows says its time and is asked once more. */
  async #inTime(name: ScriptName, build: () => [Call, string[]]): Promise<readonly unknown[]> {
    for (const attempt of ["first", "second"]) {
      const before = this.nowMs();
      const sentAtMs = Date.now();
      const reply = await this.#run(name, ...build());
      if (reply[0] !== "replayed") {
        this.#learn(reply[1], sentAtMs);
      }
      if (reply[0] !== "clock") {
        return reply;
      }
      if (attempt === "second" || this.nowMs() === before) {
        break;
      }
    }
    throw new StoreDownError("store_clock", `${name}: no window of the call is the store's present`);
  }

  /** The store said its time between sending and now; what we knew is moved no further than that demands. */
  #learn(storeNow: unknown, sentAtMs: number): void {
    const least = integer(storeNow) - Date.now();
    const most = integer(storeNow) - sentAtMs;
    this.#aheadMs = Math.min(Math.max(this.#aheadMs, least), most);
  }
}

/** Stands for a period that nobody knows; never sent. */
const never: Period = { kind: "concurrency" };

function settled([outcome, , accounts, unplaced]: readonly unknown[], prefixLength: number): Settled {
  const rows = settledRows(accounts, prefixLength);
  return {
    outcome: outcome as Settled["outcome"],
    accounts: rows.map(({ figures }) => figures),
    unplaced: list(unplaced).map((account) => unescaped(String(account))),
    crossings: rows.flatMap(({ figures: { account, windowId }, crossed }) =>
      crossed.map((amount) => ({ account, windowId, amount })),
    ),
  };
}

function adjusted(text: string, prefixLength: number): { seq: number; entry: Adjusted } {
  const raw = JSON.parse(text);
  const { id, by, reason, seq } = raw;
  const [amount, applied, used, atMs] = [raw.amount, raw.applied, raw.used, raw.atMs].map(integer);
  const { account, windowId } = parseKey(String(raw.key).slice(prefixLength));
  return { seq, entry: { id, account, windowId, amount, applied, used, by, reason, atMs } as Adjusted };
}
