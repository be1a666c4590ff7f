import { type Answer, answerTo, type Prompt, type Tool, type ToolChoice } from "./answer";
import { asArray, asNumber, asObject, asString, textOf } from "./json";
import type { Exchange } from "./reply";

/** `/chat/completions` of OpenAI, Azure OpenAI and vLLM. */
export async function openaiChat(exchange: Exchange): Promise<void> {
  const { body, reply } = exchange;
  const answer = answerTo(chatPrompt(body), exchange.engine, reply.behaviour);
  const count = Math.max(1, asNumber(body["n"]) ?? 1);
  if (body["stream"] === true) {
    await streamChat(exchange, answer, count);
    return;
  }
  const choices = Array.from({ length: count }, (_, index) => ({
    index,
    message: chatMessage(exchange, answer),
    logprobs: null,
    finish_reason: finishReason(answer),
  }));
  const frame = chatFrame(exchange, "chat.completion");
  await reply.json({ ...frame, choices, usage: chatUsage(answer, count) }, answer.outputTokens);
}

async function streamChat(exchange: Exchange, answer: Answer, count: number): Promise<void> {
  const { body, reply } = exchange;
  const withUsage = asObject(body["stream_options"])["include_usage"] === true;
  const frame = { ...chatFrame(exchange, "chat.completion.chunk"), ...(withUsage ? { usage: null } : {}) };
  const send = (index: number, delta: object, finish: string | null = null) =>
    reply.event({ ...frame, choices: [{ index, delta, logprobs: null, finish_reason: finish }] });
  await reply.stream();
  for (let index = 0; index < count; index += 1) {
    await send(index, { role: "assistant", ...firstDelta(exchange, answer) });
    for await (const token of reply.pace(answer.tokens)) {
      await send(
        index,
        answer.tool ? { tool_calls: [{ index: 0, function: { arguments: token } }] } : { content: token },
      );
    }
    await send(index, {}, finishReason(answer));
  }
  if (withUsage) {
    await reply.event({ ...frame, choices: [], usage: chatUsage(answer, count) });
  }
  await reply.event("[DONE]");
  reply.end();
}

function firstDelta(exchange: Exchange, answer: Answer): object {
  if (answer.tool === undefined) {
    return { content: "" };
  }
  const call = { name: answer.tool.name, arguments: "" };
  return {
    content: null,
    tool_calls: [{ index: 0, id: callId(exchange), type: "function", function: call }],
  };
}

function chatMessage(exchange: Exchange, answer: Answer): object {
  const text = answer.tokens.join("");
  if (answer.tool === undefined) {
    return { role: "assistant", content: text, refusal: null };
  }
  const call = { name: answer.tool.name, arguments: text };
  const toolCalls = [{ id: callId(exchange), type: "function", function: call }];
  return { role: "assistant", content: null, refusal: null, tool_calls: toolCalls };
}

function chatFrame({ serial, body }: Exchange, object: string) {
  const model = asString(body["model"]) ?? "";
  return { id: `chatcmpl-${serial}`, object, created: Math.floor(Date.now() / 1000), model };
}

function chatUsage(answer: Answer, count: number) {
  const completion = answer.outputTokens * count;
  return {
    prompt_tokens: answer.inputTokens,
    completion_tokens: completion,
    total_tokens: answer.inputTokens + completion,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}

function chatPrompt(body: Exchange["body"]): Prompt {
  const messages = asArray(body["messages"]).map(asObject);
  const last = messages.at(-1);
  return {
    text: messages.map(({ content }) => textOf(content)).join("\n"),
    lastUserText: last?.["role"] === "user" ? textOf(last["content"]) : "",
    maxTokens: asNumber(body["max_completion_tokens"]) ?? asNumber(body["max_tokens"]),
    tools: asArray(body["tools"]).map((tool) => functionTool(asObject(asObject(tool)["function"]))),
    toolChoice: openaiToolChoice(body["tool_choice"]),
  };
}

/** A tool from its `{ name, parameters }`. */
export function functionTool(definition: Readonly<Record<string, unknown>>): Tool {
  return { name: asString(definition["name"]) ?? "", parameters: asObject(definition["parameters"]) };
}

/** The `tool_choice` of chat completions and of responses. */
export function openaiToolChoice(choice: unknown): ToolChoice {
  if (choice === "required") {
    return "any";
  }
  if (choice === "none") {
    return "none";
  }
  const named = asObject(choice);
  const name = asString(asObject(named["function"])["name"]) ?? asString(named["name"]);
  return name === undefined ? "auto" : { name };
}

function finishReason(answer: Answer): string {
  if (answer.cut) {
    return "length";
  }
  return answer.tool === undefined ? "stop" : "tool_calls";
}

function callId({ serial }: Exchange): string {
  return `call_${serial}`;
}
