import { type Answer, answerTo, type Prompt, type ToolChoice } from "./answer";
import { anthropicAnswer, anthropicEvents, anthropicMessage } from "./anthropicMessages";
import { embeddingVector } from "./embeddingVector";
import { eventStreamMessage } from "./eventStream";
import { asArray, asNumber, asObject, asString, textOf } from "./json";
import { defaultDimensions } from "./openaiEmbeddings";
import type { Exchange } from "./reply";
import { countTokens } from "./tokens";

const eventStreamType = "application/vnd.amazon.eventstream";

/** `/model/{id}/converse`. */
export async function bedrockConverse({ body, engine, reply }: Exchange): Promise<void> {
  const answer = answerTo(conversePrompt(body), engine, reply.behaviour);
  const text = answer.tokens.join("");
  const content = answer.tool
    ? {
        toolUse: {
          toolUseId: "tooluse_1",
          name: answer.tool.name,
          input: answer.cut ? {} : JSON.parse(text),
        },
      }
    : { text };
  const output = { message: { role: "assistant", content: [content] } };
  const usage = converseUsage(answer);
  const metrics = { latencyMs: reply.behaviour.ttftMs };
  await reply.json({ output, stopReason: stopReason(answer), usage, metrics }, answer.outputTokens);
}

/** `/model/{id}/converse-stream`. */
export async function bedrockConverseStream({ body, engine, reply }: Exchange): Promise<void> {
  const answer = answerTo(conversePrompt(body), engine, reply.behaviour);
  const send = (type: string, payload: object) => reply.write(eventStreamMessage(type, payload));
  const at = { contentBlockIndex: 0 };
  await reply.stream(eventStreamType);
  await send("messageStart", { role: "assistant" });
  if (answer.tool !== undefined) {
    const start = { toolUse: { toolUseId: "tooluse_1", name: answer.tool.name } };
    await send("contentBlockStart", { ...at, start });
  }
  for await (const token of reply.pace(answer.tokens)) {
    const delta = answer.tool === undefined ? { text: token } : { toolUse: { input: token } };
    await send("contentBlockDelta", { ...at, delta });
  }
  await send("contentBlockStop", at);
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

function conversePrompt(body: Exchange["body"]): Prompt {
  const messages = asArray(body["messages"]).map(asObject);
  const last = messages.at(-1);
  const system = textOf(body["system"]);
  const texts = messages.map(({ content }) => textOf(content));
  const toolConfig = asObject(body["toolConfig"]);
  return {
    text: [...(system === "" ? [] : [system]), ...texts].join("\n"),
    lastUserText: last?.["role"] === "user" ? textOf(last["content"]) : "",
    maxTokens: asNumber(asObject(body["inferenceConfig"])["maxTokens"]),
    tools: asArray(toolConfig["tools"]).map((tool) => {
      const spec = asObject(asObject(tool)["toolSpec"]);
      const parameters = asObject(asObject(spec["inputSchema"])["json"]);
      return { name: asString(spec["name"]) ?? "", parameters };
    }),
    toolChoice: converseToolChoice(asObject(toolConfig["toolChoice"])),
  };
}

function converseToolChoice(choice: Readonly<Record<string, unknown>>): ToolChoice {
  const name = asString(asObject(choice["tool"])["name"]);
  if (name !== undefined) {
    return { name };
  }
  return choice["any"] === undefined ? "auto" : "any";
}

function converseUsage({ inputTokens, outputTokens }: Answer) {
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

function stopReason(answer: Answer): string {
  if (answer.cut) {
    return "max_tokens";
  }
  return answer.tool === undefined ? "end_turn" : "tool_use";
}
