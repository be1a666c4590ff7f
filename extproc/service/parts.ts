import type { KeyRing } from "../policy/keyRing";
import type { Policy } from "../policy/policy";
import type { Admissions } from "./admission";
import type { Knowledge } from "./modelKnowledge";
import type { OpenRequests } from "./openRequests";
import type { ProcessorSettings } from "./processorSettings";
import type { BudgetStore } from "./store";
import type { OnRequest } from "./summary";
import type { Telemetry } from "./telemetry";

/** What all requests of a processor share. */
export interface Parts {
  readonly policy: () => Policy;
  readonly keys: () => KeyRing;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly settings: ProcessorSettings;
  readonly telemetry: Telemetry;
  readonly knowledge: Knowledge;
  readonly store: BudgetStore;
  readonly admissions: Admissions;
  readonly requests: OpenRequests;
  readonly onRequest: OnRequest | undefined;
}
