import type {
  AtLimit,
  Hold,
  LimitUnit,
  OnExpiry,
  Period,
  Settle,
  StoreDown,
  WindowKind,
} from "../../extproc/contract";
import type { EnforcedBy } from "./budgetArgs";

/** A budget with every default filled in. Amounts are in `unit`: money in nanodollars. */
export interface ResolvedBudget {
  readonly name: string;
  /** `model` or attributes of the caller. */
  readonly per: readonly string[];
  readonly models: readonly string[] | undefined;
  readonly teams: readonly string[] | undefined;
  readonly users: readonly string[] | undefined;
  readonly unit: LimitUnit;
  readonly limit: number;
  /** Absent for concurrency only. */
  readonly period: Period | undefined;
  readonly window: WindowKind;
  readonly burst: number | undefined;
  readonly timeZone: string;
  readonly warnAt: readonly number[];
  readonly atLimit: AtLimit;
  /** Key of a model. */
  readonly overflowTo: string | undefined;
  readonly returnBelow: number;
  readonly dwellSeconds: number;
  readonly status: 429 | 402;
  readonly hold: Hold;
  readonly holdCeiling: number | undefined;
  readonly whenStoreIsDown: StoreDown;
  readonly settle: Settle;
  readonly onExpiry: OnExpiry;
  readonly shadow: boolean;
  readonly enforcedBy: EnforcedBy;
  readonly trustClientHeaders: boolean;
}
