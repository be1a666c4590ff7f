import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { gatewayNamespace } from "../../../extproc/contract";
import { chatEnd, chatFrame, gatewayUsage, type Metadata } from "../service/support/exchanges";
import { encodeRequest, statusAttributes, toMetadata } from "../wire/protos";
import type { Dice } from "./dice";

/** What Envoy says to the processor about one request, message by message. */
export interface Message {
  kind: "requestHeaders" | "requestBody" | "responseHeaders" | "responseBody" | "responseTrailers";
  headers: Record<string, string>;
  body: Buffer;
  endOfStream: boolean;
  metadata: Metadata;
  /** Of an answer: Envoy tells it with the first piece of a body. */
  status: number | undefined;
}

/** One request from its headers to its log entry, as it goes when nothing goes wrong. */
export interface Course {
  readonly messages: readonly Message[];
  readonly status: number;
  /** What the gateway knows when it writes the log entry. */
  readonly metadata: Metadata;
  readonly bytes: number;
}

const identityNamespace = "envoy.filters.http.jwt_authn";

interface Answer {
  readonly json: object;
  readonly stream?: string;
}
type Call = readonly [path: string, body: object, answer: Answer];

const chatUsage = (input: number, output: number) => ({
  prompt_tokens: input,
  completion_tokens: output,
  prompt_tokens_details: { cached_tokens: Math.floor(input / 3), audio_tokens: Math.floor(input / 5) },
  completion_tokens_details: { reasoning_tokens: Math.floor(output / 4) },
});
const itemUsage = (input: number, output: number) => ({
  input_tokens: input,
  output_tokens: output,
  input_tokens_details: { cached_tokens: Math.floor(input / 2) },
});

function events(...data: readonly { readonly type: string }[]): string {
  return data.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}

/** A call to every endpoint in its dialect, with both forms of its answer where it has two. */
function callOf(dice: Dice, input: number, output: number): Call {
  const text = dice
    .pick(["a few words ", "Grüße, 世界 🎉 ", 'a "quoted" \\ line\n'])
    .repeat(1 + dice.below(8));
  const model = dice.chance(0.95) ? dice.pick(["m", "n"]) : "nobody's";
  const stream = dice.chance(0.6);
  const base = { model, ...(stream ? { stream } : {}) };
  const cap = dice.chance(0.7) ? { max_tokens: 1 + dice.below(400) } : {};
  const messages = [{ role: "user", content: text }];
  const completion = { ...chatUsage(input, output) };
  const calls: readonly [Call, ...Call[]] = [
    [
      "/v1/chat/completions",
      { ...base, ...cap, messages, n: 1 + dice.below(3) },
      {
        json: { object: "chat.completion", choices: [{ message: { content: text } }], usage: completion },
        stream: chatFrame(text) + chatFrame("!") + chatEnd(dice.chance(0.8) ? completion : undefined),
      },
    ],
    [
      "/v1/chat/completions",
      {
        ...base,
        max_completion_tokens: 50,
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text },
              { type: "image_url", image_url: { url: `data:image/png;base64,${"iVBOR".repeat(40)}` } },
              { type: "input_audio", input_audio: { data: "UklGR".repeat(9), format: "wav" } },
            ],
          },
        ],
      },
      { json: { choices: [{ message: { content: null } }], usage: completion }, stream: chatFrame(text) },
    ],
    [
      "/v1/completions",
      { ...base, ...cap, prompt: dice.chance(0.5) ? text : [[1, 2, 3], [4]] },
      { json: { choices: [{ text }], usage: completion }, stream: chatEnd(completion) },
    ],
    [
      "/v1/responses",
      {
        ...base,
        input: text,
        max_output_tokens: 90,
        ...(dice.chance(0.3) ? { previous_response_id: "r" } : {}),
      },
      {
        json: { object: "response", output: [], usage: itemUsage(input, output) },
        stream: events(
          { type: "response.output_text.delta", ...{ delta: text } },
          { type: "response.completed", ...{ response: { usage: itemUsage(input, output) } } },
        ),
      },
    ],
    [
      "/v1/embeddings",
      { model, input: [text, text] },
      { json: { data: [{ embedding: [0.1] }], usage: { prompt_tokens: input, total_tokens: input } } },
    ],
    [
      "/v1/images/generations",
      { model, prompt: text, n: 1 + dice.below(4), size: "1024x1024" },
      { json: { data: [{ b64_json: "QUJD".repeat(50) }, { url: "u" }], usage: itemUsage(input, output) } },
    ],
    ["/v1/audio/speech", { model, input: text }, { json: { usage: itemUsage(input, output) } }],
    [
      "/cohere/v2/rerank",
      { model, query: text, documents: [text, text] },
      { json: { results: [], usage: { prompt_tokens: input, total_tokens: input } } },
    ],
    [
      "/anthropic/v1/messages",
      { ...base, max_tokens: 1 + dice.below(300), messages, ...(dice.chance(0.3) ? { system: text } : {}) },
      {
        json: {
          type: "message",
          content: [{ type: "text", text }],
          usage: { ...itemUsage(input, output), cache_creation: { ephemeral_1h_input_tokens: 3 } },
        },
        stream: events(
          {
            type: "message_start",
            ...{ message: { usage: { input_tokens: input, output_tokens: 1, cache_read_input_tokens: 4 } } },
          },
          { type: "content_block_delta", ...{ delta: { type: "thinking_delta", thinking: text } } },
          { type: "content_block_delta", ...{ delta: { type: "text_delta", text } } },
          { type: "message_delta", ...{ usage: { output_tokens: output } } },
          { type: "message_stop" },
        ),
      },
    ],
  ];
  return dice.pick(calls);
}

/** A form with a file in it, as speech is sent. */
function formOf(dice: Dice): { path: string; type: string; body: Buffer } {
  const part = (head: string, body: string) =>
    `--bound\r\ncontent-disposition: form-data; name=${head}\r\n\r\n${body}\r\n`;
  const file = part('"file"; filename="a.mp3"', "ID3\u0000".repeat(50));
  const text = `${part('"model"', "m")}${part('"stream"', dice.pick(["true", "false"]))}${file}--bound--\r\n`;
  const path = `/v1/audio/${dice.pick(["transcriptions", "translations"])}`;
  return { path, type: "multipart/form-data; boundary=bound", body: Buffer.from(text) };
}

function requestOf(dice: Dice, input: number, output: number) {
  const [path, json, answer] = callOf(dice, input, output);
  if (dice.chance(0.1)) {
    const { path: other, type, body } = formOf(dice);
    return { path: other, type, body, answer: { json: { text: "a", usage: itemUsage(input, output) } } };
  }
  return { path, type: "application/json", body: Buffer.from(JSON.stringify(json)), answer };
}

const compressions = [gzipSync, deflateSync, brotliCompressSync] as const;

function encoded(dice: Dice, body: Buffer): Buffer {
  return dice.chance(0.8) ? body : dice.pick(compressions)(body);
}

/** Cuts anywhere, in the middle of characters and line ends too. */
function pieces(dice: Dice, body: Buffer): Buffer[] {
  const borders = Array.from({ length: dice.below(7) }, () => dice.below(body.length + 1)).sort(
    (a, b) => a - b,
  );
  const cuts = [0, ...borders, body.length];
  return cuts.slice(1).map((end, index) => body.subarray(cuts[index], end));
}

function message(kind: Message["kind"], more: Partial<Message> = {}): Message {
  return {
    kind,
    headers: {},
    body: Buffer.alloc(0),
    endOfStream: false,
    metadata: {},
    status: undefined,
    ...more,
  };
}

function requestMessages(dice: Dice, path: string, type: string, body: Buffer): Message[] {
  const user: Record<string, string> = dice.chance(0.8) ? { "x-user-id": `user-${dice.below(4)}` } : {};
  const forged: Record<string, string> = dice.chance(0.1) ? { "x-tier": "more", "x-ai-eg-model": "n" } : {};
  const id = { "x-request-id": `r-${dice.below(1_000)}`, "content-length": String(body.length) };
  const fixed = { ":method": "POST", ":path": dice.chance(0.97) ? path : "/v1/models", "content-type": type };
  const metadata: Metadata = dice.chance(0.5)
    ? { [identityNamespace]: { payload: { team: dice.pick(["search", "ads"]) } } }
    : {};
  return [
    message("requestHeaders", { headers: { ...fixed, ...user, ...forged, ...id }, metadata }),
    message("requestBody", { body, endOfStream: true, metadata }),
  ];
}

/** A request that goes well, or that the provider refuses, from its headers to its log entry. */
export function courseOf(dice: Dice): Course {
  const [input, output] = [1 + dice.below(900), dice.below(300)];
  const { path, type, body, answer } = requestOf(dice, input, output);
  const fails = dice.chance(0.1);
  const status = fails ? dice.pick([400, 429, 500, 529]) : 200;
  const streams = "stream" in answer && !fails && dice.chance(0.6);
  const whole = fails
    ? '{"error":{"message":"no"}}'
    : streams
      ? (answer.stream ?? "")
      : JSON.stringify(answer.json);
  const backend = dice.pick(["default/a", "default/b", "default/none"]);
  const cached = { llm_cached_input_token: dice.below(input), ai_service_backend_name: backend };
  const metadata =
    fails || dice.chance(0.2) ? { [gatewayNamespace]: {} } : gatewayUsage(input, output, cached);
  const sent = encoded(dice, Buffer.from(whole));
  const responseHeaders = { ":status": String(status), "x-ratelimit-remaining-tokens": "77" };
  const known = !streams && dice.chance(0.3) ? metadata : {};
  const chunks = pieces(dice, sent).map((piece, index) =>
    message("responseBody", { body: piece, ...(index === 0 ? { status, metadata: known } : {}) }),
  );
  const last = message("responseBody", { endOfStream: true, metadata: dice.chance(0.5) ? metadata : {} });
  const messages = [
    ...requestMessages(dice, path, type, body),
    message("responseHeaders", { headers: responseHeaders }),
    ...(dice.chance(0.1) ? [message("responseTrailers")] : [...chunks, last]),
  ];
  return { messages, status, metadata, bytes: sent.length };
}

/** A message as Envoy encodes it. */
export function encode({ kind, headers, body, endOfStream, metadata, status }: Message): Buffer {
  const list = Object.entries(headers).map(([key, value]) => ({ key, rawValue: Buffer.from(value) }));
  const content = kind.endsWith("Headers")
    ? { headers: { headers: list }, endOfStream }
    : kind.endsWith("Body")
      ? { body, endOfStream }
      : { trailers: { headers: list } };
  const attributes = status === undefined ? {} : { attributes: statusAttributes(status) };
  return encodeRequest({ [kind]: content, metadataContext: toMetadata(metadata), ...attributes });
}
