import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { asArray, asObject } from "../../../cli/local/engine/json";

/** What an engine answers to one prompt, and how that ends. */
export interface Script {
  /** Pieces of text, a frame each. */
  readonly deltas: readonly string[];
  /** Tokens of all of them. */
  readonly tokens: number;
  /**
   * `complete`: with the usage, as the last frame. `open`: nothing more comes, until the client goes away. `cut`: the
   * connection breaks.
   */
  readonly end: "complete" | "open" | "cut";
}

/**
 * An engine that streams chats in OpenAI's schema from scripts, by the text of the prompt. Nothing is said of what was
 * used before the end of a complete answer.
 */
export class TextEngine {
  private readonly scripts = new Map<string, Script>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TextEngine> {
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      request.on("end", () => void engine.answer(body, response).catch(() => response.destroy()));
    });
    const engine = new TextEngine(server);
    await new Promise<void>((done) => server.listen({ port: 0, host: "127.0.0.1", backlog: 1_024 }, done));
    return engine;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  /** From now on this prompt is answered so. */
  answerTo(prompt: string, script: Script): void {
    this.scripts.set(prompt, script);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async answer(body: string, response: ServerResponse): Promise<void> {
    const [message] = asArray(asObject(JSON.parse(body))["messages"]).map(asObject);
    const script = this.scripts.get(String(message?.["content"]));
    if (script === undefined) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (let at = 0; at < script.deltas.length; at += atOnce) {
      const frames = script.deltas
        .slice(at, at + atOnce)
        .map((content) => frame({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }));
      response.write(frames.join(""));
      // A stream is one only if it takes its time.
      await delay(5);
    }
    if (script.end === "complete") {
      const usage = { prompt_tokens: 7, completion_tokens: script.tokens, total_tokens: 7 + script.tokens };
      response.write(frame({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }));
      response.end(`${frame({ choices: [], usage })}data: [DONE]\n\n`);
    } else if (script.end === "cut") {
      // What was sent must have passed by then.
      await delay(500);
      response.socket?.destroy();
    }
  }
}

/** Frames in one piece of the answer. */
const atOnce = 20;

function frame(more: object): string {
  const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "text" };
  return `data: ${JSON.stringify({ ...head, ...more })}\n\n`;
}
