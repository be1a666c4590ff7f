import { ResponseReader } from "../usage/responseReader";
import { settleUsage } from "../usage/settleUsage";
import { inputTokensOf, type Usage } from "../usage/usage";
import type { ModelKnowledge } from "./modelKnowledge";
import { type Reservation, untoldWrites } from "./reservation";
import type { Finding } from "./settler";

/** What the gateway's metadata said, as far as it did. */
export interface Reported {
  readonly usage: Usage | undefined;
  readonly backend: string | undefined;
}

/** Reads one answer while it passes, and says at its end what it used. */
export class AnswerReading {
  private readonly reader: ResponseReader;

  constructor(
    private readonly reservation: Reservation,
    private readonly knowledge: ModelKnowledge,
    private readonly status: number,
  ) {
    this.reader = new ResponseReader(reservation.endpoint, reservation.isStream, untoldWrites(reservation));
  }

  push(chunk: Buffer): void {
    this.reader.push(chunk);
  }

  /**
   * The answer's own report tells more classes of tokens apart than the metadata; the metadata is as exact, and knows
   * the input of streams that the gateway translated without it. Without either it is estimated.
   */
  async finish(isComplete: boolean, { usage, backend }: Reported): Promise<Finding> {
    const { reservation, knowledge, status } = this;
    const report = await this.reader.finish(isComplete);
    const { choices } = reservation.request;
    const settled = settleUsage(status, report, reservation, knowledge.estimator);
    const reason = isComplete ? "stream" : "cut";
    if (settled.kind === "exact") {
      knowledge.observeAnswer(report, choices);
      const lacksInput = inputTokensOf(settled.usage) === 0;
      const whole = lacksInput && usage !== undefined ? usage : settled.usage;
      return { usage: whole, kind: "exact", source: "stream", reason, backend };
    }
    if (usage !== undefined) {
      return { usage, kind: "exact", source: "stream", reason, backend };
    }
    const all = knowledge.withHidden(settled, report, choices, reservation.mostOutput);
    return { ...all, source: "stream", reason: all.kind === "nothing" ? "error" : reason, backend };
  }
}
