import { type Answer, answerTo } from "./answer";
import { asArray, asNumber, asObject, asString } from "./json";
import { textPrompt } from "./prompt";
import type { Exchange } from "./reply";

/** `/completions`, the older text API of OpenAI and vLLM. */
export async function openaiCompletions(exchange: Exchange): Promise<void> {
  const { body, reply } = exchange;
  const text = promptText(body["prompt"]);
  const prompt = textPrompt(text, asNumber(body["max_tokens"]));
  const answer = answerTo(prompt, exchange.engine, reply.behaviour);
  const frame = completionFrame(exchange);
  const choice = (piece: string, finish: string | null) => [
    { index: 0, text: piece, logprobs: null, finish_reason: finish },
  ];
  if (body["stream"] !== true) {
    const choices = choice(answer.tokens.join(""), finishReason(answer));
    await reply.json({ ...frame, choices, usage: usageOf(answer) }, answer.outputTokens);
    return;
  }
  await reply.stream();
  for await (const token of reply.pace(answer.tokens)) {
    await reply.event({ ...frame, choices: choice(token, null) });
  }
  await reply.event({ ...frame, choices: choice("", finishReason(answer)) });
  if (asObject(body["stream_options"])["include_usage"] === true) {
    await reply.event({ ...frame, choices: [], usage: usageOf(answer) });
  }
  await reply.event("[DONE]");
  reply.end();
}

function promptText(prompt: unknown): string {
  return typeof prompt === "string" ? prompt : asArray(prompt).map(asString).join("\n");
}

function completionFrame({ serial, body }: Exchange) {
  const created = Math.floor(Date.now() / 1000);
  return { id: `cmpl-${serial}`, object: "text_completion", created, model: asString(body["model"]) ?? "" };
}

function usageOf({ inputTokens, outputTokens }: Answer) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

function finishReason(answer: Answer): string {
  return answer.cut ? "length" : "stop";
}
