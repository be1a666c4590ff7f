import { type Answer, type Dialect, errorAnswer } from "../answers/dialect";
import { budgetNamespace } from "../contract";
import { credentialHeaders } from "../policy/access";
import type { ProcessingResponse } from "../wire/messages";

/** Member of our metadata that says that a request is settled: its log entry needs no look. */
export const settledKey = "settled";

const settledMark = Object.freeze({ [budgetNamespace]: Object.freeze({ [settledKey]: "1" }) });

/**
 * Answers that are the same for every request. Each is one object that never changes, so that it is encoded once.
 */
export const replies = Object.freeze({
  /**
   * The body of its answer is sent to us, never the headers: while Envoy holds them here, a stream whose end has come
   * to AI Gateway's filter already loses what that has not passed on yet.
   */
  watched: Object.freeze({
    kind: "requestHeaders",
    mode: Object.freeze({ responseHeaders: "skip", responseBody: "streamed" }),
  }),
  /** Nothing more of this request is sent to us. */
  skip: Object.freeze({
    kind: "requestHeaders",
    mode: Object.freeze({ requestBody: "none", responseHeaders: "skip" }),
  }),
  /** Nothing of its answer is sent to us. */
  unwatched: Object.freeze({ kind: "requestHeaders", mode: Object.freeze({ responseHeaders: "skip" }) }),
  /** The same, but for the time when the answer has ended: Envoy waits for trailers, which are seldom there. */
  unwatchedUntilEnd: Object.freeze({
    kind: "requestHeaders",
    mode: Object.freeze({ responseHeaders: "skip", responseTrailers: "send" }),
  }),
  requestBody: Object.freeze({ kind: "requestBody" }),
  responseHeaders: Object.freeze({ kind: "responseHeaders" }),
  responseBody: Object.freeze({ kind: "responseBody" }),
  /** For the piece of an answer that told what it used. */
  settledBody: Object.freeze({ kind: "responseBody", metadata: settledMark }),
  requestTrailers: Object.freeze({ kind: "requestTrailers" }),
  responseTrailers: Object.freeze({ kind: "responseTrailers" }),
} as const) satisfies Readonly<Record<string, ProcessingResponse>>;

/** By what clients prove who they are ends here. */
const withoutCredentials = Object.freeze({ removeHeaders: Object.freeze([...credentialHeaders]) });

/** The same answers to headers, for requests whose credentials are taken out. */
export const strippedReplies = Object.freeze({
  watched: Object.freeze({ ...replies.watched, mutation: withoutCredentials }),
  skip: Object.freeze({ ...replies.skip, mutation: withoutCredentials }),
  unwatched: Object.freeze({ ...replies.unwatched, mutation: withoutCredentials }),
  unwatchedUntilEnd: Object.freeze({ ...replies.unwatchedUntilEnd, mutation: withoutCredentials }),
} as const) satisfies Readonly<Record<string, ProcessingResponse>>;

/** An answer in place of a model's. `details` is a stable code. */
export function immediate(answer: Answer, details: string): ProcessingResponse {
  const { status, headers, body } = answer;
  return { kind: "immediate", status, headers, body, details };
}

/** Something went wrong here: 500. Nothing is said of what it was. */
export function failedAnswer(dialect: Dialect, requestId: string | undefined): Answer {
  return errorAnswer(
    dialect,
    {
      status: 500,
      message: "The gateway could not check the budgets of this request.",
      openAiType: "server_error",
      openAiCode: "internal_error",
      anthropicType: "api_error",
    },
    [],
    requestId,
  );
}
