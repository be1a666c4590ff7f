import { describe, expect, it } from "vitest";
import { ModelKnowledge } from "../../../extproc/service/modelKnowledge";
import { ResponseReader } from "../../../extproc/usage/responseReader";
import { noUsage } from "../../../extproc/usage/usage";
import { chatEnd, chatFrame } from "./support/exchanges";

async function report(frames: string, isComplete: boolean) {
  const reader = new ResponseReader("chat", true);
  reader.push(Buffer.from(frames));
  return await reader.finish(isComplete);
}

/** What has learned of a model that thinks 80 tokens, or 40 for each of two choices, and says nothing of it. */
async function thinker(choices: number): Promise<ModelKnowledge> {
  const knowledge = new ModelKnowledge();
  const details = { completion_tokens_details: { reasoning_tokens: 80 } };
  const whole = chatFrame("words ") + chatEnd({ prompt_tokens: 20, completion_tokens: 90, ...details });
  for (let count = 0; count < 25; count += 1) {
    knowledge.observeAnswer(await report(whole, true), choices);
  }
  return knowledge;
}

const cut = {
  usage: { ...noUsage, inputFresh: 31, outputText: 10, requests: 1 },
  kind: "estimated",
} as const;

describe("what is known of a model", () => {
  it("adds what it thinks to text that was cut, for each choice, within the cap", async () => {
    const knowledge = await thinker(2);
    const seen = await report(chatFrame("words "), false);
    for (const [choices, most, least, highest] of [
      [1, 1000, 38, 44],
      [2, 1000, 76, 88],
      [2, 30, 20, 20],
      [2, 5, 0, 0],
    ] as const) {
      const { usage } = knowledge.withHidden(cut, seen, choices, most);
      expect(usage.reasoning).toBeGreaterThanOrEqual(least);
      expect(usage.reasoning).toBeLessThanOrEqual(highest);
      expect(usage).toMatchObject({ inputFresh: 31, outputText: 10 });
    }
  });

  it("adds nothing to output that was reported, even where the input was not", async () => {
    const knowledge = await thinker(1);
    const said = await report(
      `data: ${JSON.stringify({ choices: [{ delta: { content: "x" } }], usage: { prompt_tokens: 0, completion_tokens: 10 } })}\n\n`,
      false,
    );
    expect(knowledge.withHidden(cut, said, 1, 1000)).toEqual(cut);
  });

  it("leaves alone what is exact, came in one piece, or used nothing", async () => {
    const knowledge = await thinker(1);
    const seen = await report(chatFrame("words "), false);
    const exact = { ...cut, kind: "exact" } as const;
    expect(knowledge.withHidden(exact, seen, 1, 1000)).toBe(exact);
    expect(knowledge.withHidden(cut, { ...seen, isStream: false }, 1, 1000)).toBe(cut);
    const nothing = { usage: noUsage, kind: "nothing" } as const;
    expect(knowledge.withHidden(nothing, seen, 1, 1000)).toBe(nothing);
  });
});
