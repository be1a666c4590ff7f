import type { ResolvedModelGateway } from "../../components/models/resolved";
import { ClientEndpoint, endpointPaths } from "../../components/models/schemas";
import { costOf, noUsage } from "../../extproc/contract";
import type { AccessLogEntry } from "./accessLog";

/** The line that is shown for a request. */
export function liveLogLine(entry: AccessLogEntry, resolved: ResolvedModelGateway): string {
  const time = entry.start.toLocaleTimeString("en-GB", { hour12: false });
  const parts = [
    time,
    entry.model ?? `${entry.method} ${entry.path}`,
    `-> ${entry.backend ?? backendAt(entry.upstream, resolved) ?? "no backend"}`,
    String(entry.status),
    tokens(entry),
    `${entry.durationMs} ms`,
    entry.ttftMs === undefined ? undefined : `first token ${Math.round(entry.ttftMs)} ms`,
    cost(entry, resolved),
    entry.attempts > 1 ? `${entry.attempts} attempts` : undefined,
    entry.flags === "" ? undefined : entry.flags,
    unspoken(entry, resolved),
  ];
  // Paths and models come from clients: nothing of theirs may steer the terminal.
  const line = parts.filter((part) => part !== undefined).join("  ");
  return line.replace(/\p{Cc}/gu, "?");
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
  return `$${(costOf(price, usage) / 1e9).toFixed(6)}`;
}
