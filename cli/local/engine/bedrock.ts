import type { Answer } from "./answer";
import { anthropicAnswer, anthropicEvents, anthropicMessage } from "./anthropicMessages";
import { converseAnswer } from "./bedrockPrompt";
import { embeddingVector } from "./embeddingVector";
import { eventStreamMessage } from "./eventStream";
import { asNumber, asString } from "./json";
import { defaultDimensions } from "./openaiEmbeddings";
import type { Exchange } from "./reply";
import { countTokens } from "./tokens";

const eventStreamType = "application/vnd.amazon.eventstream";

/** `/model/{id}/converse`. */
export async function bedrockConverse(exchange: Exchange): Promise<void> {
  const { reply } = exchange;
  const answer = converseAnswer(exchange);
  const text = answer.tokens.join("");
  const content =
    answer.calls.length === 0
      ? [{ text }]
      : answer.calls.map(({ name, tokens }, index) => ({
          toolUse: {
            toolUseId: `tooluse_${index + 1}`,
            name,
            input: answer.cut ? {} : JSON.parse(tokens.join("")),
          },
        }));
  const output = { message: { role: "assistant", content } };
  const usage = converseUsage(answer);
  const metrics = { latencyMs: reply.behaviour.ttftMs };
  await reply.json({ output, stopReason: stopReason(answer), usage, metrics }, answer.outputTokens);
}

/** `/model/{id}/converse-stream`. */
export async function bedrockConverseStream(exchange: Exchange): Promise<void> {
  const { reply } = exchange;
  const answer = converseAnswer(exchange);
  const send = (type: string, payload: object) => reply.write(eventStreamMessage(type, payload));
  await reply.stream(eventStreamType);
  await send("messageStart", { role: "assistant" });
  if (answer.calls.length === 0) {
    for await (const text of reply.pace(answer.tokens)) {
      await send("contentBlockDelta", { contentBlockIndex: 0, delta: { text } });
    }
    await send("contentBlockStop", { contentBlockIndex: 0 });
  }
  for (const [contentBlockIndex, { name, tokens }] of answer.calls.entries()) {
    const start = { toolUse: { toolUseId: `tooluse_${contentBlockIndex + 1}`, name } };
    await send("contentBlockStart", { contentBlockIndex, start });
    for await (const input of reply.pace(tokens)) {
      await send("contentBlockDelta", { contentBlockIndex, delta: { toolUse: { input } } });
    }
    await send("contentBlockStop", { contentBlockIndex });
  }
  await send("messageStop", { stopReason: stopReason(answer) });
  const metrics = { latencyMs: reply.behaviour.ttftMs };
  await send("metadata", { usage: converseUsage(answer), metrics });
  reply.end();
}

/** `/model/{id}/invoke` of an embedding model (Titan). */
export async function bedrockEmbedding({ body, reply }: Exchange): Promise<void> {
  const text = asString(body["inputText"]) ?? "";
  const embedding = embeddingVector(text, asNumber(body["dimensions"]) ?? defaultDimensions);
  await reply.json({ embedding, inputTextTokenCount: countTokens(text) });
}

/** `/model/{id}/invoke` of an Anthropic model. */
export async function bedrockInvoke(exchange: Exchange): Promise<void> {
  const answer = anthropicAnswer(exchange);
  await exchange.reply.json(anthropicMessage(exchange, answer), answer.outputTokens);
}

/** `/model/{id}/invoke-with-response-stream` of an Anthropic model: its events in base64. */
export async function bedrockInvokeStream(exchange: Exchange): Promise<void> {
  const { reply } = exchange;
  await reply.stream(eventStreamType);
  for await (const event of anthropicEvents(exchange, anthropicAnswer(exchange))) {
    const bytes = Buffer.from(JSON.stringify(event)).toString("base64");
    await reply.write(eventStreamMessage("chunk", { bytes }));
  }
  reply.end();
}

/** As in Anthropic's schema, the three kinds of input add up to the prompt. */
function converseUsage({ inputTokens, outputTokens, cache: { read, written5m } }: Answer) {
  return {
    inputTokens: inputTokens - read - written5m,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cacheReadInputTokens: read,
    cacheWriteInputTokens: written5m,
  };
}

function stopReason({ cut, calls }: Answer): string {
  if (cut) {
    return "max_tokens";
  }
  return calls.length === 0 ? "end_turn" : "tool_use";
}
