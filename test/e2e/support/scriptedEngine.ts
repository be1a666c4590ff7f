import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { asArray, asObject, asString, type JsonObject, textOf } from "../../../cli/local/engine/json";

/** What one request gets as its stream. */
export interface Script {
  /** Text, and how many tokens of it the request is charged for at the end. */
  readonly deltas: readonly string[];
  readonly tokens: number;
  /** `whole`: the answer's own end, with its usage; `silence`: nothing until the client goes; `cut`: a dead connection. */
  readonly ending: "whole" | "silence" | "cut";
  /** Milliseconds between two deltas. Default: 0. */
  readonly gapMs?: number;
}

/** What became of a request. */
export interface Delivery {
  /** Requests with this prompt; retries count. */
  requests: number;
  /** Deltas that were written. */
  deltas: number;
  /** The usage was written, too: the provider bills it as such. */
  isWhole: boolean;
}

/** Input tokens of every request. */
const scriptedInput = 7;
/** The beginning comes by itself: an answer in one piece is no stream to the gateway, and is settled before its body. */
const ttftMs = 20;

/**
 * An engine that streams what it is told to, prompt by prompt, in the schemas of OpenAI's chat completions and of
 * Anthropic's messages, and keeps count of what it delivered. Usage is told at the end only.
 */
export class ScriptedEngine {
  /** By prompt: the text of the last message. */
  readonly deliveries = new Map<string, Delivery>();
  private readonly scripts = new Map<string, Script>();
  private readonly open = new Set<ServerResponse>();
  private readonly server: Server;

  private constructor(private readonly usual: Script | undefined) {
    this.server = createServer((request, response) => {
      this.open.add(response);
      response.once("close", () => this.open.delete(response));
      this.answer(request, response).catch(() => response.destroy());
    });
    this.server.keepAliveTimeout = 0;
    this.server.requestTimeout = 0;
  }

  /** `usual`: for prompts without a script of their own. Default: 500. */
  static async start(usual?: Script): Promise<ScriptedEngine> {
    const engine = new ScriptedEngine(usual);
    engine.server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 });
    await once(engine.server, "listening");
    return engine;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Streams that are under way. */
  get openCount(): number {
    return this.open.size;
  }

  tell(prompt: string, script: Script): void {
    this.scripts.set(prompt, script);
  }

  delivery(prompt: string): Delivery {
    const known = this.deliveries.get(prompt);
    if (known !== undefined) {
      return known;
    }
    const fresh = { requests: 0, deltas: 0, isWhole: false };
    this.deliveries.set(prompt, fresh);
    return fresh;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    if (request.url === "/health") {
      response.end();
      return;
    }
    const body = asObject(JSON.parse(Buffer.concat(chunks).toString()));
    const prompt = textOf(asObject(asArray(body["messages"]).at(-1))["content"]);
    const delivery = this.delivery(prompt);
    delivery.requests += 1;
    const script = this.scripts.get(prompt) ?? this.usual;
    if (script === undefined) {
      response.writeHead(500, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: "no script", type: "server_error", code: null } }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    const frames = request.url?.endsWith("/messages") ? messagesFrames(body) : chatFrames(body);
    await play(script, frames, delivery, response);
  }
}

interface Frames {
  readonly begin: readonly string[];
  delta(text: string): string;
  end(tokens: number): readonly string[];
}

async function play(script: Script, frames: Frames, delivery: Delivery, response: ServerResponse) {
  const { deltas, tokens, gapMs = 0, ending } = script;
  response.write(frames.begin.join(""));
  await delay(ttftMs);
  for (const text of deltas) {
    if (gapMs > 0) {
      await delay(gapMs);
    }
    if (response.destroyed) {
      return;
    }
    delivery.deltas += 1;
    if (!response.write(frames.delta(text))) {
      await Promise.race([once(response, "drain"), once(response, "close")]);
    }
  }
  if (ending === "whole") {
    delivery.isWhole = true;
    response.end(frames.end(tokens).join(""));
  } else if (ending === "cut") {
    response.socket?.destroySoon();
  }
}

function chatFrames(body: JsonObject): Frames {
  const frame = {
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: asString(body["model"]),
  };
  const asksUsage = asObject(body["stream_options"])["include_usage"] === true;
  const data = (fields: object) => `data: ${JSON.stringify({ ...frame, ...fields })}\n\n`;
  const choice = (delta: object, finish: string | null = null) =>
    data({ choices: [{ index: 0, delta, finish_reason: finish }] });
  const usage = (tokens: number) => ({
    ...{ prompt_tokens: scriptedInput, completion_tokens: tokens, total_tokens: scriptedInput + tokens },
  });
  return {
    begin: [choice({ role: "assistant", content: "" })],
    delta: (content) => choice({ content }),
    end: (tokens) => [
      choice({}, "stop"),
      ...(asksUsage ? [data({ choices: [], usage: usage(tokens) })] : []),
      "data: [DONE]\n\n",
    ],
  };
}

function messagesFrames(body: JsonObject): Frames {
  const event = (type: string, fields: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const usage = (output: number) => ({ input_tokens: scriptedInput, output_tokens: output });
  const message = { id: "msg_1", type: "message", role: "assistant", model: asString(body["model"]) };
  return {
    begin: [
      event("message_start", { message: { ...message, content: [], stop_reason: null, usage: usage(1) } }),
      event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
    ],
    delta: (text) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
    end: (tokens) => [
      event("content_block_stop", { index: 0 }),
      event("message_delta", { delta: { stop_reason: "end_turn" }, usage: usage(tokens) }),
      event("message_stop", {}),
    ],
  };
}
