import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** An answer as a provider gives it, word by word. A list of events is a stream. */
export type Canned = object | readonly ({ readonly type: string } & object)[];

/** So that a stream is one: what comes in one piece is settled before its body. */
const gapMs = 20;

/** Stands in for a provider whose answers nobody simulates: says what it was told last. */
export class CannedEngine {
  private answer: Canned = {};

  private constructor(private readonly server: Server) {}

  static async start(): Promise<CannedEngine> {
    const server = createServer();
    const engine = new CannedEngine(server);
    server.on("request", (request, response) => {
      request.resume();
      request.once("end", () => engine.reply(response));
    });
    server.keepAliveTimeout = 0;
    server.listen({ port: 0, host: "127.0.0.1" });
    await once(server, "listening");
    return engine;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  says(answer: Canned): void {
    this.answer = answer;
  }

  private async reply(response: ServerResponse): Promise<void> {
    const { answer } = this;
    if (!Array.isArray(answer)) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of answer) {
      response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
      await delay(gapMs);
    }
    response.end();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
  }
}
