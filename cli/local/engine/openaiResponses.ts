import type { Answer } from "./answer";
import { asArray, asString } from "./json";
import { openaiAnswer } from "./openaiChat";
import { callText } from "./openaiChatPrompt";
import { inputBlocks, responsesPrompt } from "./openaiResponsesPrompt";
import type { PromptBlock } from "./prompt";
import { RequestRefused } from "./refusal";
import type { Exchange } from "./reply";

/** `/responses`. */
export async function openaiResponses(exchange: Exchange): Promise<void> {
  const { body, reply, memory } = exchange;
  const before = conversationOf(exchange);
  const answer = openaiAnswer(exchange, responsesPrompt(body, before));
  if (body["store"] !== false) {
    const said = outputBlocks(exchange, answer);
    memory.storeResponse(responseId(exchange), [...before, ...inputBlocks(body), ...said]);
  }
  if (body["stream"] === true) {
    await streamResponse(exchange, answer);
    return;
  }
  await reply.json(finished(exchange, answer), answer.outputTokens);
}

/** What was said up to the response that the request goes on with. */
function conversationOf({ body, memory }: Exchange): readonly PromptBlock[] {
  const id = asString(body["previous_response_id"]);
  const before = id === undefined ? [] : memory.conversation(id);
  if (before === undefined) {
    throw new RequestRefused(`Previous response with id '${id}' not found.`, {
      param: "previous_response_id",
      code: "previous_response_not_found",
    });
  }
  return before;
}

function outputBlocks(exchange: Exchange, answer: Answer): readonly PromptBlock[] {
  return outputItems(exchange, answer).map((item) => ({
    owner: "assistant",
    text: item.type === "function_call" ? callText(item) : answer.tokens.join(""),
  }));
}

async function streamResponse(exchange: Exchange, answer: Answer): Promise<void> {
  const { reply } = exchange;
  let sequence = 0;
  const send = (type: string, fields: object) => {
    const data = { type, sequence_number: sequence, ...fields };
    sequence += 1;
    return reply.event(data, type);
  };
  await reply.stream();
  await send("response.created", { response: responseFrame(exchange, "in_progress", []) });
  await send("response.in_progress", { response: responseFrame(exchange, "in_progress", []) });
  for (const [index, item] of outputItems(exchange, answer).entries()) {
    const at = { item_id: item.id, output_index: index };
    if (item.type === "function_call") {
      const open = { ...item, status: "in_progress", arguments: "" };
      await send("response.output_item.added", { output_index: index, item: open });
      for await (const delta of reply.pace(answer.calls[index]?.tokens ?? [])) {
        await send("response.function_call_arguments.delta", { ...at, delta });
      }
      await send("response.function_call_arguments.done", { ...at, arguments: item.arguments });
    } else {
      const part = { ...at, content_index: 0 };
      const text = answer.tokens.join("");
      const open = { ...item, status: "in_progress", content: [] };
      await send("response.output_item.added", { output_index: index, item: open });
      await send("response.content_part.added", { ...part, part: outputText("") });
      for await (const delta of reply.pace(answer.tokens)) {
        await send("response.output_text.delta", { ...part, delta, logprobs: [] });
      }
      await send("response.output_text.done", { ...part, text, logprobs: [] });
      await send("response.content_part.done", { ...part, part: outputText(text) });
    }
    await send("response.output_item.done", { output_index: index, item });
  }
  const response = finished(exchange, answer);
  await send(answer.cut ? "response.incomplete" : "response.completed", { response });
  reply.end();
}

function finished(exchange: Exchange, answer: Answer) {
  const { inputTokens, outputTokens, cache } = answer;
  return {
    ...responseFrame(exchange, answer.cut ? "incomplete" : "completed", outputItems(exchange, answer)),
    incomplete_details: answer.cut ? { reason: "max_output_tokens" } : null,
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { cached_tokens: cache.read, cache_write_tokens: cache.written5m },
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: inputTokens + outputTokens,
    },
  };
}

function responseFrame(exchange: Exchange, status: string, output: readonly object[]) {
  const { body } = exchange;
  return {
    id: responseId(exchange),
    object: "response",
    created_at: Math.floor(Date.now() / 1000),
    status,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: body["instructions"] ?? null,
    max_output_tokens: body["max_output_tokens"] ?? null,
    max_tool_calls: null,
    metadata: body["metadata"] ?? {},
    model: asString(body["model"]) ?? "",
    output,
    parallel_tool_calls: body["parallel_tool_calls"] ?? true,
    previous_response_id: body["previous_response_id"] ?? null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    store: body["store"] ?? true,
    temperature: 1,
    text: body["text"] ?? { format: { type: "text" }, verbosity: "medium" },
    tool_choice: body["tool_choice"] ?? "auto",
    tools: asArray(body["tools"]),
    top_logprobs: 0,
    top_p: 1,
    truncation: "disabled",
    usage: null,
    user: null,
  };
}

/** Other engines know nothing of it. */
function responseId({ engine, serial }: Exchange): string {
  return `resp_${engine.replace(/[^A-Za-z0-9]/g, "")}_${serial}`;
}

function outputItems({ serial }: Exchange, answer: Answer) {
  const status = answer.cut ? "incomplete" : "completed";
  if (answer.calls.length === 0) {
    const content = [outputText(answer.tokens.join(""))];
    return [{ id: `msg_${serial}`, type: "message" as const, status, role: "assistant", content }];
  }
  return answer.calls.map(({ name, tokens }, index) => ({
    id: `fc_${serial}_${index}`,
    type: "function_call" as const,
    status,
    call_id: `call_${serial}_${index}`,
    name,
    arguments: tokens.join(""),
  }));
}

function outputText(text: string) {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}
