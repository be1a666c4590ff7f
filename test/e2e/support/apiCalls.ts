import { randomUUID } from "node:crypto";
import { helloWorld } from "./gateway";

export type Headers = Readonly<Record<string, string>>;

export const bearer = (text: string): Headers => ({ authorization: `Bearer ${text}` });

/** An answer, as a client without an SDK sees it. */
export interface Reply {
  readonly status: number;
  readonly requestId: string;
  readonly headers: globalThis.Headers;
  /** Parsed where it is JSON. */
  readonly body: unknown;
}

/** Calls of both APIs, each with headers of the caller's choice; remembers what they were proven by. */
export class ApiCalls {
  readonly #sent = new Set<string>();

  constructor(
    private readonly baseUrl: () => string,
    private readonly usualModel: string,
  ) {}

  /** What may stand in no log: everything that looked like a key or a token, and the parts of tokens. */
  get credentials(): readonly string[] {
    const texts = [...this.#sent].map((text) =>
      text.replace(/^((bearer|basic)\s+|\?access_token=)/i, "").trim(),
    );
    // Names of keys are shorter, and are no secret.
    return [...new Set(texts.flatMap((text) => [text, ...text.split(".")]))].filter(
      ({ length }) => length > 10,
    );
  }

  /** Notes a text with credentials that is sent in another place. */
  remember(text: string): void {
    this.#sent.add(text);
  }

  chat(headers: Headers, model = this.usualModel, more: object = {}): Promise<Reply> {
    return this.post("/v1/chat/completions", headers, { model, ...more });
  }

  message(headers: Headers, model = this.usualModel, more: object = {}): Promise<Reply> {
    return this.post("/anthropic/v1/messages", headers, { model, ...more });
  }

  get(path: string, headers: Headers): Promise<Reply> {
    return this.#ask(path, headers, undefined);
  }

  /** Ids of the models that are listed. */
  async models(headers: Headers, path = "/v1/models"): Promise<readonly string[]> {
    const { body } = await this.get(path, headers);
    return (body as { readonly data: readonly { readonly id: string }[] }).data.map(({ id }) => id);
  }

  post(path: string, headers: Headers, body: object): Promise<Reply> {
    return this.#ask(path, headers, { messages: helloWorld, max_tokens: 5, ...body });
  }

  async #ask(path: string, headers: Headers, body: object | undefined): Promise<Reply> {
    const requestId = randomUUID();
    for (const [name, value] of Object.entries(headers)) {
      if (!/content-type|request-id/i.test(name)) {
        this.remember(value);
      }
    }
    const response = await fetch(`${this.baseUrl()}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { "content-type": "application/json", "x-request-id": requestId, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get("content-type")?.startsWith("application/json") ?? false;
    return {
      status: response.status,
      requestId: headers["x-request-id"] ?? requestId,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  }
}

/** An error in the words of OpenAI's API. */
export function openAiError(message: string, code: string, param: string | null = null): object {
  return { error: { message, type: "invalid_request_error", param, code } };
}

/** An error in the words of Anthropic's API. */
export function anthropicError(message: string, type: string, requestId: string | null): object {
  return { type: "error", error: { type, message }, request_id: requestId };
}
