import type { Dialect } from "../answers/dialect";
import { gatewayNamespace } from "../contract";
import { reportedUsage } from "../usage/metadataUsage";
import type { Usage } from "../usage/usage";
import type { HeaderReader, MetadataReader, ModeOverride, ProcessingResponse } from "../wire/messages";
import type { Admitted } from "./admitted";
import { answerMutation } from "./answerHeaders";
import { AnswerReading, type Reported } from "./answerReading";
import { backendOf, gatewayMembers } from "./billing";
import { unansweredFinding } from "./findings";
import type { OpenRequest } from "./openRequests";
import type { Parts } from "./parts";
import { replies, settledMetadata, untilEnd, wholeAnswer } from "./replies";
import { type Finding, nothingUsed } from "./settler";

type AnswerHeaders = {
  readonly headers: HeaderReader;
  readonly endOfStream: boolean;
  readonly metadata: MetadataReader;
};
type AnswerBody = {
  readonly body: Buffer;
  readonly endOfStream: boolean;
  readonly metadata: MetadataReader;
};

/** A request that went on: from the headers of its answer to its settlement. */
export class AnswerPhase implements Reported {
  private reading: AnswerReading | undefined;
  private isFinishing = false;
  usage: Usage | undefined;
  backend: string | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly dialect: Dialect,
    private readonly admitted: Admitted,
    private readonly open: OpenRequest,
  ) {}

  takeHeaders(message: AnswerHeaders): ProcessingResponse {
    const { headers, endOfStream, metadata } = message;
    const status = Number(headers.get(":status"));
    this.hear(metadata);
    const isSettled = this.settleAtHeaders(status);
    if (!isSettled && this.open.readsAnswer) {
      this.reading = this.read(status, headers);
      if (endOfStream) {
        this.finish(true);
      }
    }
    const mutation = answerMutation(this.dialect, this.admitted, headers);
    const mode = isSettled || endOfStream ? undefined : this.mode();
    return mutation === undefined && mode === undefined && !isSettled
      ? replies.responseHeaders
      : {
          kind: "responseHeaders",
          ...(mutation === undefined ? {} : { mutation }),
          ...(mode === undefined ? {} : { mode }),
          ...(isSettled ? { metadata: settledMetadata } : {}),
        };
  }

  /** Each piece waits for the answer to it: that is sent before the piece is looked at. */
  takeBody({ body, endOfStream, metadata }: AnswerBody, send: (reply: ProcessingResponse) => void): void {
    if (this.reading === undefined || this.isFinishing) {
      send(replies.responseBody);
      return;
    }
    if (!endOfStream) {
      send(replies.responseBody);
      this.reading.push(body);
      return;
    }
    this.hear(metadata);
    const isKnown = this.usage !== undefined;
    send(isKnown ? replies.settledBody : replies.responseBody);
    this.reading.push(body);
    this.finish(true, isKnown);
  }

  /** The stream is over: what is not settled was cut, or its log entry is to come. */
  end(): void {
    if (this.reading !== undefined) {
      this.finish(false);
    } else if (this.open.readsAnswer) {
      this.settle(unansweredFinding(this.open.reservation), false);
    } else if (this.open.reservation.budgets.length === 0) {
      this.parts.requests.drop(this.open);
    } else {
      this.parts.requests.awaitLog(this.open);
    }
  }

  /** An error has used nothing; and the usage of an answer that came in one piece is known before its body. */
  private settleAtHeaders(status: number): boolean {
    const { requests } = this.parts;
    if (status >= 400) {
      requests.settle(this.open, nothingUsed("stream", "error"), true);
      return true;
    }
    if (this.usage === undefined || (this.open.readsAnswer && this.needsClasses(this.usage))) {
      return false;
    }
    const finding = { usage: this.usage, backend: this.backend, reason: "stream" } as const;
    requests.settle(this.open, { ...finding, kind: "exact", source: "stream" }, true);
    return true;
  }

  /** The metadata knows nothing of images, audio, and how long a cache keeps what was written to it. */
  private needsClasses({ cacheWrite5m }: Usage): boolean {
    return cacheWrite5m > 0 || this.admitted.hasMedia;
  }

  private read(status: number, headers: HeaderReader): AnswerReading {
    const { reservation } = this.open;
    return new AnswerReading(
      reservation,
      this.parts.knowledge.of(reservation.model),
      status,
      headers.get("content-type"),
      headers.get("content-encoding"),
    );
  }

  private mode(): ModeOverride | undefined {
    if (this.reading !== undefined) {
      return wholeAnswer;
    }
    const isHeld = this.open.reservation.budgets.length > 0;
    return isHeld && this.parts.settings.lifetimeSignal ? untilEnd : undefined;
  }

  private hear(metadata: MetadataReader): void {
    const gateway = metadata.get(gatewayNamespace, gatewayMembers);
    this.usage = reportedUsage(this.open.reservation.endpoint, gateway) ?? this.usage;
    this.backend = backendOf(gateway) ?? this.backend;
  }

  private finish(isComplete: boolean, isMarked = false): void {
    if (this.reading === undefined || this.isFinishing) {
      return;
    }
    this.isFinishing = true;
    const settled = this.reading.finish(isComplete, this).then(
      (finding) => this.settle(finding, isMarked),
      (error: unknown) => {
        this.parts.telemetry.failure("answer", error);
        this.settleUnread(isMarked);
      },
    );
    this.parts.requests.follow(settled);
  }

  /** The log may have said more meanwhile. */
  private settle(finding: Finding, isMarked: boolean): void {
    const { logged } = this.open;
    this.parts.requests.settle(
      this.open,
      finding.kind === "estimated" ? (logged ?? finding) : finding,
      isMarked,
    );
  }

  /** Reading the answer failed: what the gateway says counts, now or in the log. */
  private settleUnread(isMarked: boolean): void {
    const { usage, backend } = this;
    const { logged } = this.open;
    if (usage !== undefined) {
      this.settle({ usage, backend, kind: "exact", source: "stream", reason: "stream" }, isMarked);
    } else if (logged !== undefined) {
      this.settle(logged, false);
    } else {
      this.open.readsAnswer = false;
      this.parts.requests.awaitLog(this.open);
    }
  }
}
