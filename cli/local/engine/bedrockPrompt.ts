import { type Answer, answerTo } from "./answer";
import { asArray, asNumber, asObject, asString, type JsonObject, textOf } from "./json";
import type { Prompt, PromptBlock, ToolChoice } from "./prompt";
import type { Exchange } from "./reply";

/** The answer to a body of Converse. */
export function converseAnswer({ path, body, engine, reply, memory }: Exchange): Answer {
  const { behaviour } = reply;
  const prompt = conversePrompt(body);
  const answer = answerTo(prompt, engine, behaviour);
  // The model stands in the path.
  const model = path.slice(0, path.lastIndexOf("/"));
  return { ...answer, cache: memory.prompts.useMarked(model, prompt.blocks, behaviour.cacheTokens) };
}

function conversePrompt(body: JsonObject): Prompt {
  const messages = asArray(body["messages"]).map(asObject);
  const last = messages.at(-1);
  const toolConfig = asObject(body["toolConfig"]);
  const tools = asArray(toolConfig["tools"]).map(asObject);
  return {
    blocks: [
      ...blocksOf("tools", tools, ({ toolSpec }) => JSON.stringify(toolSpec)),
      ...blocksOf("system", asArray(body["system"]).map(asObject), textOf),
      ...messages.flatMap(({ role, content }) =>
        blocksOf(asString(role) ?? "", asArray(content).map(asObject), partText),
      ),
    ],
    lastUserText: last?.["role"] === "user" ? textOf(last["content"]) : "",
    maxTokens: asNumber(asObject(body["inferenceConfig"])["maxTokens"]),
    tools: tools.flatMap(({ toolSpec }) => {
      const { name, inputSchema } = asObject(toolSpec);
      return typeof name === "string" ? [{ name, parameters: asObject(asObject(inputSchema)["json"]) }] : [];
    }),
    toolChoice: converseToolChoice(asObject(toolConfig["toolChoice"])),
    onlyOneCall: false,
    format: undefined,
  };
}

/** A cache point is a part of its own, and marks the one before it. */
function blocksOf(
  owner: string,
  parts: readonly JsonObject[],
  textIn: (part: JsonObject) => string,
): readonly PromptBlock[] {
  return parts
    .map((part, at) => ({ part, isMarked: parts[at + 1]?.["cachePoint"] !== undefined }))
    .filter(({ part }) => part["cachePoint"] === undefined)
    .map(({ part, isMarked }) => ({
      owner,
      text: textIn(part),
      identity: JSON.stringify(part),
      cacheTime: isMarked ? ("5m" as const) : undefined,
    }));
}

function partText({ toolUse, toolResult, ...part }: JsonObject): string {
  if (toolUse !== undefined) {
    const { name, input } = asObject(toolUse);
    return `${asString(name) ?? ""} ${JSON.stringify(input)}`;
  }
  return toolResult === undefined ? textOf(part) : textOf(asObject(toolResult)["content"]);
}

function converseToolChoice(choice: JsonObject): ToolChoice {
  const name = asString(asObject(choice["tool"])["name"]);
  if (name !== undefined) {
    return { name };
  }
  return choice["any"] === undefined ? "auto" : "any";
}
