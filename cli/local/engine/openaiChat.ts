import { type Answer, answerTo, type ToolCall } from "./answer";
import { asNumber, asObject, asString } from "./json";
import { chatPrompt } from "./openaiChatPrompt";
import type { Prompt } from "./prompt";
import type { Exchange } from "./reply";

/** `/chat/completions` of OpenAI, Azure OpenAI and vLLM. */
export async function openaiChat(exchange: Exchange): Promise<void> {
  const { body, reply } = exchange;
  const answer = openaiAnswer(exchange, chatPrompt(body));
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

/** The answer to a prompt, whose beginning may be cached without anybody's asking. */
export function openaiAnswer({ body, engine, reply, memory }: Exchange, prompt: Prompt): Answer {
  const { behaviour } = reply;
  const answer = answerTo(prompt, engine, behaviour);
  const model = asString(body["model"]) ?? "";
  return { ...answer, cache: memory.prompts.useLong(model, prompt.blocks, behaviour.cacheTokens) };
}

async function streamChat(exchange: Exchange, answer: Answer, count: number): Promise<void> {
  const { body, reply } = exchange;
  const withUsage = asObject(body["stream_options"])["include_usage"] === true;
  const frame = { ...chatFrame(exchange, "chat.completion.chunk"), ...(withUsage ? { usage: null } : {}) };
  const send = (index: number, delta: object, finish: string | null = null) =>
    reply.event({ ...frame, choices: [{ index, delta, logprobs: null, finish_reason: finish }] });
  await reply.stream();
  for (let index = 0; index < count; index += 1) {
    if (answer.calls.length === 0) {
      await send(index, { role: "assistant", content: "", refusal: null });
      for await (const content of reply.pace(answer.tokens)) {
        await send(index, { content });
      }
    }
    for (const [place, call] of answer.calls.entries()) {
      const first = place === 0 ? { role: "assistant", content: null } : {};
      await send(index, { ...first, tool_calls: [{ index: place, ...openCall(exchange, call, place) }] });
      for await (const token of reply.pace(call.tokens)) {
        await send(index, { tool_calls: [{ index: place, function: { arguments: token } }] });
      }
    }
    await send(index, {}, finishReason(answer));
  }
  if (withUsage) {
    await reply.event({ ...frame, choices: [], usage: chatUsage(answer, count) });
  }
  await reply.event("[DONE]");
  reply.end();
}

function openCall({ serial }: Exchange, { name }: ToolCall, place: number) {
  return { id: `call_${serial}_${place}`, type: "function", function: { name, arguments: "" } };
}

function chatMessage(exchange: Exchange, { tokens, calls }: Answer): object {
  if (calls.length === 0) {
    return { role: "assistant", content: tokens.join(""), refusal: null };
  }
  const toolCalls = calls.map((call, place) => {
    const open = openCall(exchange, call, place);
    return { ...open, function: { ...open.function, arguments: call.tokens.join("") } };
  });
  return { role: "assistant", content: null, refusal: null, tool_calls: toolCalls };
}

function chatFrame({ serial, body }: Exchange, object: string) {
  const model = asString(body["model"]) ?? "";
  return { id: `chatcmpl-${serial}`, object, created: Math.floor(Date.now() / 1000), model };
}

/** What is cached is part of the prompt. */
function chatUsage({ inputTokens, outputTokens, cache }: Answer, count: number) {
  const completion = outputTokens * count;
  return {
    prompt_tokens: inputTokens,
    completion_tokens: completion,
    total_tokens: inputTokens + completion,
    prompt_tokens_details: {
      cached_tokens: cache.read,
      cache_write_tokens: cache.written5m,
      audio_tokens: 0,
    },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  };
}

function finishReason({ cut, calls }: Answer): string {
  if (cut) {
    return "length";
  }
  return calls.length === 0 ? "stop" : "tool_calls";
}
