import { asArray, asNumber, asObject, asString, type JsonObject, textOf } from "./json";
import { callText, functionTool, openaiFormat, openaiToolChoice, toolBlock } from "./openaiChatPrompt";
import type { Prompt, PromptBlock } from "./prompt";

/** The prompt of a body of `/responses`; `before`: the conversation that it goes on with, without its instructions. */
export function responsesPrompt(body: JsonObject, before: readonly PromptBlock[]): Prompt {
  const last = itemsOf(body["input"]).at(-1);
  const tools = asArray(body["tools"]).map(asObject);
  const instructions = asString(body["instructions"]);
  const format = asObject(asObject(body["text"])["format"]);
  return {
    blocks: [
      ...tools.map(toolBlock),
      ...(instructions === undefined ? [] : [{ owner: "system", text: instructions }]),
      ...before,
      ...inputBlocks(body),
    ],
    lastUserText: last?.["role"] === "user" ? textOf(last["content"]) : "",
    maxTokens: asNumber(body["max_output_tokens"]),
    tools: tools.filter(({ type }) => type === "function").flatMap(functionTool),
    toolChoice: openaiToolChoice(body["tool_choice"]),
    onlyOneCall: body["parallel_tool_calls"] === false,
    format: openaiFormat(format["type"], format["schema"]),
  };
}

/** What the request adds to its conversation. */
export function inputBlocks(body: JsonObject): readonly PromptBlock[] {
  return itemsOf(body["input"]).map((item) => ({
    owner: asString(item["role"]) ?? "tool",
    text: itemText(item),
  }));
}

function itemsOf(input: unknown): readonly JsonObject[] {
  return typeof input === "string" ? [{ role: "user", content: input }] : asArray(input).map(asObject);
}

function itemText(item: JsonObject): string {
  switch (item["type"]) {
    case "function_call":
      return callText(item);
    case "function_call_output":
      return textOf(item["output"]);
    default:
      return textOf(item["content"]);
  }
}
