import type { EngineBehaviour } from "./behaviour";
import { checkContext } from "./contextLimit";
import { asArray, asObject, asString, type JsonObject } from "./json";
import { countTokens, tokensOf } from "./tokens";

/** A function that the client offers to the model. */
export interface Tool {
  readonly name: string;
  /** JSON schema of its arguments. */
  readonly parameters: JsonObject;
}

/** Which tool the client wants: one by name, any, none, or what the prompt asks for. */
export type ToolChoice = { readonly name: string } | "any" | "none" | "auto";

/** A request in no schema's own words. */
export interface Prompt {
  /** All text that the model reads. */
  readonly text: string;
  /** The text of the last message, if the user (not a tool) wrote it. */
  readonly lastUserText: string;
  readonly maxTokens: number | undefined;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
}

/** An answer in no schema's own words. */
export interface Answer {
  /** What is emitted, a token each: the text, or the arguments of the tool call. */
  readonly tokens: readonly string[];
  readonly tool: Tool | undefined;
  /** Whether `maxTokens` cut it. */
  readonly cut: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * The answer of the engine called `engine`. Deterministic: the same request gets the same answer. A tool is
 * called when the tool choice demands it, or when the last user message contains the tool's name.
 *
 * @throws ContextExceeded when input and output are longer than the engine's context.
 */
export function answerTo(prompt: Prompt, engine: string, behaviour: EngineBehaviour): Answer {
  const inputTokens = countTokens(prompt.text);
  checkContext(inputTokens, prompt.maxTokens, behaviour.contextTokens);
  const tool = chosenTool(prompt);
  const wanted =
    tool === undefined
      ? fillerTokens(`Simulated answer from ${engine}.`, behaviour.answerTokens)
      : tokensOf(JSON.stringify(exampleOf(tool.parameters)));
  // Without a limit of its own a request may fill the context.
  const room =
    behaviour.contextTokens === 0 ? Number.POSITIVE_INFINITY : behaviour.contextTokens - inputTokens;
  const limit = prompt.maxTokens ?? room;
  const tokens = wanted.slice(0, Math.min(wanted.length, limit));
  return {
    tokens,
    tool,
    cut: tokens.length < wanted.length,
    inputTokens,
    outputTokens: tokens.length,
  };
}

function chosenTool({ tools, toolChoice, lastUserText }: Prompt): Tool | undefined {
  if (toolChoice === "none") {
    return undefined;
  }
  if (toolChoice === "any") {
    return tools[0];
  }
  if (toolChoice === "auto") {
    return tools.find(({ name }) => lastUserText.includes(name));
  }
  return tools.find(({ name }) => name === toolChoice.name);
}

const filler = " The quick brown fox jumps over the lazy dog.";

function fillerTokens(start: string, count: number): string[] {
  const tokens = tokensOf(start);
  const more = tokensOf(filler);
  while (tokens.length < count) {
    tokens.push(...more);
  }
  return tokens.slice(0, count);
}

/** A small value that fits a JSON schema: the required properties only. */
export function exampleOf(schema: JsonObject): unknown {
  const choices = asArray(schema["enum"]);
  if (choices.length > 0) {
    return choices[0];
  }
  switch (schema["type"]) {
    case "string":
      return "example";
    case "number":
    case "integer":
      return 1;
    case "boolean":
      return true;
    case "array":
      return [];
    default: {
      const properties = asObject(schema["properties"]);
      const names = asArray(schema["required"]).map(asString);
      const entries = names.flatMap((name) =>
        name === undefined ? [] : [[name, exampleOf(asObject(properties[name]))]],
      );
      return Object.fromEntries(entries);
    }
  }
}
