import type { PromptBlock } from "./prompt";
import { PromptCache } from "./promptCache";

/** Responses that are remembered; the oldest go first. */
const mostResponses = 1_000;

/** What an engine remembers from one request to the next. */
export class EngineMemory {
  readonly prompts: PromptCache;
  /** What was said up to and with a response, by its id. */
  private readonly responses = new Map<string, readonly PromptBlock[]>();

  constructor(now?: () => number) {
    this.prompts = new PromptCache(now);
  }

  /** `undefined` when the response is not known here. */
  conversation(responseId: string): readonly PromptBlock[] | undefined {
    return this.responses.get(responseId);
  }

  storeResponse(responseId: string, blocks: readonly PromptBlock[]): void {
    this.responses.set(responseId, blocks);
    const [oldest] = this.responses.keys();
    if (this.responses.size > mostResponses && oldest !== undefined) {
      this.responses.delete(oldest);
    }
  }

  forget(): void {
    this.prompts.forget();
    this.responses.clear();
  }
}
