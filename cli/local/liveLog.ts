import type { ResolvedModelGateway } from "../../components/models/resolved";
import { costInNanodollars } from "../../extproc/contract";
import type { AccessLogEntry } from "./accessLog";

/** The line that is shown for a request. */
export function liveLogLine(entry: AccessLogEntry, resolved: ResolvedModelGateway): string {
  const time = entry.start.toLocaleTimeString("en-GB", { hour12: false });
  const parts = [
    time,
    entry.model ?? `${entry.method} ${entry.path}`,
    `-> ${entry.backend ?? entry.upstream ?? "no backend"}`,
    String(entry.status),
    tokens(entry),
    `${entry.durationMs} ms`,
    entry.ttftMs === undefined ? undefined : `first token ${Math.round(entry.ttftMs)} ms`,
    cost(entry, resolved),
    entry.attempts > 1 ? `${entry.attempts} attempts` : undefined,
    entry.flags === "" ? undefined : entry.flags,
  ];
  // Paths and models come from clients: nothing of theirs may steer the terminal.
  const line = parts.filter((part) => part !== undefined).join("  ");
  return line.replace(/\p{Cc}/gu, "?");
}

function tokens({ inputTokens, outputTokens }: AccessLogEntry): string | undefined {
  return inputTokens === undefined ? undefined : `${inputTokens} in, ${outputTokens ?? 0} out`;
}

function cost(entry: AccessLogEntry, { models }: ResolvedModelGateway): string | undefined {
  const price = models.find(({ objectName }) => objectName === entry.backend)?.price;
  if (price === undefined || entry.inputTokens === undefined) {
    return undefined;
  }
  const usage = {
    inputTokens: entry.inputTokens,
    cachedInputTokens: entry.cachedInputTokens ?? 0,
    outputTokens: entry.outputTokens ?? 0,
  };
  return `$${(costInNanodollars(price, usage) / 1e9).toFixed(6)}`;
}
