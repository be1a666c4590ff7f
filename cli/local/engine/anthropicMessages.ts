import { type Answer, answerTo } from "./answer";
import { anthropicPrompt } from "./anthropicPrompt";
import { asString } from "./json";
import { promptTokens } from "./prompt";
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
    if (event.type === "content_block_start" && event.index === 0) {
      await reply.event({ type: "ping" }, "ping");
    }
  }
  reply.end();
}

/** `/messages/count_tokens` of Anthropic: nothing is produced, and nothing cached. */
export async function anthropicTokens({ body, reply }: Exchange): Promise<void> {
  await reply.json({ input_tokens: promptTokens(anthropicPrompt(body).blocks) });
}

/** The answer to a body in Anthropic's schema. */
export function anthropicAnswer({ body, engine, reply, memory }: Exchange): Answer {
  const { behaviour } = reply;
  const prompt = anthropicPrompt(body);
  const answer = answerTo(prompt, engine, behaviour);
  const model = asString(body["model"]) ?? "";
  return { ...answer, cache: memory.prompts.useMarked(model, prompt.blocks, behaviour.cacheTokens) };
}

/** The whole answer as a message. */
export function anthropicMessage(exchange: Exchange, answer: Answer) {
  const content = blocksOf(exchange, answer).map(({ start, tokens }) => {
    const text = tokens.join("");
    return start.type === "text" ? { ...start, text } : { ...start, input: parsed(text) };
  });
  return {
    ...messageFrame(exchange),
    content,
    stop_reason: stopReason(answer),
    usage: usageOf(answer, answer.outputTokens),
  };
}

/** The events of the answer as a stream, at the engine's pace. */
export async function* anthropicEvents(exchange: Exchange, answer: Answer) {
  const message = { ...messageFrame(exchange), content: [], stop_reason: null };
  yield { type: "message_start", message: { ...message, usage: usageOf(answer, 1) } } as const;
  for (const [index, { start, tokens }] of blocksOf(exchange, answer).entries()) {
    yield { type: "content_block_start", index, content_block: start } as const;
    const delta = (piece: string) => {
      const fields =
        start.type === "text"
          ? { type: "text_delta", text: piece }
          : { type: "input_json_delta", partial_json: piece };
      return { type: "content_block_delta", index, delta: fields } as const;
    };
    if (start.type === "tool_use") {
      yield delta("");
    }
    for await (const token of exchange.reply.pace(tokens)) {
      yield delta(token);
    }
    yield { type: "content_block_stop", index } as const;
  }
  const delta = { stop_reason: stopReason(answer), stop_sequence: null, stop_details: null, container: null };
  // What is read and written is told again, as totals.
  const { cache_creation: _, service_tier: __, ...usage } = usageOf(answer, answer.outputTokens);
  yield { type: "message_delta", delta, usage } as const;
  yield { type: "message_stop" } as const;
}

/** The blocks of an answer, as they begin, and what follows. */
function blocksOf({ serial }: Exchange, { tokens, calls }: Answer) {
  if (calls.length === 0) {
    return [{ start: { type: "text" as const, text: "" }, tokens }];
  }
  return calls.map((call, index) => ({
    start: {
      type: "tool_use" as const,
      id: `toolu_${serial}_${index}`,
      name: call.name,
      input: {},
      caller: { type: "direct" },
    },
    tokens: call.tokens,
  }));
}

function messageFrame({ serial, body }: Exchange) {
  return {
    id: `msg_${serial}`,
    type: "message",
    role: "assistant",
    model: asString(body["model"]) ?? "",
    stop_sequence: null,
    stop_details: null,
    container: null,
  };
}

/** The three kinds of input add up to the prompt. */
function usageOf({ inputTokens, cache: { read, written5m, written1h } }: Answer, output: number) {
  const written = written5m + written1h;
  return {
    input_tokens: inputTokens - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: { ephemeral_5m_input_tokens: written5m, ephemeral_1h_input_tokens: written1h },
    output_tokens: output,
    service_tier: "standard",
  };
}

function stopReason({ cut, calls }: Answer): string {
  if (cut) {
    return "max_tokens";
  }
  return calls.length === 0 ? "end_turn" : "tool_use";
}

/** Arguments that `max_tokens` cut are no JSON any more. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
