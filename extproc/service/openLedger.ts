import type { AccountQuery, AccountState, Ledger } from "../ledger/ledger";
import { defaultSettings } from "../ledger/limits";
import { memoryLedger } from "../ledger/memoryLedger";
import { redisLedger } from "../ledger/redisLedger";
import type { PolicyProblem } from "../policy/documentReader";
import type { Policy } from "../policy/policy";
import { errorFields } from "./errorFields";
import type { Log } from "./log";
import type { Settings } from "./settings";

/**
 * A settled reservation takes a kilobyte, and a busy processor settles a thousand in a second. Whoever may still report
 * on one here does so within seconds: no other replica, and no call whose answer was lost.
 */
const keepInMemoryMs = 30_000;

/** How long the ledger of the settings remembers what it has settled. */
export function keepSettledMsOf({ store }: Pick<Settings, "store">): number {
  return store.kind === "memory" ? keepInMemoryMs : defaultSettings.keepSettledMs;
}

/** The ledger of the settings. One in Redis connects by itself, and again whenever it has to. */
export function openLedger(settings: Settings, log: Log): Ledger {
  const { store, ledgerName, storeTimeoutMs } = settings;
  if (store.kind === "memory") {
    return memoryLedger({ keepSettledMs: keepSettledMsOf(settings) });
  }
  return redisLedger(store.connection, {
    name: ledgerName,
    timeoutMs: storeTimeoutMs,
    onConnectionError: (error) =>
      log.warn("store_connection", "a connection to the store broke or cannot be made", errorFields(error)),
  });
}

/** What no ledger of these settings can enforce of a policy. */
export function ledgerProblems({ store }: Settings, { replicas, budgets }: Policy): readonly PolicyProblem[] {
  if (store.kind === "redis" || replicas === 1 || budgets.length === 0) {
    return [];
  }
  const remedy =
    "cannot share a store in memory: each would spend every budget anew; give a Redis, or run one";
  return [{ path: "replicas", value: String(replicas), remedy }];
}

/** Where accounts stand; `undefined` when the ledger does not answer. */
export async function statesOf(
  ledger: Ledger,
  queries: readonly AccountQuery[],
): Promise<readonly AccountState[] | undefined> {
  try {
    return (await ledger.inspect(queries)).accounts;
  } catch {
    // Told of by those who need an answer.
    return undefined;
  }
}

/** Reservations that are open in the whole ledger; `undefined` when it does not answer. */
export async function liveHoldsOf(ledger: Ledger): Promise<number | undefined> {
  try {
    return (await ledger.inspect([])).liveHolds;
  } catch {
    // Told of by those who need an answer.
    return undefined;
  }
}
