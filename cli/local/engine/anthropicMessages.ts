import { type Answer, answerTo, type Prompt, type ToolChoice } from "./answer";
import { asArray, asNumber, asObject, asString, textOf } from "./json";
import type { Exchange } from "./reply";

/** `/messages` of Anthropic. */
export async function anthropicMessages(exchange: Exchange): Promise<void> {
  const { body, reply } = exchange;
  const answer = anthropicAnswer(exchange);
  if (body["stream"] !== true) {
    await reply.json(anthropicMessage(exchange, answer), answer.outputTokens);
    return;
  }
  await reply.stream();
  for await (const event of anthropicEvents(exchange, answer)) {
    await reply.event(event, event.type);
  }
  reply.end();
}

/** The answer to a body in Anthropic's schema. */
export function anthropicAnswer({ body, engine, reply }: Exchange): Answer {
  return answerTo(anthropicPrompt(body), engine, reply.behaviour);
}

/** The whole answer as a message. */
export function anthropicMessage(exchange: Exchange, answer: Answer) {
  const text = answer.tokens.join("");
  const block =
    answer.tool === undefined
      ? { type: "text", text }
      : { type: "tool_use", id: toolId(exchange), name: answer.tool.name, input: parsed(text) };
  return {
    ...messageFrame(exchange),
    content: [block],
    stop_reason: stopReason(answer),
    stop_sequence: null,
    usage: usageOf(answer, answer.outputTokens),
  };
}

/** The events of the answer as a stream, at the engine's pace. */
export async function* anthropicEvents(exchange: Exchange, answer: Answer) {
  const { tool } = answer;
  const message = { ...messageFrame(exchange), content: [], stop_reason: null, stop_sequence: null };
  yield { type: "message_start", message: { ...message, usage: usageOf(answer, 1) } };
  const block = tool
    ? { type: "tool_use", id: toolId(exchange), name: tool.name, input: {} }
    : { type: "text", text: "" };
  yield { type: "content_block_start", index: 0, content_block: block };
  for await (const token of exchange.reply.pace(answer.tokens)) {
    const delta = tool
      ? { type: "input_json_delta", partial_json: token }
      : { type: "text_delta", text: token };
    yield { type: "content_block_delta", index: 0, delta };
  }
  yield { type: "content_block_stop", index: 0 };
  const delta = { stop_reason: stopReason(answer), stop_sequence: null };
  yield { type: "message_delta", delta, usage: usageOf(answer, answer.outputTokens) };
  yield { type: "message_stop" };
}

function messageFrame({ serial, body }: Exchange) {
  return { id: `msg_${serial}`, type: "message", role: "assistant", model: asString(body["model"]) ?? "" };
}

function usageOf(answer: Answer, output: number) {
  return {
    input_tokens: answer.inputTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: output,
  };
}

function anthropicPrompt(body: Exchange["body"]): Prompt {
  const messages = asArray(body["messages"]).map(asObject);
  const last = messages.at(-1);
  const system = textOf(body["system"]);
  const texts = messages.map(({ content }) => textOf(content));
  return {
    text: [...(system === "" ? [] : [system]), ...texts].join("\n"),
    lastUserText: last?.["role"] === "user" && !hasToolResult(last["content"]) ? textOf(last["content"]) : "",
    maxTokens: asNumber(body["max_tokens"]),
    tools: asArray(body["tools"])
      .map(asObject)
      .map((tool) => ({ name: asString(tool["name"]) ?? "", parameters: asObject(tool["input_schema"]) })),
    toolChoice: anthropicToolChoice(asObject(body["tool_choice"])),
  };
}

function hasToolResult(content: unknown): boolean {
  return asArray(content).some((part) => asObject(part)["type"] === "tool_result");
}

function anthropicToolChoice(choice: Readonly<Record<string, unknown>>): ToolChoice {
  const name = asString(choice["name"]);
  if (choice["type"] === "tool" && name !== undefined) {
    return { name };
  }
  return choice["type"] === "any" || choice["type"] === "none" ? choice["type"] : "auto";
}

function stopReason(answer: Answer): string {
  if (answer.cut) {
    return "max_tokens";
  }
  return answer.tool === undefined ? "end_turn" : "tool_use";
}

/** Arguments that `max_tokens` cut are no JSON any more. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function toolId({ serial }: Exchange): string {
  return `toolu_${serial}`;
}
