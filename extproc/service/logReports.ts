import { budgetNamespace, gatewayNamespace } from "../contract";
import type { Policy } from "../policy/policy";
import { reportedUsage } from "../usage/metadataUsage";
import { outputTokensOf, type Usage } from "../usage/usage";
import type { LogEntry } from "../wire/messages";
import { backendOf, firstTokenOf, gatewayMembers } from "./billing";
import { loggedFinding } from "./findings";
import type { Knowledge } from "./modelKnowledge";
import type { OpenRequests } from "./openRequests";
import { settledKey } from "./replies";
import { type Reservation, readReservation, untoldWrites } from "./reservation";
import type { Finding } from "./settler";
import type { Telemetry } from "./telemetry";

/** Members of our metadata beside the mark of a settled request. */
export const recordKeys = { id: "id", reservation: "r" } as const;
const ownMembers: readonly string[] = [recordKeys.id, recordKeys.reservation, settledKey];

/**
 * Settles requests by their access log entries, whichever replica admitted them. Entries of requests that are settled,
 * or were never admitted, cost a look at their metadata.
 */
export class LogReports {
  constructor(
    private readonly policy: () => Policy,
    private readonly telemetry: Telemetry,
    private readonly knowledge: Knowledge,
    private readonly requests: OpenRequests,
  ) {}

  /** Never throws. */
  take(entry: LogEntry): void {
    try {
      const own = entry.metadata.get(budgetNamespace, ownMembers);
      const id = own?.[recordKeys.id];
      if (own !== undefined && own[settledKey] === undefined && typeof id === "string") {
        this.settle(id, own[recordKeys.reservation], entry);
      }
    } catch (error) {
      this.telemetry.failure("log_entry", error);
    }
  }

  private settle(id: string, text: unknown, entry: LogEntry): void {
    const gateway = entry.metadata.get(gatewayNamespace, gatewayMembers);
    const backend = backendOf(gateway);
    const open = this.requests.get(id);
    const reservation = open?.reservation ?? readReservation(id, text);
    if (reservation === undefined) {
      this.telemetry.failure("log_record", new Error("a log entry holds no reservation"));
      return;
    }
    const usage = reportedUsage(reservation.endpoint, gateway, untoldWrites(reservation));
    const firstTokenMs = reservation.isStream ? firstTokenOf(gateway) : undefined;
    const finding = { ...this.finding(reservation, entry, usage, backend), firstTokenMs };
    const isEstimate = finding.kind === "estimated";
    if (open?.readsAnswer === true) {
      open.logged = isEstimate ? (open.logged ?? finding) : finding;
      return;
    }
    if (open !== undefined) {
      this.requests.settle(open, finding);
      return;
    }
    const before = this.requests.settledAs(id);
    if (before === undefined || (before === "estimated" && !isEstimate)) {
      const request = { reservation, policy: this.policy(), requestId: entry.requestId, outcome: undefined };
      this.requests.settleForeign(request, finding);
    }
  }

  private finding(
    reservation: Reservation,
    entry: LogEntry,
    usage: Usage | undefined,
    backend: string | undefined,
  ): Finding {
    const known = this.knowledge.of(reservation.model);
    if (usage === undefined) {
      return loggedFinding(reservation, entry, backend, known);
    }
    if (reservation.isStream && outputTokensOf(usage) > 0) {
      known.observeStream(entry.responseBodyBytes, usage);
    }
    return { usage, kind: "exact", source: "log", reason: "log", backend };
  }
}
