import { asArray, asNumber, asObject, asString, type JsonObject, textOf } from "./json";
import type { Prompt, PromptBlock, Tool, ToolChoice } from "./prompt";

/** The prompt of a body of `/chat/completions`. */
export function chatPrompt(body: JsonObject): Prompt {
  const messages = asArray(body["messages"]).map(asObject);
  const last = messages.at(-1);
  const tools = asArray(body["tools"]).map(asObject);
  const format = asObject(body["response_format"]);
  return {
    blocks: [
      ...tools.map(({ function: definition }) => toolBlock(definition)),
      ...messages.map((message) => ({ owner: asString(message["role"]) ?? "", text: messageText(message) })),
    ],
    lastUserText: last?.["role"] === "user" ? textOf(last["content"]) : "",
    maxTokens: asNumber(body["max_completion_tokens"]) ?? asNumber(body["max_tokens"]),
    tools: tools.flatMap(({ function: definition }) => functionTool(asObject(definition))),
    toolChoice: openaiToolChoice(body["tool_choice"]),
    onlyOneCall: body["parallel_tool_calls"] === false,
    format: openaiFormat(format["type"], asObject(format["json_schema"])["schema"]),
  };
}

function messageText({ content, tool_calls }: JsonObject): string {
  const calls = asArray(tool_calls).map((call) => callText(asObject(asObject(call)["function"])));
  return [textOf(content), ...calls].filter((text) => text !== "").join("\n");
}

/** What a call of a tool is counted by. */
export function callText({ name, arguments: text }: JsonObject): string {
  return `${asString(name) ?? ""} ${asString(text) ?? ""}`;
}

/** What the definition of a tool is counted by. */
export function toolBlock(definition: unknown): PromptBlock {
  return { owner: "tools", text: JSON.stringify(asObject(definition)) };
}

/** The tool in a `{ name, parameters }`; none where it has no name, as tools of OpenAI's own. */
export function functionTool({ name, parameters }: JsonObject): readonly Tool[] {
  return typeof name === "string" && name !== "" ? [{ name, parameters: asObject(parameters) }] : [];
}

/** The schema that the text must fit, in chat completions and in responses. */
export function openaiFormat(type: unknown, schema: unknown): JsonObject | undefined {
  if (type === "json_object") {
    return {};
  }
  return type === "json_schema" ? asObject(schema) : undefined;
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
