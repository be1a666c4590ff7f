import type { EngineBehaviour } from "./behaviour";
import { checkContext } from "./contextLimit";
import { exampleOf } from "./exampleOf";
import { type Prompt, promptTokens, type Tool } from "./prompt";
import { type CacheUse, noCacheUse } from "./promptCache";
import { tokensOf } from "./tokens";

/** A tool that the model calls. */
export interface ToolCall {
  readonly name: string;
  /** Its arguments as JSON, a token each. Those that `maxTokens` cut are no JSON any more. */
  readonly tokens: readonly string[];
}

/** An answer in no schema's own words: text, or calls of tools. */
export interface Answer {
  /** The text, a token each; empty where tools are called. */
  readonly tokens: readonly string[];
  readonly calls: readonly ToolCall[];
  /** Whether `maxTokens` cut it. */
  readonly cut: boolean;
  /** All input tokens, cached ones with them. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What of the input came from a cache or was written to one. */
  readonly cache: CacheUse;
}

/**
 * The answer of the engine called `engine`. Deterministic: the same request gets the same answer. Tools are called when
 * the tool choice demands it, or when the last user message contains their names; otherwise the answer is text, as it
 * is to what a tool returned.
 *
 * @throws ContextExceeded when input and output are longer than the engine's context.
 */
export function answerTo(prompt: Prompt, engine: string, behaviour: EngineBehaviour): Answer {
  const inputTokens = promptTokens(prompt.blocks);
  checkContext(inputTokens, prompt.maxTokens, behaviour.contextTokens);
  // Without a limit of its own a request may fill the context.
  const room =
    behaviour.contextTokens === 0 ? Number.POSITIVE_INFINITY : behaviour.contextTokens - inputTokens;
  const limit = prompt.maxTokens ?? room;
  const tools = chosenTools(prompt);
  const wanted =
    tools.length > 0
      ? tools.map(({ parameters }) => tokensOf(JSON.stringify(exampleOf(parameters))))
      : [wantedText(prompt, engine, behaviour)];
  const given = cutTo(limit, wanted);
  const outputTokens = sizeOf(given);
  return {
    tokens: tools.length > 0 ? [] : (given[0] ?? []),
    calls: tools.slice(0, given.length).map(({ name }, index) => ({ name, tokens: given[index] ?? [] })),
    cut: outputTokens < sizeOf(wanted),
    inputTokens,
    outputTokens,
    cache: noCacheUse,
  };
}

function chosenTools({ tools, toolChoice, lastUserText, onlyOneCall }: Prompt): readonly Tool[] {
  switch (toolChoice) {
    case "none":
      return [];
    case "any":
      return tools.slice(0, 1);
    case "auto": {
      const named = tools.filter(({ name }) => lastUserText.includes(name));
      return onlyOneCall ? named.slice(0, 1) : named;
    }
    default:
      return tools.filter(({ name }) => name === toolChoice.name).slice(0, 1);
  }
}

function wantedText({ format }: Prompt, engine: string, behaviour: EngineBehaviour): readonly string[] {
  return format === undefined
    ? fillerTokens(`Simulated answer from ${engine}.`, behaviour.answerTokens)
    : tokensOf(JSON.stringify(exampleOf(format)));
}

/** As many tokens as there is room for; what has no room at all was never begun, save for the first. */
function cutTo(limit: number, wanted: readonly (readonly string[])[]): readonly (readonly string[])[] {
  let left = limit;
  const given: (readonly string[])[] = [];
  for (const tokens of wanted) {
    if (left <= 0 && given.length > 0) {
      break;
    }
    given.push(tokens.slice(0, Math.min(tokens.length, Math.max(0, left))));
    left -= tokens.length;
  }
  return given;
}

function sizeOf(parts: readonly (readonly string[])[]): number {
  return parts.reduce((sum, tokens) => sum + tokens.length, 0);
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
