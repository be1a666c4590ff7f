import type { Ledger } from "../../../extproc/ledger/ledger";
import { budgetStore } from "../../../extproc/service/budgetStore";
import type { BudgetStore } from "../../../extproc/service/store";
import { type Store, TestClock } from "../ledger/support/stores";
import { Recorder } from "./support";

/** A store of budgets on an empty ledger, and what stands around it. */
export interface TestStore {
  readonly clock: TestClock;
  readonly ledger: Ledger;
  readonly told: Recorder;
  readonly store: BudgetStore;
}

export async function startStore(stores: Store): Promise<TestStore> {
  const clock = new TestClock();
  const ledger = await stores.make(clock);
  const told = new Recorder();
  return { clock, ledger, told, store: budgetStore({ ledger, telemetry: told }) };
}
