import type { JsonObject } from "./json";
import { countTokens } from "./tokens";

/** How long a marked beginning of a prompt is kept since it was used last. */
export type CacheTime = "5m" | "1h";

/** A piece of what the model reads. */
export interface PromptBlock {
  /** Whose it is: `tools`, `system`, or the role of its message. */
  readonly owner: string;
  /** What is counted. */
  readonly text: string;
  /** What makes it another block to a cache. Default: its text. */
  readonly identity?: string | undefined;
  /** The prompt up to and with this block is marked for the cache. Default: it is not. */
  readonly cacheTime?: CacheTime | undefined;
}

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
  /** All that the model reads, in the order in which it does. */
  readonly blocks: readonly PromptBlock[];
  /** The text of the last message, if the user (not a tool) wrote it. */
  readonly lastUserText: string;
  readonly maxTokens: number | undefined;
  readonly tools: readonly Tool[];
  readonly toolChoice: ToolChoice;
  /** Only one tool may be called at a time. */
  readonly onlyOneCall: boolean;
  /** JSON schema that the text of the answer must fit. */
  readonly format: JsonObject | undefined;
}

/** A prompt that is text alone. */
export function textPrompt(text: string, maxTokens: number | undefined): Prompt {
  return {
    blocks: [{ owner: "user", text }],
    lastUserText: text,
    maxTokens,
    tools: [],
    toolChoice: "none",
    onlyOneCall: false,
    format: undefined,
  };
}

/** Tokens of all blocks. */
export function promptTokens(blocks: readonly PromptBlock[]): number {
  return blocks.reduce((sum, { text }) => sum + countTokens(text), 0);
}
