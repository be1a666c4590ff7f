import { type Answer, answerTo, type Prompt } from "./answer";
import { asArray, asNumber, asObject, asString, textOf } from "./json";
import { functionTool, openaiToolChoice } from "./openaiChat";
import type { Exchange } from "./reply";

/** `/responses`. */
export async function openaiResponses(exchange: Exchange): Promise<void> {
  const { body, reply } = exchange;
  const answer = answerTo(responsesPrompt(body), exchange.engine, reply.behaviour);
  if (body["stream"] === true) {
    await streamResponse(exchange, answer);
    return;
  }
  await reply.json(finished(exchange, answer), answer.outputTokens);
}

async function streamResponse(exchange: Exchange, answer: Answer): Promise<void> {
  const { reply } = exchange;
  let sequence = 0;
  const send = (type: string, fields: object) => {
    const data = { type, sequence_number: sequence, ...fields };
    sequence += 1;
    return reply.event(data, type);
  };
  const item = outputItem(exchange, answer);
  const at = { item_id: item.id, output_index: 0 };
  const text = answer.tokens.join("");
  await reply.stream();
  await send("response.created", { response: responseFrame(exchange, "in_progress", []) });
  await send("response.in_progress", { response: responseFrame(exchange, "in_progress", []) });
  await send("response.output_item.added", { output_index: 0, item: openItem(item, answer) });
  if (answer.tool !== undefined) {
    for await (const delta of reply.pace(answer.tokens)) {
      await send("response.function_call_arguments.delta", { ...at, delta });
    }
    await send("response.function_call_arguments.done", { ...at, name: answer.tool.name, arguments: text });
  } else {
    const part = { ...at, content_index: 0 };
    await send("response.content_part.added", { ...part, part: outputText("") });
    for await (const delta of reply.pace(answer.tokens)) {
      await send("response.output_text.delta", { ...part, delta, logprobs: [] });
    }
    await send("response.output_text.done", { ...part, text, logprobs: [] });
    await send("response.content_part.done", { ...part, part: outputText(text) });
  }
  await send("response.output_item.done", { output_index: 0, item });
  const response = finished(exchange, answer);
  await send(answer.cut ? "response.incomplete" : "response.completed", { response });
  reply.end();
}

function finished(exchange: Exchange, answer: Answer) {
  const frame = responseFrame(exchange, answer.cut ? "incomplete" : "completed", [
    outputItem(exchange, answer),
  ]);
  return {
    ...frame,
    incomplete_details: answer.cut ? { reason: "max_output_tokens" } : null,
    usage: {
      input_tokens: answer.inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: answer.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: answer.inputTokens + answer.outputTokens,
    },
  };
}

function responseFrame({ serial, body }: Exchange, status: string, output: readonly object[]) {
  return {
    id: `resp_${serial}`,
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status,
    model: asString(body["model"]) ?? "",
    output,
    error: null,
    incomplete_details: null,
    instructions: body["instructions"] ?? null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    top_p: 1,
    tool_choice: body["tool_choice"] ?? "auto",
    tools: asArray(body["tools"]),
  };
}

function outputItem({ serial }: Exchange, answer: Answer) {
  const text = answer.tokens.join("");
  const status = answer.cut ? "incomplete" : "completed";
  if (answer.tool !== undefined) {
    const call = { call_id: `call_${serial}`, name: answer.tool.name, arguments: text };
    return { id: `fc_${serial}`, type: "function_call", status, ...call };
  }
  return { id: `msg_${serial}`, type: "message", status, role: "assistant", content: [outputText(text)] };
}

function openItem(item: { readonly id: string }, answer: Answer): object {
  return { ...item, status: "in_progress", ...(answer.tool ? { arguments: "" } : { content: [] }) };
}

function outputText(text: string) {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}

function responsesPrompt(body: Exchange["body"]): Prompt {
  const input = body["input"];
  const items = typeof input === "string" ? [{ role: "user", content: input }] : asArray(input).map(asObject);
  const last = items.at(-1);
  const instructions = asString(body["instructions"]);
  const texts = items.map((item) => textOf(asObject(item)["content"]));
  return {
    text: [...(instructions === undefined ? [] : [instructions]), ...texts].join("\n"),
    lastUserText: last?.["role"] === "user" ? textOf(last["content"]) : "",
    maxTokens: asNumber(body["max_output_tokens"]),
    tools: asArray(body["tools"]).map((tool) => functionTool(asObject(tool))),
    toolChoice: openaiToolChoice(body["tool_choice"]),
  };
}
