import type { ServerResponse } from "node:http";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { defaultBehaviour, type EngineBehaviour } from "./engine/behaviour";
import { ContextExceeded } from "./engine/contextLimit";
import { type Dialect, dialects, handlerOf, type SimulatedSchema } from "./engine/dialects";
import { EngineMemory } from "./engine/engineMemory";
import { asObject } from "./engine/json";
import { RequestRefused } from "./engine/refusal";
import { Reply, ReplyEnded } from "./engine/reply";
import { WaitingLine } from "./engine/waitingLine";

export interface SimulatedEngineOptions {
  /** Key of the model that it stands for. */
  readonly name: string;
  /** The API that it speaks; paths of other APIs get 404. */
  readonly schema: SimulatedSchema;
  /** How it answers at first. */
  readonly behaviour?: Partial<EngineBehaviour>;
}

/** A request as the engine received it. */
export interface RecordedRequest {
  readonly at: Date;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
  /** The parsed JSON body; undefined when it was no JSON or above 256 KiB. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

const keptRequests = 200;
const keptBodyBytes = 256 * 1024;

/**
 * Stands in for a vLLM pod or a provider: an HTTP server on a port of its own that speaks the backend's schema,
 * reports exact usage (see `engine/tokens.ts`), and fails in the ways it is told to.
 */
export class SimulatedEngine {
  readonly name: string;
  readonly schema: SimulatedSchema;
  private behaviour: EngineBehaviour;
  private readonly initial: EngineBehaviour;
  private readonly ring: RecordedRequest[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly line = new WaitingLine();
  private readonly memory = new EngineMemory();
  private servers: Server[] = [];
  private serial = 0;
  private boundPort = 0;

  private constructor({ name, schema, behaviour }: SimulatedEngineOptions) {
    this.name = name;
    this.schema = schema;
    this.initial = { ...defaultBehaviour, ...behaviour };
    this.behaviour = this.initial;
  }

  /** Starts an engine on a free port of the loopback addresses. */
  static async start(options: SimulatedEngineOptions): Promise<SimulatedEngine> {
    const engine = new SimulatedEngine(options);
    await engine.listen();
    if (engine.behaviour.down) {
      await engine.close();
    }
    return engine;
  }

  get port(): number {
    return this.boundPort;
  }

  get url(): string {
    return `http://localhost:${this.boundPort}`;
  }

  /** The last 200 requests, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return this.ring;
  }

  /** Number of requests since the start. */
  get requestCount(): number {
    return this.serial;
  }

  /** The latest request with this `x-request-id`, which the gateway passes on. */
  findRequest(requestId: string): RecordedRequest | undefined {
    return this.ring.findLast(({ headers }) => headers["x-request-id"] === requestId);
  }

  forgetRequests(): void {
    this.ring.length = 0;
  }

  /** Changes how it answers from now on; what is not named stays. */
  async behave(change: Partial<EngineBehaviour>): Promise<void> {
    const wasDown = this.behaviour.down;
    this.behaviour = { ...this.behaviour, ...change };
    if (this.behaviour.down && !wasDown) {
      await this.close();
    } else if (!this.behaviour.down && wasDown) {
      await this.listen();
    }
  }

  /** Answers as at the start again, and knows nothing of what was said before. */
  async reset(): Promise<void> {
    this.memory.forget();
    await this.behave(this.initial);
  }

  async stop(): Promise<void> {
    await this.close();
  }

  /** `localhost` may mean either loopback address, so it listens on both where both exist. */
  private async listen(): Promise<void> {
    const first = await this.open("127.0.0.1", this.boundPort);
    this.boundPort = (first.address() as AddressInfo).port;
    this.servers = [first];
    const second = await this.open("::1", this.boundPort).catch(() => undefined);
    if (second !== undefined) {
      this.servers.push(second);
    }
  }

  private open(host: string, port: number): Promise<Server> {
    const server = createServer((request, response) => {
      void this.answer(request, response);
    });
    // The gateway keeps connections for reuse: closing idle ones would race with its next request.
    server.keepAliveTimeout = 0;
    server.requestTimeout = 0;
    server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
    });
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, backlog: 4096 }, () => resolve(server));
    });
  }

  private async close(): Promise<void> {
    const closing = this.servers.map((server) => new Promise((resolve) => server.close(resolve)));
    this.servers = [];
    for (const socket of this.sockets) {
      socket.destroy();
    }
    await Promise.all(closing);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === "/health" && !this.behaviour.hang) {
      // The gateway's health checks are no requests of a client.
      response.end();
      return;
    }
    this.serial += 1;
    const serial = this.serial;
    const reply = new Reply(response, this.behaviour);
    const dialect = dialects[this.schema];
    let leave: (() => void) | undefined;
    try {
      const record = await this.record(request);
      const [path = "/"] = record.path.split("?");
      const handler = handlerOf(dialect, path);
      const { failStatus, hang } = this.behaviour;
      if (hang) {
        return;
      }
      if (failStatus > 0) {
        this.fail(dialect, reply, failStatus, `The engine ${this.name} was told to answer ${failStatus}.`);
      } else if (handler === undefined) {
        this.fail(dialect, reply, 404, `${this.schema} has no path ${path}.`);
      } else {
        leave = await this.line.enter(this.behaviour.concurrency, goneSignal(response));
        if (leave !== undefined) {
          const { name: engine, memory } = this;
          await handler({ engine, path, body: record.body ?? {}, reply, memory, serial });
        }
      }
    } catch (error) {
      if (error instanceof ContextExceeded) {
        const isVllm = this.schema === "OpenAI";
        reply.send(400, isVllm ? contextAnswer(error) : dialect.error(400, error.message).body);
      } else if (error instanceof RequestRefused) {
        reply.send(400, dialect.error(400, error.message, error.details).body);
      } else if (!(error instanceof ReplyEnded)) {
        response.destroy();
      }
    } finally {
      leave?.();
    }
  }

  private fail(dialect: Dialect, reply: Reply, status: number, message: string): void {
    const { body, headers } = dialect.error(status, message);
    const { retryAfterSeconds } = this.behaviour;
    const later: Record<string, string> = {};
    if (retryAfterSeconds > 0) {
      later["retry-after"] = String(retryAfterSeconds);
    }
    reply.send(status, body, { ...headers, ...later });
  }

  private async record(request: IncomingMessage): Promise<RecordedRequest> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const bytes = Buffer.concat(chunks);
    const body = parseBody(bytes);
    const record = {
      at: new Date(),
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: request.headers,
      bodyBytes: bytes.length,
      body,
    };
    this.ring.push(bytes.length > keptBodyBytes ? { ...record, body: undefined } : record);
    if (this.ring.length > keptRequests) {
      this.ring.shift();
    }
    return record;
  }
}

/** As vLLM's server words it, whose context alone is limited. */
function contextAnswer({ problem: { message, parameter } }: ContextExceeded) {
  return { error: { message, type: "BadRequestError", param: parameter, code: 400 } };
}

/** Aborts when the client has gone. */
function goneSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  if (response.destroyed) {
    controller.abort();
  }
  response.once("close", () => controller.abort());
  return controller.signal;
}

function parseBody(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    return bytes.length === 0 ? undefined : asObject(JSON.parse(bytes.toString("utf8")));
  } catch {
    return undefined;
  }
}
