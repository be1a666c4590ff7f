/** In which form a client expects errors and headers. */
export const Dialect = { OpenAi: "openai", Anthropic: "anthropic" } as const;
export type Dialect = (typeof Dialect)[keyof typeof Dialect];

/** What we answer in place of a model. */
export interface Answer {
  readonly status: number;
  /** Names in lower case, in this order; `content-length` fits the body. */
  readonly headers: readonly (readonly [string, string])[];
  /** JSON, UTF-8. */
  readonly body: string;
}

/** What is wrong, in the words of both vendors. */
export interface ErrorWords {
  readonly status: number;
  readonly message: string;
  readonly openAiType: string;
  readonly openAiCode: string;
  readonly openAiParam?: string;
  readonly anthropicType: string;
}

/** An error in a client's dialect. `requestId` stands in Anthropic's body, as theirs does. */
export function errorAnswer(
  dialect: Dialect,
  words: ErrorWords,
  headers: readonly (readonly [string, string])[],
  requestId?: string,
): Answer {
  const { status, message } = words;
  const body =
    dialect === Dialect.Anthropic
      ? { type: "error", error: { type: words.anthropicType, message }, request_id: requestId ?? null }
      : {
          error: {
            message,
            type: words.openAiType,
            param: words.openAiParam ?? null,
            code: words.openAiCode,
          },
        };
  const text = JSON.stringify(body);
  return {
    status,
    headers: [
      ["content-type", "application/json"],
      ["content-length", String(Buffer.byteLength(text))],
      ...headers,
    ],
    body: text,
  };
}
