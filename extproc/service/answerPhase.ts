import { gatewayNamespace } from "../contract";
import { pricesCacheWrites } from "../policy/backendPrice";
import { Endpoint } from "../usage/endpoint";
import { reportedUsage } from "../usage/metadataUsage";
import { outputTokensOf, type Usage } from "../usage/usage";
import type { MetadataReader, ProcessingRequest, ProcessingResponse } from "../wire/messages";
import type { Admitted } from "./admitted";
import { AnswerReading, type Reported } from "./answerReading";
import { backendOf, firstTokenOf, gatewayMembers } from "./billing";
import type { OpenRequest } from "./openRequests";
import type { Parts } from "./parts";
import { replies } from "./replies";
import { untoldWrites } from "./reservation";
import { type Finding, nothingUsed } from "./settler";

type AnswerBody = Omit<Extract<ProcessingRequest, { kind: "responseBody" }>, "kind">;

/** A request that went on: from the first piece of its answer to its settlement. */
export class AnswerPhase implements Reported {
  private reading: AnswerReading | undefined;
  private hasBegun = false;
  private bytes = 0;
  /** Settled, or read to its end: what may follow says nothing more. */
  private isOver = false;
  usage: Usage | undefined;
  backend: string | undefined;
  private firstTokenMs: number | undefined;

  constructor(
    private readonly parts: Parts,
    private readonly admitted: Admitted,
    private readonly open: OpenRequest,
  ) {}

  /** Each piece waits for the answer to it: that is sent before the piece is looked at. */
  take(piece: AnswerBody, send: (reply: ProcessingResponse) => void): void {
    const { body, endOfStream, metadata } = piece;
    if (this.isOver) {
      send(replies.responseBody);
      return;
    }
    const isFirst = !this.hasBegun;
    this.hasBegun = true;
    this.bytes += body.length;
    if (isFirst || endOfStream) {
      this.hear(metadata);
    }
    if (isFirst && this.begin(piece)) {
      this.isOver = true;
      send(replies.settledBody);
      return;
    }
    const isKnown = endOfStream && this.usage !== undefined;
    send(isKnown ? replies.settledBody : replies.responseBody);
    this.reading?.push(body);
    if (this.reading !== undefined && endOfStream) {
      this.finish(true, isKnown);
    } else if (isKnown) {
      this.isOver = true;
      this.learnLength();
      this.settleByMetadata();
    }
  }

  /** The stream is over: what is not settled was cut, had no body, or its log entry is to come. */
  end(): void {
    const { open, parts } = this;
    if (this.reading !== undefined) {
      this.finish(false);
    } else if (open.reservation.budgets.length === 0) {
      parts.requests.drop(open);
    } else if (open.logged !== undefined) {
      parts.requests.settle(open, open.logged);
    } else {
      open.readsAnswer = false;
      parts.requests.awaitLog(open);
    }
  }

  /**
   * Whether the first piece settles it already: an error has used nothing, and the usage of an answer that came in one
   * piece is known.
   */
  private begin({ status = 200 }: AnswerBody): boolean {
    if (status >= 400) {
      this.parts.requests.settle(this.open, nothingUsed("stream", "error"), true);
      return true;
    }
    if (this.usage !== undefined && !(this.open.readsAnswer && this.needsClasses(this.usage))) {
      this.settleByMetadata();
      return true;
    }
    if (this.open.readsAnswer) {
      const { reservation } = this.open;
      this.reading = new AnswerReading(reservation, this.parts.knowledge.of(reservation.model), status);
    }
    return false;
  }

  /** What the log would have taught. */
  private learnLength(): void {
    const { usage, bytes } = this;
    const { model, isStream } = this.open.reservation;
    if (isStream && usage !== undefined && outputTokensOf(usage) > 0) {
      this.parts.knowledge.of(model).observeStream(bytes, usage);
    }
  }

  private settleByMetadata(): void {
    const { usage, backend, firstTokenMs } = this;
    if (usage !== undefined) {
      const found = { usage, backend, firstTokenMs };
      const finding = { ...found, kind: "exact", source: "stream", reason: "stream" } as const;
      this.parts.requests.settle(this.open, finding, true);
    }
  }

  /**
   * The metadata knows nothing of images, audio, how long a cache keeps what was written to it, and what OpenAI's models
   * write to theirs.
   */
  private needsClasses({ cacheWrite5m, cacheWrite1h }: Usage): boolean {
    const { policy, reservation } = this.open;
    if (cacheWrite5m + cacheWrite1h > 0 || this.admitted.hasMedia) {
      return true;
    }
    const model = policy.models.get(reservation.model);
    return reservation.endpoint !== Endpoint.Messages && model !== undefined && pricesCacheWrites(model);
  }

  private hear(metadata: MetadataReader): void {
    const gateway = metadata.get(gatewayNamespace, gatewayMembers);
    const { reservation } = this.open;
    this.usage = reportedUsage(reservation.endpoint, gateway, untoldWrites(reservation)) ?? this.usage;
    this.backend = backendOf(gateway) ?? this.backend;
    this.firstTokenMs = firstTokenOf(gateway) ?? this.firstTokenMs;
  }

  private finish(isComplete: boolean, isMarked = false): void {
    if (this.reading === undefined || this.isOver) {
      return;
    }
    this.isOver = true;
    const settled = this.reading.finish(isComplete, this).then(
      (finding) => this.settle(finding, isMarked),
      (error: unknown) => {
        this.parts.telemetry.failure("answer", error);
        this.settleUnread(isMarked);
      },
    );
    this.parts.requests.follow(settled);
  }

  /** The log may have said more meanwhile; what it estimates is less than what was seen. */
  private settle(finding: Finding, isMarked: boolean): void {
    const { logged } = this.open;
    const isMore = finding.kind === "estimated" && logged !== undefined && logged.kind !== "estimated";
    const { firstTokenMs } = this;
    this.parts.requests.settle(this.open, isMore ? logged : { ...finding, firstTokenMs }, isMarked);
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
