import { expect } from "vitest";
import { budgetNamespace } from "../../../extproc/contract";
import type { Processor } from "../../../extproc/service/processor";
import type { ProcessingRequest, ProcessingResponse } from "../../../extproc/wire/messages";
import { readRequest } from "../../../extproc/wire/readRequest";
import { WireError } from "../../../extproc/wire/wireError";
import { writeResponse } from "../../../extproc/wire/writeResponse";
import { decodeResponse } from "../wire/protos";

/** The field that an answer of each kind has. */
const kinds = [
  "requestHeaders",
  "requestBody",
  "responseHeaders",
  "responseBody",
  "requestTrailers",
  "responseTrailers",
] as const;

/** One stream of Envoy to the processor, by way of the bytes that travel. */
export class Wire {
  readonly own: Record<string, string> = {};
  readonly answers: Record<string, unknown>[] = [];
  readonly #taken = new Map<string, number>();
  readonly #handler;
  mode: Record<string, unknown> = {};
  isOver = false;

  constructor(processor: Processor) {
    this.#handler = processor.open((response) => this.#hear(response));
  }

  get isRefused(): boolean {
    return "immediateResponse" in (this.answers.at(-1) ?? {});
  }

  /** Answers what kind of message it was; `undefined` when it was none, which ends the stream. */
  tell(bytes: Buffer): ProcessingRequest["kind"] | undefined {
    let request: ProcessingRequest;
    try {
      request = readRequest(bytes);
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      this.end();
      return undefined;
    }
    this.#taken.set(request.kind, (this.#taken.get(request.kind) ?? 0) + 1);
    this.#handler.take(request);
    // As the server may: the memory is used again at once.
    bytes.fill(0x7b);
    return request.kind;
  }

  end(): void {
    if (!this.isOver) {
      this.isOver = true;
      this.#handler.end();
    }
  }

  #hear(response: ProcessingResponse): void {
    const answer = decodeResponse(writeResponse(response).subarray(5));
    const kind = kinds.find((one) => one in answer);
    // Envoy takes one answer to a message, of its kind, and none after it was told to answer the client itself.
    expect(this.isOver || this.isRefused, "an answer after the end").toBe(false);
    if (kind !== undefined) {
      const left = (this.#taken.get(kind) ?? 0) - 1;
      expect(left, `an answer to no message: ${kind}`).toBeGreaterThanOrEqual(0);
      this.#taken.set(kind, left);
    } else {
      expect(answer).toHaveProperty("immediateResponse");
    }
    this.answers.push(answer);
    Object.assign(this.mode, answer["modeOverride"]);
    Object.assign(this.own, "metadata" in response ? response.metadata?.[budgetNamespace] : {});
  }
}
