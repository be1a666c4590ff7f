import { noUsage } from "../usage/usage";
import type { LogEntry } from "../wire/messages";
import type { ModelKnowledge } from "./modelKnowledge";
import type { Reservation } from "./reservation";
import type { Finding } from "./settler";

/** Bytes of a JSON answer to a token, on the careful side. */
const jsonBytesPerToken = 3;

/** What a request is charged of whose end nothing was heard: what was expected of it. */
export function expectedFinding(reservation: Reservation): Finding {
  return estimated(reservation, reservation.outputTokens, "expiry", "lost", undefined);
}

/**
 * What the log says of a request without saying what it used: an error has used nothing, a stream what its bytes are
 * worth. Of an answer that would have come in one piece, and was cut, nothing is known: it counts as expected.
 */
export function loggedFinding(
  reservation: Reservation,
  entry: LogEntry,
  backend: string | undefined,
  knowledge: ModelKnowledge,
): Finding {
  if (entry.status >= 400) {
    return { usage: noUsage, kind: "nothing", source: "log", reason: "error", backend };
  }
  const { responseBodyBytes } = entry;
  const isCut = entry.isClientCut || entry.isUpstreamCut || entry.status === 0;
  const output =
    unseenOutput(reservation, responseBodyBytes, isCut) ?? knowledge.tokensOfStream(responseBodyBytes);
  const bounded = Math.min(reservation.mostOutput, output);
  return estimated(reservation, bounded, "log", isCut ? "cut" : "log", backend);
}

/** Output tokens of an answer in one piece; `undefined` of a stream with bytes. */
function unseenOutput(
  { isStream, outputTokens }: Reservation,
  bytes: number,
  isCut: boolean,
): number | undefined {
  if (isStream) {
    return bytes === 0 ? 0 : undefined;
  }
  return isCut ? outputTokens : Math.min(outputTokens, Math.ceil(bytes / jsonBytesPerToken));
}

function estimated(
  { inputTokens }: Reservation,
  outputText: number,
  source: Finding["source"],
  reason: string,
  backend: string | undefined,
): Finding {
  const usage = { ...noUsage, inputFresh: inputTokens, outputText, requests: 1 };
  return { usage, kind: "estimated", source, reason, backend };
}
