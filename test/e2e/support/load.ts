import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { Agent, request } from "undici";
import { helloWorld } from "./gateway";

/** What became of a streamed chat at its client. */
export interface StreamOutcome {
  readonly requestId: string;
  /** 0: there was no answer. */
  readonly status: number;
  /** Pieces of text that arrived: a token each, as the simulated engines send them. */
  readonly pieces: number;
  readonly isComplete: boolean;
}

export interface StreamedChat {
  readonly model: string;
  readonly user: string;
  readonly maxTokens: number;
  /** The client goes away when so many pieces have come; 0: at once. Default: never. */
  readonly abortAfterPieces?: number;
}

const agent = new Agent({ connections: 1_000, pipelining: 1, bodyTimeout: 60_000, headersTimeout: 60_000 });

/** Sends a streamed chat and reads what comes of it. Never rejects. */
export async function streamChat(baseUrl: string, chat: StreamedChat): Promise<StreamOutcome> {
  const { model, user, maxTokens, abortAfterPieces } = chat;
  const requestId = randomUUID();
  const abort = new AbortController();
  const soon = abortAfterPieces === 0 ? setTimeout(() => abort.abort(), 20) : undefined;
  const read = { status: 0, pieces: 0, rest: "", last: "" };
  try {
    const answer = await request(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      dispatcher: agent,
      headers: { "content-type": "application/json", "x-user": user, "x-request-id": requestId },
      body: JSON.stringify({ model, max_tokens: maxTokens, messages: helloWorld, stream: true }),
      signal: abort.signal,
    });
    read.status = answer.statusCode;
    for await (const chunk of answer.body) {
      const frames = `${read.rest}${chunk}`.split("\n\n");
      read.rest = frames.pop() ?? "";
      read.last = frames.at(-1) ?? read.last;
      read.pieces += frames.filter((frame) => /"delta":\{"content":"(?!")/.test(frame)).length;
      if (abortAfterPieces !== undefined && read.pieces >= abortAfterPieces) {
        abort.abort();
      }
    }
  } catch {
    // What came until then counts.
  }
  clearTimeout(soon);
  const { status, pieces, last } = read;
  return { requestId, status, pieces, isComplete: last === "data: [DONE]" };
}

/** Calls from so many callers, each one after another, until the time is over. */
export async function keepCalling<Result>(
  callers: number,
  forMs: number,
  call: () => Promise<Result>,
): Promise<Result[]> {
  const until = Date.now() + forMs;
  const results: Result[] = [];
  const caller = async () => {
    while (Date.now() < until) {
      results.push(await call());
      await delay(5);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return results;
}

/** How often each status was answered: `200: 95 %, 503: 5 %`. Streams that broke after their head count apart. */
export function sharesOf(outcomes: readonly StreamOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { status, isComplete } of outcomes) {
    const name =
      status === 200 && !isComplete ? "200, then cut" : status === 0 ? "no answer" : String(status);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => `${name}: ${((100 * count) / outcomes.length).toFixed(1)} %`)
    .join(", ");
}
