import { once } from "node:events";
import {
  constants,
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { GrpcStream, refuse, refuseContentType, type StreamSink } from "./wire/grpcStream";
import type { MessageHandler, ProcessorServer, ServerOptions, ServerTls } from "./wire/messages";
import { readLogMessage } from "./wire/readLog";
import { readRequest } from "./wire/readRequest";
import { GrpcStatus } from "./wire/wireError";
import { writeResponse } from "./wire/writeResponse";

const processPath = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
const logPath = "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";

/** How long streams that were on their way when the server began to drain are still taken, in milliseconds. */
const noticeMs = 200;

/** How often a connection is asked whether it is alive, in milliseconds; it has as long to answer. */
const pingMs = 30_000;

const mebibyte = 1024 * 1024;
const unlimited = 2 ** 31 - 1;

const sessionOptions = {
  // Envoy resets every stream that it is done with. Node takes more than 33 of them a second for an attack and
  // closes the connection, and all streams on it fail.
  streamResetBurst: unlimited,
  streamResetRate: unlimited,
  // In MiB. Many bodies may be under way at once; the default of 10 would refuse streams.
  maxSessionMemory: 16 * 1024,
  // Bodies of many MiB must not wait for window updates.
  settings: { initialWindowSize: 4 * mebibyte, enablePush: false },
  noDelay: true,
} as const;
const connectionWindow = 64 * mebibyte;

/**
 * Serves Envoy's external processor and access log protocols on one port, over HTTP/2 without or with TLS.
 * @throws Error when the port cannot be taken, or key and certificate do not fit.
 */
export async function startServer(handler: MessageHandler, options: ServerOptions): Promise<ProcessorServer> {
  const server = new Server(handler, options);
  await server.listen(options.port, options.host);
  return server;
}

class Server implements ProcessorServer {
  private readonly exchanges = new Set<GrpcStream>();
  private readonly logs = new Set<GrpcStream>();
  /** Connections, and whether they owe the answer to a ping. */
  private readonly sessions = new Map<ServerHttp2Session, boolean>();
  private readonly http: Http2Server | Http2SecureServer;
  private readonly pings: NodeJS.Timeout;
  private readonly onError: (error: Error) => void;
  private readonly onIdle = new Set<() => void>();
  private isDraining = false;

  constructor(
    private readonly handler: MessageHandler,
    options: ServerOptions,
  ) {
    this.onError = options.onError ?? (() => {});
    this.http = options.tls === undefined ? createServer(sessionOptions) : secureServer(options.tls);
    this.http.on("session", (session) => this.addSession(session));
    this.http.on("stream", (stream, headers) => this.addStream(stream, headers));
    this.http.on("sessionError", this.onError);
    this.http.on("tlsClientError", this.onError);
    this.pings = setInterval(() => this.pingAll(), pingMs).unref();
  }

  get port(): number {
    return (this.http.address() as AddressInfo | null)?.port ?? 0;
  }

  get openStreams(): number {
    return this.exchanges.size;
  }

  async listen(port: number, host: string | undefined): Promise<void> {
    this.http.listen(port, host);
    try {
      await once(this.http, "listening");
    } catch (error) {
      clearInterval(this.pings);
      throw error;
    }
    this.http.on("error", this.onError);
  }

  replaceTls(tls: ServerTls): void {
    if (!("setSecureContext" in this.http)) {
      throw new Error("the server was started without TLS");
    }
    this.http.setSecureContext(secureContext(tls));
  }

  async drain(timeoutMs: number): Promise<void> {
    this.isDraining = true;
    const deadline = Date.now() + timeoutMs;
    for (const session of this.sessions.keys()) {
      noticeOfEnd(session);
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(noticeMs, timeoutMs)));
    // Also closes each session, which takes no more streams and lets those that run go on.
    this.http.close();
    await this.idle(deadline - Date.now());
    for (const exchange of this.exchanges) {
      exchange.finish(GrpcStatus.unavailable, "the processor shuts down");
    }
  }

  async close(): Promise<void> {
    clearInterval(this.pings);
    this.isDraining = true;
    const closed = this.http.listening ? once(this.http, "close") : Promise.resolve();
    this.http.close();
    for (const stream of [...this.exchanges, ...this.logs]) {
      stream.finish(GrpcStatus.unavailable, "the processor shuts down");
    }
    for (const session of this.sessions.keys()) {
      session.destroy();
    }
    await closed;
  }

  /** Resolves when no exchange runs, or after a time. */
  private async idle(timeoutMs: number): Promise<void> {
    if (this.exchanges.size === 0) {
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(timeoutMs, 0));
      this.onIdle.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private addSession(session: ServerHttp2Session): void {
    this.sessions.set(session, false);
    session.setLocalWindowSize(connectionWindow);
    session.on("close", () => this.sessions.delete(session));
    if (this.isDraining) {
      noticeOfEnd(session);
    }
  }

  private pingAll(): void {
    for (const [session, owesAnswer] of this.sessions) {
      if (owesAnswer) {
        this.onError(new Error("a connection no longer answers and is closed"));
        session.destroy();
      } else {
        this.sessions.set(session, true);
        session.ping(() => this.sessions.has(session) && this.sessions.set(session, false));
      }
    }
  }

  private addStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const path = headers[":path"];
    if (!headers["content-type"]?.startsWith("application/grpc")) {
      refuseContentType(stream);
    } else if (path === processPath) {
      this.addExchange(stream);
    } else if (path === logPath) {
      this.addLog(stream);
    } else {
      refuse(stream, GrpcStatus.unimplemented, "no such method");
    }
  }

  private addExchange(stream: ServerHttp2Stream): void {
    const exchange = new GrpcStream(stream, this.onError, (over) => {
      this.exchanges.delete(over);
      if (this.exchanges.size === 0) {
        this.tellIdle();
      }
    });
    this.exchanges.add(exchange);
    exchange.start(() => openExchange(this.handler, exchange));
  }

  private addLog(stream: ServerHttp2Stream): void {
    const log = new GrpcStream(stream, this.onError, (over) => this.logs.delete(over));
    this.logs.add(log);
    log.start(() => openLog(this.handler));
  }

  private tellIdle(): void {
    for (const tell of this.onIdle) {
      tell();
    }
    this.onIdle.clear();
  }
}

function openExchange(handler: MessageHandler, stream: GrpcStream): StreamSink {
  const exchange = handler.open((response) => stream.send(writeResponse(response)));
  return {
    take: (bytes, start, end) => exchange.take(readRequest(bytes, start, end)),
    end: () => exchange.end(),
  };
}

function openLog(handler: MessageHandler): StreamSink {
  return {
    take: (bytes, start, end) => {
      const entries = readLogMessage(bytes, start, end);
      if (entries.length > 0) {
        handler.log(entries);
      }
    },
    end: () => {},
  };
}

function secureContext({ key, cert, clientCa }: ServerTls) {
  return { key, cert, ...(clientCa === undefined ? {} : { ca: clientCa }), minVersion: "TLSv1.2" as const };
}

function secureServer(tls: ServerTls): Http2SecureServer {
  const asksForCertificate = tls.clientCa !== undefined;
  return createSecureServer({
    ...sessionOptions,
    ...secureContext(tls),
    requestCert: asksForCertificate,
    rejectUnauthorized: asksForCertificate,
  });
}

/** Tells the peer to open no more streams here, while those on their way are still taken. */
function noticeOfEnd(session: ServerHttp2Session): void {
  if (!session.closed && !session.destroyed) {
    session.goaway(constants.NGHTTP2_NO_ERROR, unlimited);
  }
}
