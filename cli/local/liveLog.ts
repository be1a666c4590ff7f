import type { ResolvedModelGateway } from "../../components/models/resolved";
import { ClientEndpoint, endpointPaths } from "../../components/models/schemas";
import { amountText } from "../../extproc/answers/amounts";
import { costOf, LimitUnit, noUsage } from "../../extproc/contract";
import type { RequestSummary } from "../../extproc/service/summary";
import { DecisionOutcome } from "../../extproc/service/telemetry";
import { endpointOf } from "../../extproc/usage/endpoint";
import type { AccessLogEntry } from "./accessLog";

/** The line that is shown for a request. `summary`: what the budget processor says about it. */
export function liveLogLine(
  entry: AccessLogEntry,
  resolved: ResolvedModelGateway,
  summary?: RequestSummary,
): string {
  const time = entry.start.toLocaleTimeString("en-GB", { hour12: false });
  const parts = [
    time,
    entry.model ?? (summary?.model || `${entry.method} ${entry.path}`),
    `-> ${destination(entry, resolved, summary)}`,
    String(entry.status),
    tokens(entry),
    `${entry.durationMs} ms`,
    entry.ttftMs === undefined ? undefined : `first token ${Math.round(entry.ttftMs)} ms`,
    summary === undefined ? cost(entry, resolved) : reportedCost(summary),
    summary === undefined ? undefined : outcomeText(summary),
    ...(summary?.budgets ?? []).map(
      ({ budget, unit, remaining }) => `${budget} ${leftText(unit, remaining)}`,
    ),
    entry.attempts > 1 ? `${entry.attempts} attempts` : undefined,
    entry.flags === "" ? undefined : entry.flags,
    unspoken(entry, resolved),
  ];
  // Paths and models come from clients: nothing of theirs may steer the terminal.
  const line = parts.filter((part) => part !== undefined).join("  ");
  return line.replace(/\p{Cc}/gu, "?");
}

/** Whether the processor sees such a request: those that authentication refused never come to it. */
export function isCounted({ method, path, status, upstream }: AccessLogEntry): boolean {
  return method === "POST" && endpointOf(path) !== undefined && !(status === 401 && upstream === undefined);
}

function destination(
  { backend, upstream }: AccessLogEntry,
  resolved: ResolvedModelGateway,
  summary: RequestSummary | undefined,
): string {
  return summary?.refusedBy === undefined
    ? (backend ?? backendAt(upstream, resolved) ?? "no backend")
    : `refused by ${summary.refusedBy}`;
}

/** The gateway names a backend only when it answered; otherwise its address tells, on a port of its own. */
function backendAt(upstream: string | undefined, { models }: ResolvedModelGateway): string | undefined {
  const port = Number(upstream?.split(":").at(-1));
  const known = models.filter(({ endpoint }) => endpoint.port === port && endpoint.host === "localhost");
  return known.length === 1 ? known[0]?.objectName : upstream;
}

/** A pair of API and backend that the gateway cannot translate gets an empty 500. */
function unspoken(entry: AccessLogEntry, { routes }: ResolvedModelGateway): string | undefined {
  const route = routes.find(({ key }) => key === entry.model);
  const asked = Object.values(ClientEndpoint).find((name) => endpointPaths[name].includes(entry.path));
  return entry.status < 400 || route === undefined || asked === undefined || route.endpoints.includes(asked)
    ? undefined
    : `(${route.key} speaks ${route.endpoints.join(", ")})`;
}

function tokens({ inputTokens, outputTokens }: AccessLogEntry): string | undefined {
  return inputTokens === undefined ? undefined : `${inputTokens} in, ${outputTokens ?? 0} out`;
}

function cost(entry: AccessLogEntry, { models }: ResolvedModelGateway): string | undefined {
  const price = models.find(({ objectName }) => objectName === entry.backend)?.price;
  if (price === undefined || entry.inputTokens === undefined) {
    return undefined;
  }
  const cachedRead = Math.min(entry.cachedInputTokens ?? 0, entry.inputTokens);
  const usage = {
    ...noUsage,
    inputFresh: entry.inputTokens - cachedRead,
    cachedRead,
    outputText: entry.outputTokens ?? 0,
    requests: 1,
  };
  return dollars(costOf(price, usage));
}

/** What the processor has charged; nothing where no model produced anything. */
function reportedCost({ kind, nanodollars }: RequestSummary): string | undefined {
  if (nanodollars === undefined || kind === undefined || kind === "nothing") {
    return undefined;
  }
  return `${kind === "estimated" ? "~" : ""}${dollars(nanodollars)}`;
}

function dollars(nanodollars: number): string {
  return `$${(nanodollars / 1e9).toFixed(6)}`;
}

function outcomeText({ outcome, tier }: RequestSummary): string | undefined {
  switch (outcome) {
    case DecisionOutcome.Overflow:
      return `overflow to ${tier}`;
    case DecisionOutcome.Shrunk:
      return "output shrunk";
    case DecisionOutcome.Shadow:
      return "over a shadow budget";
    case DecisionOutcome.StoreDown:
      return "store down";
    default:
      return undefined;
  }
}

function leftText(unit: LimitUnit, remaining: number): string {
  return unit === LimitUnit.Concurrency ? `${remaining} free` : `${amountText(unit, remaining)} left`;
}
