import { type AnthropicNumbers, anthropicUsage, replaceNumbers } from "./anthropicUsage";
import { openAiUsage } from "./openAiUsage";
import { TextFeatures } from "./textFeatures";
import { membersOf } from "./tokenCount";
import { outputTokensOf, type UntoldWrites, type Usage } from "./usage";

/** More choices than this are counted together. */
const mostChoices = 128;

const anthropicTypes: ReadonlySet<unknown> = new Set([
  "message_start",
  "message_delta",
  "message_stop",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
]);
const terminalResponses: ReadonlySet<unknown> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
]);

/**
 * Takes the frames of a streamed answer, of any endpoint and dialect: what is used, and what text came. Frames that
 * make no sense are skipped.
 */
export class FrameReader {
  readonly text = new TextFeatures();
  readonly reasoning = new TextFeatures();
  /** The last usage that was reported. */
  usage: Usage | undefined;
  /** That usage is for the whole answer. */
  isFinal = false;
  /** That usage covers all text that came: running totals do. */
  isRunning = false;
  /** The answer said that it is over. */
  hasEnded = false;
  hasFailed = false;

  private numbers: AnthropicNumbers = {};
  private readonly outputOfChoice = new Map<number, number>();
  private isPerChoice = false;

  constructor(private readonly untold?: UntoldWrites) {}

  take(data: string): void {
    if (data === "[DONE]") {
      this.endWell();
      return;
    }
    try {
      this.takeFrame(membersOf(JSON.parse(data)));
    } catch {
      // Not JSON: nothing of it can be told.
    }
  }

  /** Usage that was found by itself, in a frame too long to be kept. */
  takeUsage(json: string): void {
    this.take(`{"usage":${json}}`);
  }

  /** A usage that no text followed is that of the whole; one from the start says nothing of the output. */
  private endWell(): void {
    this.hasEnded = true;
    this.isFinal ||= this.usage !== undefined && this.isRunning;
  }

  private takeFrame(frame: Readonly<Record<string, unknown>>): void {
    const { type } = frame;
    if ((frame["error"] !== undefined && frame["error"] !== null) || type === "error") {
      this.hasFailed = true;
    }
    if (anthropicTypes.has(type)) {
      this.takeAnthropic(frame);
    } else if (typeof type === "string") {
      this.takeTyped(type, frame);
    } else {
      this.takeChunk(frame);
    }
  }

  private takeAnthropic(frame: Readonly<Record<string, unknown>>): void {
    const { type } = frame;
    if (type === "content_block_delta") {
      const delta = membersOf(frame["delta"]);
      this.addText(delta["text"]);
      this.addText(delta["partial_json"]);
      this.addReasoning(delta["thinking"]);
      return;
    }
    if (type === "content_block_start") {
      const block = membersOf(frame["content_block"]);
      this.addText(block["text"]);
      this.addText(block["name"]);
      this.addReasoning(block["thinking"]);
      return;
    }
    if (type === "message_stop") {
      this.endWell();
      return;
    }
    const report = type === "message_start" ? membersOf(frame["message"])["usage"] : frame["usage"];
    this.numbers = replaceNumbers(this.numbers, report);
    this.usage = anthropicUsage(this.numbers, this.untold) ?? this.usage;
    // What stands at the start is input; the output in it is only a beginning.
    if (type === "message_delta" && report !== undefined && report !== null) {
      this.isRunning = true;
      this.isFinal ||= typeof membersOf(frame["delta"])["stop_reason"] === "string";
    }
  }

  /** Events of the responses, images and audio endpoints. */
  private takeTyped(type: string, frame: Readonly<Record<string, unknown>>): void {
    if (type.endsWith(".delta") && !type.includes("audio.delta")) {
      if (type.includes("reasoning")) {
        this.addReasoning(frame["delta"]);
      } else {
        this.addText(frame["delta"]);
      }
    }
    const usage = openAiUsage(frame["usage"] ?? membersOf(frame["response"])["usage"], this.untold);
    if (usage !== undefined) {
      this.usage = usage;
      this.isFinal = terminalResponses.has(type) || type.endsWith(".done") || type.endsWith(".completed");
    }
    this.hasEnded ||= terminalResponses.has(type);
    this.hasFailed ||= type === "response.failed";
  }

  /** Chunks of chat and completions. */
  private takeChunk(frame: Readonly<Record<string, unknown>>): void {
    const { choices } = frame;
    const list: readonly unknown[] = Array.isArray(choices) ? choices : [];
    for (const choice of list) {
      this.takeChoice(membersOf(choice));
    }
    const usage = openAiUsage(frame["usage"], this.untold);
    if (usage === undefined) {
      return;
    }
    if (list.length === 0) {
      this.usage = usage;
      this.isFinal = true;
      return;
    }
    // Once the whole is known, a frame of a single choice says less.
    if (!this.isFinal) {
      this.takeRunning(membersOf(list[0])["index"], usage);
      this.isRunning = true;
    }
  }

  private takeChoice(choice: Readonly<Record<string, unknown>>): void {
    this.addText(choice["text"]);
    const delta = membersOf(choice["delta"]);
    this.addText(delta["content"]);
    this.addText(delta["refusal"]);
    this.addReasoning(delta["reasoning_content"] ?? delta["reasoning"]);
    this.addText(membersOf(delta["audio"])["transcript"]);
    this.addCall(delta["function_call"]);
    const calls = delta["tool_calls"];
    if (Array.isArray(calls)) {
      for (const call of calls) {
        this.addCall(membersOf(call)["function"]);
      }
    }
  }

  private addCall(call: unknown): void {
    const { name, arguments: text } = membersOf(call);
    this.addText(name);
    this.addText(text);
  }

  /**
   * Running totals, on frames with text. Engines count either all choices or each by itself; where a choice's number
   * is not above that of another before it, each is counted by itself, and the numbers are added up.
   */
  private takeRunning(index: unknown, usage: Usage): void {
    const choice = typeof index === "number" && index >= 0 && index < mostChoices ? index : 0;
    const output = outputTokensOf(usage);
    const others = [...this.outputOfChoice].filter(([other]) => other !== choice);
    this.isPerChoice ||= others.some(([, before]) => output <= before);
    this.outputOfChoice.set(choice, output);
    const elsewhere = others.reduce((sum, [, before]) => sum + before, 0);
    this.usage = this.isPerChoice ? { ...usage, outputText: usage.outputText + elsewhere } : usage;
  }

  private addText(text: unknown): void {
    if (typeof text === "string" && text !== "") {
      this.text.add(text);
      this.isRunning = false;
    }
  }

  private addReasoning(text: unknown): void {
    if (typeof text === "string" && text !== "") {
      this.reasoning.add(text);
      this.isRunning = false;
    }
  }
}
