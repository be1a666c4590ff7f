import type { PolicyDocument } from "../../../extproc/contract";
import { encodeRequest, encodeStruct, statusAttributes, toStruct } from "../../extproc/wire/protos";
import { benchModel, gatewayPolicy } from "../processor/gatewayStack";
import { dollars, tokens, twenty } from "../processor/stacks";

/** What Envoy says of one request, as bytes, and what the processor is told to count. Bytes are base64. */
export interface Scenario {
  readonly policy: PolicyDocument;
  /** In order, each answered before the next. */
  readonly messages: readonly string[];
  /** What the gateway says of the request's usage in its log entry: a `google.protobuf.Struct`. */
  readonly usage: string;
}

/** A policy by its budgets, and what of the answer Envoy sends. */
const scenarios = {
  log: { budgets: { tokens }, answer: [] },
  stream: { budgets: { dollars }, answer: ["json"] },
  sse: { budgets: { dollars }, answer: ["events"] },
  budgets20: { budgets: twenty, answer: [] },
} as const;

export type ScenarioName = keyof typeof scenarios;
export const scenarioNames = Object.keys(scenarios) as readonly ScenarioName[];

const bodyBytes = 2048;

/** Headers of a request behind a load balancer and the gateway's own filters. */
const requestHeaders = {
  ":authority": "gateway.example.com",
  ":method": "POST",
  ":path": "/v1/chat/completions",
  ":scheme": "http",
  accept: "application/json",
  "accept-encoding": "gzip, deflate",
  authorization: `Bearer ${"k".repeat(40)}`,
  "content-length": String(bodyBytes),
  "content-type": "application/json",
  "user-agent": "OpenAI/Python 1.99.1",
  "x-envoy-expected-rq-timeout-ms": "60000",
  "x-envoy-external-address": "10.0.0.7",
  "x-forwarded-for": "10.0.0.7",
  "x-forwarded-proto": "http",
  "x-request-id": "5e1f6a2f-6a6e-4e4a-9b7e-1f3f7c1c2a55",
  "x-stainless-arch": "x64",
  "x-stainless-lang": "python",
};
/** What AI Gateway writes for the keys that our routes configure, and beside them. */
const usage = {
  llm_input_token: 400,
  llm_output_token: 16,
  llm_total_token: 416,
  llm_cached_input_token: 0,
  llm_cache_creation_input_token: 0,
  llm_reasoning_token: 0,
  backend_name: "default/bench/route/bench/rule/0/ref/0",
  ai_service_backend_name: "default/bench",
  model_name_override: benchModel,
};

export function scenario(name: ScenarioName): Scenario {
  const { budgets, answer } = scenarios[name];
  const policy = gatewayPolicy({ upstreamUrl: "http://127.0.0.1:9999/v1", processorPort: 9002, budgets });
  const messages = [
    { requestHeaders: { headers: headerMap(requestHeaders) } },
    { requestBody: { body: requestBody(), endOfStream: true } },
    ...answer.flatMap((kind) => (kind === "json" ? jsonAnswer() : eventsAnswer())),
  ];
  return {
    policy: JSON.parse(policy) as PolicyDocument,
    messages: messages.map((message) => encodeRequest(message).toString("base64")),
    usage: encodeStruct(toStruct(usage)).toString("base64"),
  };
}

function requestBody(): Buffer {
  const [first, last] = [
    `{"model":"${benchModel}","max_tokens":16,"messages":[{"role":"user","content":"`,
    '"}]}',
  ];
  const words = "All work and no play makes a dull benchmark. ".repeat(bodyBytes / 40);
  return Buffer.from(first + words.slice(0, bodyBytes - first.length - last.length) + last);
}

const attributes = statusAttributes(200);
const reported = { prompt_tokens: 400, completion_tokens: 16, total_tokens: 416 };

function jsonAnswer(): object[] {
  const message = {
    role: "assistant",
    content: "Sixteen tokens of an answer, more or less, and then no more.",
  };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  const body = { id: "chatcmpl-1", object: "chat.completion", model: benchModel, choices, usage: reported };
  return [{ responseBody: { body: Buffer.from(JSON.stringify(body)), endOfStream: true }, attributes }];
}

function eventsAnswer(): object[] {
  const frame = (fields: object) =>
    `data: ${JSON.stringify({ id: "chatcmpl-1", object: "chat.completion.chunk", model: benchModel, ...fields })}\n\n`;
  const deltas = Array.from({ length: 40 }, (_, index) =>
    frame({ choices: [{ index: 0, delta: { content: ` word${index}` }, finish_reason: null }] }),
  );
  const pieces = [...deltas, `${frame({ choices: [], usage: reported })}data: [DONE]\n\n`];
  return [
    ...pieces.map((piece, index) => ({
      responseBody: { body: Buffer.from(piece), endOfStream: index === pieces.length - 1 },
      ...(index === 0 ? { attributes } : {}),
    })),
  ];
}

function headerMap(headers: Readonly<Record<string, string>>): object {
  return {
    headers: Object.entries(headers).map(([key, value]) => ({ key, rawValue: Buffer.from(value) })),
  };
}
