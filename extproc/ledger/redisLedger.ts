import { planReserve, reservation, states, type Verdict } from "./answers";
import { cellPlan } from "./cells";
import { checkAdjustment, checkQuery, checkRenewal, checkReserve, checkSettlement } from "./checks";
import { StoreDownError } from "./errors";
import type {
  AccountQuery,
  Adjusted,
  Adjustment,
  HoldState,
  Inspection,
  Ledger,
  Reservation,
  ReserveRequest,
  Settled,
  Settlement,
} from "./ledger";
import { defaultSettings, keepAdjustmentsMs, type LedgerSettings } from "./limits";
import { type RedisClient, type RedisConnection, redisClient } from "./redisClient";
import { runScript, type ScriptName, storeError, withDeadline } from "./redisScripts";
import { cellViews, integer, Keys, list, wireCharge, wireClaim } from "./wire";

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
    if (!/^[^{}]{1,128}$/.test(name)) {
      throw new RangeError(`name: "${name}" has braces or not 1 to 128 characters; it is a Redis hash tag`);
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
    const [kind, nowMs, candidate, state, views] = await this.#inTime("reserve", () => {
      const keys = new Keys(this.#prefix, this.#dueKey, this.#record(request.id));
      const plan = planReserve(request, this.nowMs());
      const candidates = plan.map((claims) => claims.map((claim) => wireClaim(claim, keys)));
      const { id, holdMs } = request;
      return [keys, { id, holdMs, candidates, ...this.#reclaiming() }];
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
    const keys = new Keys(this.#prefix, this.#dueKey, ...ids.map((id) => this.#record(id)));
    const [, states] = await this.#run("renew", keys, { ids, holdMs });
    return list(states).map((state) => state as HoldState);
  }

  async settle(settlement: Settlement): Promise<Settled> {
    checkSettlement(settlement);
    const { id, kind, reason } = settlement;
    const keys = new Keys(this.#prefix, this.#dueKey, this.#record(id));
    const charges = settlement.charges.map((charge) => {
      const plan = charge.period && cellPlan(charge.account, charge.period, this.nowMs());
      return wireCharge(charge, plan, keys);
    });
    const { keepSettledMs } = this.#settings;
    return settled(await this.#run("settle", keys, { id, kind, reason, charges, keepSettledMs }));
  }

  async inspect(queries: readonly AccountQuery[]): Promise<Inspection> {
    queries.forEach(checkQuery);
    const planned = (nowMs: number) =>
      queries.map((query) => ({
        claim: { ...query, amount: 0 },
        plan: cellPlan(query.account, query.period, nowMs),
      }));
    const [, now, liveHolds, views] = await this.#inTime("inspect", () => {
      const keys = new Keys(this.#prefix, this.#dueKey);
      const claims = planned(this.nowMs()).map((claim) => wireClaim(claim, keys));
      return [keys, { claims, ...this.#reclaiming() }];
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
    const [, , entry] = await this.#inTime("adjust", () => {
      const keys = new Keys(this.#prefix, this.#corrections(account));
      const plan = cellPlan(account, period, this.nowMs());
      const claim = wireClaim({ claim: { account, period, limit, amount: 0 }, plan }, keys);
      return [keys, { id, claim, amount, by, reason, keepMs: keepAdjustmentsMs }];
    });
    return adjusted(String(entry)).entry;
  }

  async adjustments(account: string): Promise<readonly Adjusted[]> {
    const answer = this.client.hvals(this.#corrections(account));
    const entries = (await withDeadline("adjustments", this.#timeoutMs, answer)).map(adjusted);
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

  #reclaiming() {
    const { reclaimAtMost, keepExpiredMs } = this.#settings;
    return { records: this.#record(""), reclaimAtMost, keepExpiredMs };
  }

  async #run(name: ScriptName, keys: Keys, call: object): Promise<readonly unknown[]> {
    const args = [this.#testClock === undefined ? "" : String(this.#testClock()), JSON.stringify(call)];
    const answer = runScript(this.client, name, keys.names, args);
    return list(await withDeadline(name, this.#timeoutMs, answer));
  }

  /** Calls that need the store's present: a store in none of their windows says its time and is asked once more. */
  async #inTime(name: ScriptName, build: () => [Keys, object]): Promise<readonly unknown[]> {
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

function settled([outcome, , accounts, unplaced]: readonly unknown[]): Settled {
  const rows = list(accounts).map((row) => {
    const [account, windowId, charged, used, held, limit, crossed] = list(row);
    const figures = {
      account: String(account),
      windowId: String(windowId),
      charged: integer(charged),
      used: integer(used),
      held: integer(held),
      limit: integer(limit),
    };
    return { figures, crossed: list(crossed).map(integer) };
  });
  return {
    outcome: outcome as Settled["outcome"],
    accounts: rows.map(({ figures }) => figures),
    unplaced: list(unplaced).map(String),
    crossings: rows.flatMap(({ figures: { account, windowId }, crossed }) =>
      crossed.map((amount) => ({ account, windowId, amount })),
    ),
  };
}

function adjusted(text: string): { seq: number; entry: Adjusted } {
  const raw: Record<string, string> = JSON.parse(text);
  const { id = "", account = "", windowId = "", by = "", reason = "" } = raw;
  const [amount, applied, used, atMs] = [raw["amount"], raw["applied"], raw["used"], raw["atMs"]].map(Number);
  return {
    seq: Number(raw["seq"]),
    entry: {
      id,
      account,
      windowId,
      amount: integer(amount),
      applied: integer(applied),
      used: integer(used),
      by,
      reason,
      atMs: integer(atMs),
    },
  };
}
