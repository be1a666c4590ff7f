import { asArray, asNumber, asObject, asString, type JsonObject, textOf } from "./json";
import type { CacheTime, Prompt, PromptBlock, Tool, ToolChoice } from "./prompt";
import { RequestRefused } from "./refusal";

/** Marks that one request may have (Anthropic's prompt caching guide, August 2026). */
const mostMarks = 4;

/**
 * The prompt of a body in Anthropic's schema. Blocks come in the order in which they are cached: tools, system, messages.
 *
 * @throws RequestRefused when its marks for the cache are not as Anthropic takes them.
 */
export function anthropicPrompt(body: JsonObject): Prompt {
  const tools = asArray(body["tools"]).map(asObject);
  const messages = asArray(body["messages"]).map(asObject);
  const last = messages.at(-1);
  const isAnswerToTool = partsOf(last?.["content"]).some(({ type }) => type === "tool_result");
  const toolChoice = asObject(body["tool_choice"]);
  const outputFormat = asObject(asObject(body["output_config"])["format"]);
  return {
    blocks: marked(body, [
      ...tools.map((tool) => blockOf("tools", tool, JSON.stringify(withoutMark(tool)))),
      ...partsOf(body["system"]).map((part) => blockOf("system", part)),
      ...messages.flatMap(({ role, content }) =>
        partsOf(content).map((part) => blockOf(asString(role) ?? "", part)),
      ),
    ]),
    lastUserText: last?.["role"] === "user" && !isAnswerToTool ? textOf(last["content"]) : "",
    maxTokens: asNumber(body["max_tokens"]),
    tools: tools.flatMap(clientTool),
    toolChoice: choiceOf(toolChoice),
    onlyOneCall: toolChoice["disable_parallel_tool_use"] === true,
    format: outputFormat["type"] === "json_schema" ? asObject(outputFormat["schema"]) : undefined,
  };
}

/** Tools that Anthropic defines itself have other types: the engine calls none of them. */
function clientTool({ type = "custom", name, input_schema }: JsonObject): readonly Tool[] {
  const isOfClient = type === "custom" && typeof name === "string" && name !== "";
  return isOfClient ? [{ name, parameters: asObject(input_schema) }] : [];
}

function choiceOf({ type, name }: JsonObject): ToolChoice {
  if (type === "tool" && typeof name === "string") {
    return { name };
  }
  return type === "any" || type === "none" ? type : "auto";
}

/** A content that is text is the same as one part of it. */
function partsOf(content: unknown): readonly JsonObject[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : asArray(content).map(asObject);
}

function blockOf(owner: string, part: JsonObject, text = partText(part)): PromptBlock {
  return { owner, text, identity: JSON.stringify(withoutMark(part)), cacheTime: cacheTimeOf(part) };
}

function partText(part: JsonObject): string {
  return part["type"] === "tool_use"
    ? `${asString(part["name"]) ?? ""} ${JSON.stringify(part["input"])}`
    : textOf(part);
}

/** Where the mark stands is no part of what is cached. */
function withoutMark({ cache_control: _, ...part }: JsonObject): JsonObject {
  return part;
}

function cacheTimeOf({ cache_control: mark }: JsonObject): CacheTime | undefined {
  const { type, ttl } = asObject(mark);
  return type === "ephemeral" ? (ttl === "1h" ? "1h" : "5m") : undefined;
}

/** A mark beside the messages stands for one at the end of the last one. */
function marked(body: JsonObject, blocks: readonly PromptBlock[]): readonly PromptBlock[] {
  const ofLast = cacheTimeOf(body);
  const end = blocks.length - 1;
  const all =
    ofLast === undefined
      ? blocks
      : blocks.map((block, at) => (at === end ? { ...block, cacheTime: block.cacheTime ?? ofLast } : block));
  const times = all.flatMap(({ cacheTime }) => cacheTime ?? []);
  if (times.length > mostMarks) {
    throw new RequestRefused(
      `A maximum of ${mostMarks} blocks with cache_control may be provided. Found ${times.length}.`,
    );
  }
  if (times.lastIndexOf("1h") > times.indexOf("5m") && times.includes("5m")) {
    throw new RequestRefused(
      "A ttl='1h' cache_control block must not come after a ttl='5m' cache_control block; blocks are processed in the order tools, system, messages.",
    );
  }
  return all;
}
