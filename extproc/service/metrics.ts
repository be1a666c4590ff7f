import { collectDefaultMetrics, Registry } from "prom-client";
import type { Policy } from "../policy/policy";
import { type Bound, CellCounter, CellHistogram } from "./cells";
import { genAiMetrics } from "./genAiMetrics";
import { metricNames as names } from "./metricNames";
import { type ServiceState, serviceGauges } from "./serviceGauges";
import { Standings } from "./standings";
import type { Telemetry } from "./telemetry";

/** The processor's telemetry as Prometheus reads it. */
export interface Metrics extends Telemetry {
  /** A policy came into force: labels may have its names, and no others. */
  policyAccepted(policy: Policy): void;
  /** A document was refused; the policy before it goes on. */
  policyRefused(): void;
  /** A keys file was read, and taken or not. */
  keysLoaded(isAccepted: boolean): void;
  /** The text that a scrape gets. */
  scrape(): Promise<string>;
  readonly contentType: string;
}

/** What is exported. */
export interface MetricsOptions {
  /** What is asked when somebody scrapes. */
  readonly state: ServiceState;
  /** Counts tokens under the names of the GenAI conventions, too. Default: false. */
  readonly genAi?: boolean;
  /** Figures of the whole process, too: memory, CPU, event loop. Default: false. */
  readonly ofProcess?: boolean;
}

/** What stands for a name that no policy has. */
const otherName = "other";
/** Teams that are told apart: one series for each. */
const mostTeams = 200;
const namedLabels: readonly string[] = ["budget", "model", "tier", "from", "to", "gen_ai_request_model"];

const ratioBuckets = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.5, 2, 5];
const secondsBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1];

export function createMetrics({ state, genAi = false, ofProcess = false }: MetricsOptions): Metrics {
  const registry = new Registry();
  const known = new Set<string>([""]);
  const teams = new Set<string>();
  const make = makerOf(registry, (label, value) => {
    if (label === "team") {
      return boundTeam(teams, value);
    }
    return !namedLabels.includes(label) || known.has(value) ? value : otherName;
  });
  const standings = new Standings(registry);
  const gauges = serviceGauges(registry, state);
  const loads = make.counter(names.policyLoads, "Policy documents by what became of them", ["result"]);
  const keyLoads = make.counter(names.keyLoads, "Files of API keys by what became of them", ["result"]);
  return {
    ...requestMetrics(make, genAi),
    ...rareMetrics(make),
    storeState: gauges.storeState,
    standing(budget, unit, limit, used, held) {
      if (known.has(budget)) {
        standings.set(budget, unit, limit, used, held);
      }
    },
    policyAccepted(policy) {
      for (const name of namesOf(policy)) {
        known.add(name);
      }
      standings.keepOnly(new Set(policy.budgets.map(({ name }) => name)));
      gauges.policyAccepted(policy.id);
      loads.add(1, "accepted");
    },
    policyRefused: () => loads.add(1, "refused"),
    keysLoaded: (isAccepted) => keyLoads.add(1, isAccepted ? "accepted" : "refused"),
    contentType: registry.contentType,
    async scrape() {
      const registries = ofProcess ? [registry, processRegistry()] : [registry];
      return (await Promise.all(registries.map((one) => one.metrics()))).join("\n");
    },
  };
}

/** Teams are what authentication says, which no policy lists: the first ones have their names. */
function boundTeam(teams: Set<string>, team: string): string {
  if (team === "" || teams.has(team)) {
    return team;
  }
  if (teams.size >= mostTeams) {
    return otherName;
  }
  teams.add(team);
  return team;
}

function namesOf({ budgets, models }: Policy): readonly string[] {
  const tiers = [...models.values()].flatMap(({ pools }) => pools.map(({ tier }) => tier));
  return [...budgets.map(({ name }) => name), ...models.keys(), ...tiers];
}

type Maker = ReturnType<typeof makerOf>;

function makerOf(registry: Registry, bound: Bound) {
  return {
    counter: (name: string, help: string, labels: readonly string[], scale?: number) =>
      new CellCounter(registry, name, help, labels, bound, scale),
    histogram: (name: string, help: string, label: string, buckets: readonly number[]) =>
      new CellHistogram(registry, name, help, label, buckets, bound),
  };
}

/** What each request does. */
function requestMetrics(
  make: Maker,
  genAi: boolean,
): Pick<Telemetry, "decided" | "settled" | "callerRefused" | "storeCall"> {
  const decisionLabels = ["outcome", "budget", "model", "tier", "by"];
  const decisions = make.counter(names.decisions, "Requests by what was decided", decisionLabels);
  const refused = make.counter(names.callersRefused, "Requests of callers that nobody knows", ["reason"]);
  const settles = make.counter(names.settles, "Settlements by source", ["source", "kind", "model"]);
  const cost = make.counter(names.cost, "What answers cost, in US dollars", ["model"], 1e-9);
  const tooHigh = "What estimates of it were too high by, to be taken off";
  const corrected = make.counter(names.costCorrected, tooHigh, ["model"], 1e-9);
  const ofTeam = "What answers to a team cost, in US dollars; without a name: the team is not known";
  const teamCost = make.counter(names.teamCost, ofTeam, ["team"], 1e-9);
  const teamCorrected = make.counter(names.teamCostCorrected, tooHigh, ["team"], 1e-9);
  const ratio = make.histogram(names.estimateRatio, "Spent of what was held", "model", ratioBuckets);
  const duration = make.histogram(names.storeDuration, "Calls to the store", "operation", secondsBuckets);
  const errors = make.counter(names.storeErrors, "Calls to the store that failed", ["operation"]);
  const countTokens = genAi ? genAiMetrics(make.counter) : undefined;
  return {
    decided: ({ outcome, budget, model, tier, by }) => decisions.add(1, outcome, budget, model, tier, by),
    settled(event) {
      const { model, source, kind, ratio: share, nanodollars, team = "" } = event;
      settles.add(1, source, kind, model);
      // Counters never fall.
      if (nanodollars < 0) {
        corrected.add(-nanodollars, model);
        teamCorrected.add(-nanodollars, team);
      } else {
        cost.add(nanodollars, model);
        teamCost.add(nanodollars, team);
      }
      countTokens?.(event);
      if (share !== undefined) {
        ratio.observe(model, share);
      }
    },
    callerRefused: (reason) => refused.add(1, reason),
    storeCall(operation, ms, isOk) {
      duration.observe(operation, ms / 1000);
      if (!isOk) {
        errors.add(1, operation);
      }
    },
  };
}

/** What happens seldom. */
function rareMetrics(
  make: Maker,
): Pick<Telemetry, "overshoot" | "warned" | "unknownPrice" | "overflowed" | "failure"> {
  const overshoot = make.counter(names.overshoot, "Spent beyond the limit, in the budget's unit", ["budget"]);
  const warnings = make.counter(names.warnings, "Warnings crossed", ["budget", "share", "delivered"]);
  const unknown = make.counter(names.priceUnknown, "Answers of a backend without a price", ["model"]);
  const overflow = make.counter(names.overflow, "Changes of tier", ["budget", "from", "to"]);
  const failures = make.counter(names.failures, "What should not happen, by code", ["code"]);
  return {
    overshoot: (budget, amount) => overshoot.add(amount, budget),
    warned: (budget, share, delivered) => warnings.add(1, budget, String(share), String(delivered)),
    unknownPrice: (model) => unknown.add(1, model),
    overflowed: (budget, from, to) => overflow.add(1, budget, from, to),
    failure: (code) => failures.add(1, code),
  };
}

let ofThisProcess: Registry | undefined;

/** Made once: each making observes the garbage collector and the event loop until the process ends. */
function processRegistry(): Registry {
  if (ofThisProcess === undefined) {
    ofThisProcess = new Registry();
    collectDefaultMetrics({ register: ofThisProcess });
  }
  return ofThisProcess;
}
