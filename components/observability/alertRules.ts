import { metricNames as names } from "../../extproc/contract";
import type { ResolvedAlerts } from "./resolvedObservability";
import type { SeriesOf } from "./seriesOf";

/** One rule of a PrometheusRule. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it has to be so, before it tells. */
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** `critical`: requests fail or pass uncounted; `warning`: money or figures are wrong; `info`: somebody may want to know. */
type Severity = "critical" | "warning" | "info";

/** The alerts of the processor and its budgets. */
export function alertRules(
  { alertLabels, nearlySpent, lostReports }: ResolvedAlerts,
  { processor, aiGateway, envoy }: SeriesOf,
): readonly AlertRule[] {
  const rule = (
    severity: Severity,
    alert: string,
    lasting: string,
    expr: string,
    summary: string,
    description: string,
  ): AlertRule => ({
    alert,
    expr,
    for: lasting,
    labels: { ...alertLabels, severity },
    annotations: { summary, description },
  });
  const failed = (codes: string) =>
    `sum by (code) (increase(${processor(names.failures, { code: `~${codes}` })}[15m])) > 0`;
  const settled = (matchers = {}) => `sum(rate(${processor(names.settles, matchers)}[15m]))`;
  return [
    rule(
      "critical",
      "AiBudgetProcessorAbsent",
      "5m",
      `absent(${processor(names.policyInfo)})`,
      "No budget processor is there",
      "Prometheus has no metrics of it. Requests get 500 or 504, or pass uncounted where the declaration lets them (failOpen). Look at its pods, and at the ServiceMonitor or annotation by which they are scraped.",
    ),
    rule(
      "critical",
      "AiBudgetProcessorBypassed",
      "10m",
      `sum(rate(${aiGateway("duration", "_count")}[5m])) > 0 unless sum(rate(${processor(names.decisions)}[5m])) > 0`,
      "Models answer requests that no budget processor has seen",
      "Look at the status of the Gateway's EnvoyExtensionPolicy and EnvoyProxy: Envoy Gateway leaves out a filter whose Service it cannot resolve.",
    ),
    rule(
      "critical",
      "AiBudgetPassedBy",
      "0m",
      `sum(increase(${envoy("processorSkipped")}[15m])) > 0`,
      "Requests pass without being counted",
      "{{ $value }} in 15 minutes, since a processor did not answer and failOpen lets them. Look at the processor's pods.",
    ),
    rule(
      "critical",
      "AiBudgetStoreDown",
      "2m",
      `max(${processor(names.degraded)}) > 0`,
      "The store of the budgets does not answer",
      "Each budget does what it says for this (whenStoreIsDown): open ones count later, closed ones refuse with 503. Look at Redis, its password and the network policy; the processor's log says store_down with a code.",
    ),
    rule(
      "warning",
      "AiBudgetOverspent",
      "0m",
      `sum by (budget) (increase(${processor(names.overshoot)}[15m])) > 0`,
      "More was spent than the budget {{ $labels.budget }} allows",
      "By {{ $value }} in its unit (money: billionths of a dollar). A strict budget holds the most that a request can cost: report it. An adaptive one may be passed by answers that grow: raise holdCeiling, or make it strict.",
    ),
    rule(
      "info",
      "AiBudgetNearlySpent",
      "1m",
      `max by (budget) (${processor(names.used)} / ${processor(names.limit)}) > ${nearlySpent}`,
      "The budget {{ $labels.budget }} is nearly spent",
      "{{ $value | humanizePercentage }} of its limit is used; of budgets for each user or team that is the fullest.",
    ),
    rule(
      "warning",
      "AiBudgetHoldsLeaked",
      "5m",
      `max(min_over_time(${processor(names.holdsLive)}[30m])) > 2 * sum(max_over_time(${processor(names.streams)}[30m])) + 10`,
      "Reservations stay open without requests",
      "For half an hour more than {{ $value }} have been open, more than twice the requests that are under way. They keep budgets fuller than they are. Look for hold_lost and settle_dropped in the processor's log.",
    ),
    rule(
      "warning",
      "AiBudgetReportsLost",
      "15m",
      `${settled({ source: "expiry" })} / ${settled()} > ${lostReports}`,
      "Requests are settled by estimates, since nothing reports what they used",
      "{{ $value | humanizePercentage }} of settlements. Access log entries do not arrive: look at the access log settings of the Gateway's EnvoyProxy, and whether Envoy reaches every replica.",
    ),
    rule(
      "warning",
      "AiBudgetLogUnreadable",
      "0m",
      failed("log_record|log_entry"),
      "Access log entries cannot be read",
      "Their requests are settled by estimates. Code {{ $labels.code }}: another filter may have removed our metadata, or Envoy has another version.",
    ),
    rule(
      "warning",
      "AiBudgetSettlementsDropped",
      "0m",
      failed("settle_dropped|settle_rejected|charge_unplaced"),
      "What requests used was not charged",
      "Code {{ $labels.code }}. Their holds fell due instead; the budgets may show less than was spent.",
    ),
    rule(
      "warning",
      "AiBudgetPolicyStale",
      "5m",
      `max(${processor(names.policyStale)}) > 0`,
      "A policy document is refused, and an older one holds",
      "The processor's log says policy_refused with every problem, and so does /ready.",
    ),
    rule(
      "warning",
      "AiBudgetPoliciesDiffer",
      "15m",
      `count(count by (id) (${processor(names.policyInfo)})) > 1`,
      "Replicas go by different policies",
      "One of them has not taken the newest document: compare its log and its ConfigMap's mount.",
    ),
    rule(
      "warning",
      "AiBudgetPriceUnknown",
      "0m",
      `sum by (model) (increase(${processor(names.priceUnknown)}[15m])) > 0`,
      "A backend of {{ $labels.model }} answers that has no price",
      "Budgets in dollars were charged what was held. Add the price to the declaration.",
    ),
    rule(
      "warning",
      "AiAccessKeysStale",
      "5m",
      `max(${processor(names.keysStale)}) > 0`,
      "A file of API keys is refused, and an older one holds",
      "New keys do not count yet, and keys that were taken out of the file alone still do. The processor's log says keys_refused with every problem, and so does /ready.",
    ),
  ];
}
