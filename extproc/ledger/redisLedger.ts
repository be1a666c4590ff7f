import { planReserve, reservation, states, type Verdict } from "./answers";
import { cellPlan, chargePlan, escaped, parseKey, unescaped } from "./cells";
import { checkAdjustment, checkQuery, checkRenewal, checkReserve, checkSettlement } from "./checks";
import { StoreDownError } from "./errors";
import type { CellView } from "./figures";
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
import { runScript, type ScriptName, storeError } from "./redisScripts";
import { answers, states as holdStates, outcomes, stateCodes } from "./scripts/codes";
import { Silence } from "./silence";
import { bytes, Call, list, Reply } from "./wire";

export interface RedisLedgerOptions extends Partial<LedgerSettings> {
  /** The hash tag of all keys: ledgers with different names share nothing. Default: "budgets". */
  readonly name?: string;
  /** How long the store may say nothing while calls wait, in milliseconds; then they fail. Default: 20. */
  readonly timeoutMs?: number;
  /** The longest that a call may take while others are answered, in milliseconds. Default: 25 times `timeoutMs`. */
  readonly longestMs?: number;
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
  readonly #silence: Silence;
  readonly #testClock: (() => number) | undefined;
  /** What the store's clock is ahead of ours. */
  #aheadMs = 0;
  #connectionError: Error | undefined;

  constructor(
    private readonly client: RedisClient,
    options: RedisLedgerOptions = {},
  ) {
    const { name = "budgets", timeoutMs = 20, longestMs = 25 * timeoutMs, ...others } = options;
    const { testClock, onConnectionError, ...settings } = others;
    if (!/^[\w.:-]{1,128}$/.test(name)) {
      throw new RangeError(
        `name: "${name}" is not 1 to 128 letters, digits and ._:-; it is the hash tag of all keys`,
      );
    }
    this.#prefix = `{${name}}:`;
    this.#dueKey = `${this.#prefix}due`;
    this.#settings = { ...defaultSettings, ...settings };
    this.#silence = new Silence(timeoutMs, longestMs);
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
      await new Silence(timeoutMs, timeoutMs).within("connect", connected);
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
    const record = this.#record("");
    const reply = await this.#inTime("reserve", () => {
      const call = new Call(this.#prefix, this.nowMs(), this.#dueKey, record + request.id);
      const plan = planReserve(request, this.nowMs());
      for (const claims of plan) {
        for (const claim of claims) {
          call.claim(claim);
        }
      }
      const counts = plan.map((claims) => claims.length);
      const { setCount } = call;
      const first = [request.holdMs, reclaimAtMost, keepExpiredMs, setCount, counts.length, ...counts];
      return [call, [call.numbers(...first), request.id, record]];
    });
    return reservation(request, verdict(request, Reply.of(reply)));
  }

  async renew(ids: readonly string[], holdMs: number): Promise<readonly HoldState[]> {
    checkRenewal(ids, holdMs);
    if (ids.length === 0) {
      return [];
    }
    const call = new Call(this.#prefix, this.nowMs(), this.#dueKey, ...ids.map((id) => this.#record(id)));
    const found = list(await this.#run("renew", call, [call.numbers(holdMs), ...ids]));
    return found.map((state) => holdStates[Number(state)] ?? "unknown");
  }

  async settle(settlement: Settlement): Promise<Settled> {
    checkSettlement(settlement);
    const { id, kind, reason, charges } = settlement;
    const call = new Call(this.#prefix, this.nowMs(), this.#dueKey, this.#record(id));
    const nowMs = this.nowMs();
    const accounts: string[] = [];
    const lapsed = new Set<string>();
    for (const charge of charges) {
      const { account, amount, period, limit = 0 } = charge;
      const plan = period && chargePlan(charge, period, nowMs);
      if (plan !== undefined) {
        call.charge(plan, account, amount, limit);
        continue;
      }
      call.unplaced(settleArguments + accounts.push(escaped(account)), amount);
      if (period !== undefined) {
        lapsed.add(account);
      }
    }
    const first = [this.#settings.keepSettledMs, stateCodes[kind], call.setCount, charges.length];
    const reply = await this.#run("settle", call, [call.numbers(...first), id, escaped(reason), ...accounts]);
    return settled(list(reply), this.#prefix.length, lapsed);
  }

  async inspect(queries: readonly AccountQuery[]): Promise<Inspection> {
    queries.forEach(checkQuery);
    const planned = (nowMs: number) =>
      queries.map((query) => ({ claim: { ...query, amount: 0 }, plan: cellPlan(query.period, nowMs) }));
    const answer = await this.#inTime("inspect", () => {
      const call = new Call(this.#prefix, this.nowMs(), this.#dueKey);
      for (const claim of planned(this.nowMs())) {
        call.claim(claim);
      }
      const first = [this.#settings.keepExpiredMs, call.setCount, queries.length];
      return [call, [call.numbers(...first), this.#record("")]];
    });
    const reply = Reply.of(answer);
    const [, nowMs, liveHolds] = [reply.next(), reply.next(), reply.next()];
    return { accounts: states(planned(nowMs), reply.views(queries.length), nowMs), liveHolds, nowMs };
  }

  async adjust(adjustment: Adjustment): Promise<Adjusted> {
    checkAdjustment(adjustment);
    const { id, account, period, limit, amount, by, reason } = adjustment;
    const entry = JSON.stringify({ id, amount: String(amount), by, reason }).slice(0, -1);
    const reply = await this.#inTime("adjust", () => {
      const call = new Call(this.#prefix, this.nowMs(), this.#corrections(account));
      call.claim({ claim: { account, period, limit, amount: 0 }, plan: cellPlan(period, this.nowMs()) });
      return [call, [call.numbers(keepAdjustmentsMs, amount), id, entry]];
    });
    return adjusted(bytes(list(reply)[1]).toString(), this.#prefix.length).entry;
  }

  async adjustments(account: string): Promise<readonly Adjusted[]> {
    const answer = this.client.hvals(this.#corrections(account));
    const texts = await this.#silence.within("adjustments", answer);
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

  #run(name: ScriptName, call: Call, args: readonly (string | Buffer)[]): Promise<unknown> {
    const clock = this.#testClock === undefined ? "" : String(this.#testClock());
    return this.#silence.within(name, runScript(this.client, name, call.keys, [clock, ...args]));
  }

  /** Calls that need the store's present: a store in none of their windows says its time and is asked once more. */
  async #inTime(name: ScriptName, build: () => [Call, (string | Buffer)[]]): Promise<unknown> {
    for (const attempt of ["first", "second"]) {
      const before = this.nowMs();
      const sentAtMs = Date.now();
      const answer = await this.#run(name, ...build());
      const reply = Reply.of(Array.isArray(answer) ? answer[0] : answer);
      const [kind, storeNowMs] = [reply.next(), reply.next()];
      if (kind !== answers.replayed) {
        this.#learn(storeNowMs, sentAtMs);
      }
      if (kind !== answers.clock) {
        return answer;
      }
      if (attempt === "second" || this.nowMs() === before) {
        break;
      }
    }
    throw new StoreDownError("store_clock", `${name}: no window of the call is the store's present`);
  }

  /** The store said its time between sending and now; what we knew is moved no further than that demands. */
  #learn(storeNowMs: number, sentAtMs: number): void {
    const least = storeNowMs - Date.now();
    const most = storeNowMs - sentAtMs;
    this.#aheadMs = Math.min(Math.max(this.#aheadMs, least), most);
  }
}

/** Arguments of scripts/settle.ts before the accounts. */
const settleArguments = 4;

function verdict(request: ReserveRequest, reply: Reply): Verdict {
  const [code, nowMs, candidate, state] = [reply.next(), reply.next(), reply.next() - 1, reply.next()];
  const kind = code === answers.refused ? "refused" : code === answers.replayed ? "replayed" : "admitted";
  const looked = kind === "replayed" ? request.candidates.slice(candidate) : request.candidates;
  const views: CellView[][] = [];
  for (const claims of looked) {
    views.push(reply.isAtEnd ? [] : reply.views(claims.length));
  }
  return { kind, nowMs, candidate, state: holdStates[state] ?? "unknown", views };
}

function settled(
  [numbers, keys, ...unplaced]: readonly unknown[],
  prefixLength: number,
  lapsed: ReadonlySet<string>,
): Settled {
  const reply = Reply.of(numbers);
  const [, , before, isRepeated] = [reply.next(), reply.next(), reply.next(), reply.next()];
  const rows = reply.rows(bytes(keys).toString(), prefixLength);
  return {
    outcome: isRepeated === 1 ? "repeated" : outcomes[holdStates[before] ?? "unknown"],
    accounts: rows.map(({ figures }) => figures),
    unplaced: unplaced
      .map((account) => unescaped(bytes(account).toString()))
      .filter((account) => !lapsed.has(account)),
    crossings: rows.flatMap(({ figures: { account, windowId }, crossed }) =>
      crossed.map((amount) => ({ account, windowId, amount })),
    ),
  };
}

function adjusted(text: string, prefixLength: number): { seq: number; entry: Adjusted } {
  const raw = JSON.parse(text);
  const { id, by, reason, seq } = raw;
  const [amount, applied, used, atMs] = [raw.amount, raw.applied, raw.used, raw.atMs].map(Number);
  const { account, windowId } = parseKey(String(raw.key).slice(prefixLength));
  return { seq, entry: { id, account, windowId, amount, applied, used, by, reason, atMs } as Adjusted };
}
