import { Dialect } from "../answers/dialect";
import type { ExchangeHandler, ProcessingRequest, ProcessingResponse } from "../wire/messages";
import { AnswerPhase } from "./answerPhase";
import { authenticate } from "./authenticate";
import { groupsOf, noGroups } from "./caller";
import { answerBudgets } from "./callerBudgets";
import type { OpenRequest } from "./openRequests";
import type { Parts } from "./parts";
import { refusalInFront, refuseCaller } from "./refuseCaller";
import { failedAnswer, immediate, replies } from "./replies";
import { type BodyVerdict, decideOn, refuseInvalid } from "./requestBody";
import { type RequestHead, readHead } from "./requestHead";
import { nothingUsed } from "./settler";
import { answerByRules } from "./usableModels";

/**
 * The life of one request: its headers say who calls, its body what it may cost; then it goes on or is refused. The
 * answer, or its log entry, says what it did cost. An error of ours refuses a request that did not go on yet, and
 * lets the answer to one that did pass.
 */
export class Exchange implements ExchangeHandler {
  private head: RequestHead | undefined;
  private open: OpenRequest | undefined;
  private answer: AnswerPhase | undefined;
  /** Its headers came here, and not only those of an answer that somebody in front of us gave. */
  private isSeen = false;
  private hasBody = false;
  private isRefused = false;
  private isOver = false;
  /** The last message has its answer. */
  private isAnswered = true;

  constructor(
    private readonly parts: Parts,
    private readonly send: (response: ProcessingResponse) => void,
  ) {}

  take(message: ProcessingRequest): void {
    if (this.isOver || this.isRefused) {
      return;
    }
    this.isAnswered = false;
    try {
      this.route(message);
    } catch (error) {
      this.fail(message.kind, error);
    }
  }

  end(): void {
    if (this.isOver) {
      return;
    }
    this.isOver = true;
    try {
      this.answer?.end();
    } catch (error) {
      this.parts.telemetry.failure("exchange_end", error);
    }
  }

  private route(message: ProcessingRequest): void {
    switch (message.kind) {
      case "requestHeaders":
        this.takeRequestHeaders(message);
        return;
      case "requestBody":
        this.takeRequestBody(message.body);
        return;
      case "responseHeaders":
        // Of an answer that no model gave, such as that of authentication: of all others we ask for none.
        this.reply(this.isSeen ? replies.responseHeaders : refusalInFront(this.parts, message));
        return;
      case "responseBody":
        if (this.answer === undefined) {
          this.reply(replies.responseBody);
        } else {
          this.answer.take(message, (reply) => this.reply(reply));
        }
        return;
      case "requestTrailers":
      case "responseTrailers":
        this.reply(replies[message.kind]);
        return;
      case "unknown":
        // Nothing answers it; Envoy ends the stream in its own time.
        this.parts.telemetry.failure("unknown_message", new Error("a message of an unknown kind"));
    }
  }

  private takeRequestHeaders(message: Extract<ProcessingRequest, { kind: "requestHeaders" }>): void {
    this.isSeen = true;
    if (this.head !== undefined) {
      throw new Error("a request came with headers twice");
    }
    const { parts } = this;
    const policy = parts.policy();
    const { caller, unproven } = authenticate(policy, parts.keys(), message, parts.now());
    if (unproven !== undefined) {
      this.reply(refuseCaller(parts, message.headers, unproven));
      return;
    }
    // Rules alone look at them.
    const groups = policy.access?.rules === undefined ? noGroups : groupsOf(policy, message.metadata);
    const subject = { attributes: caller, groups };
    const answer =
      answerBudgets(parts, policy, message.headers, subject) ??
      answerByRules(policy, message.headers, subject);
    if (answer instanceof Promise) {
      this.follow("requestHeaders", answer, (late) => this.reply(late));
      return;
    }
    if (answer !== undefined) {
      this.reply(answer);
      return;
    }
    const { head, problem, reply } = readHead(policy, parts.settings, message, { caller, groups });
    this.head = head;
    const isBad = head !== undefined && problem !== undefined;
    this.reply(isBad ? refuseInvalid(parts, head, problem).reply : reply);
  }

  private takeRequestBody(body: Buffer): void {
    const { head } = this;
    if (head === undefined) {
      this.reply(replies.requestBody);
      return;
    }
    if (this.hasBody) {
      throw new Error("a request came with a second body");
    }
    this.hasBody = true;
    const verdict = decideOn(this.parts, head, body);
    if (verdict instanceof Promise) {
      this.follow("requestBody", verdict, (decided) => this.takeVerdict(head, decided));
    } else {
      this.takeVerdict(head, verdict);
    }
  }

  private follow<T>(kind: ProcessingRequest["kind"], answer: Promise<T>, take: (answer: T) => void): void {
    this.parts.requests.follow(answer.then(take).catch((error: unknown) => this.fail(kind, error)));
  }

  private takeVerdict(head: RequestHead, { admitted, reply }: BodyVerdict): void {
    const { parts } = this;
    if (admitted !== undefined) {
      const { reservation, readsAnswer, outcome } = admitted;
      const { policy, requestId = "" } = head;
      this.open = { reservation, policy, requestId, outcome, readsAnswer, logged: undefined };
      parts.requests.add(this.open);
      if (this.isOver || this.isRefused) {
        // It was given up before it was let through: no model has seen it.
        parts.requests.settle(this.open, nothingUsed("stream", "gone"), true);
        return;
      }
      this.answer = new AnswerPhase(parts, admitted, this.open);
    }
    this.reply(reply);
  }

  private reply(response: ProcessingResponse): void {
    if (!this.isOver && !this.isAnswered) {
      this.isAnswered = true;
      this.isRefused ||= response.kind === "immediate";
      this.send(response);
    }
  }

  private fail(kind: ProcessingRequest["kind"], error: unknown): void {
    this.parts.telemetry.failure("exchange", error);
    if (kind === "requestHeaders" || kind === "requestBody") {
      const dialect = this.head?.dialect ?? Dialect.OpenAi;
      // Even if something was said already: a request that we lost track of must not go on.
      this.isAnswered = false;
      this.reply(immediate(failedAnswer(dialect, this.head?.requestId), "budget_internal"));
      this.isRefused = true;
      if (this.open !== undefined) {
        this.parts.requests.settle(this.open, nothingUsed("stream", "error"), true);
      }
    } else if (kind === "responseHeaders" || kind === "responseBody") {
      this.reply(replies[kind]);
    }
  }
}
