import { once } from "node:events";
import { type AddressInfo, createServer, type Socket, type Server as TcpServer } from "node:net";
import { createServer as createTlsServer, Server as TlsServer } from "node:tls";
import { Connection } from "./http2/connection";
import type { RequestHead } from "./http2/requestHead";
import type { ServerStream } from "./http2/serverStream";
import { type CallSink, GrpcCall, refuse, refuseContentType } from "./wire/grpcCall";
import type { MessageHandler, ProcessorServer, ServerOptions, ServerTls } from "./wire/messages";
import { readLogMessage } from "./wire/readLog";
import { readRequest } from "./wire/readRequest";
import { GrpcStatus } from "./wire/wireError";
import { writeResponse } from "./wire/writeResponse";

const processPath = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
const logPath = "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";

/** How often a connection is asked whether it is alive, in milliseconds; it has as long to answer. */
const pingMs = 30_000;
/** How long a connection that ends may take to read what it was sent, in milliseconds. */
const lingerMs = 1_000;

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
  private readonly exchanges = new Set<GrpcCall>();
  private readonly logs = new Set<GrpcCall>();
  private readonly connections = new Set<Connection>();
  private readonly listener: TcpServer | TlsServer;
  private readonly pings: NodeJS.Timeout;
  private readonly onError: (error: Error) => void;
  /** Resolvers, by the calls that they wait for. */
  private readonly onNone = new Map<ReadonlySet<GrpcCall>, (() => void)[]>();
  /** Set when no more is taken: resolves when nothing is open any more. */
  private closed: Promise<void> | undefined;

  constructor(
    private readonly handler: MessageHandler,
    options: ServerOptions,
  ) {
    this.onError = options.onError ?? (() => {});
    const connected = (socket: Socket) => this.addConnection(socket);
    this.listener =
      options.tls === undefined ? createServer(connected) : secureServer(options.tls, connected);
    this.listener.on("tlsClientError", this.onError);
    this.pings = setInterval(() => this.pingAll(), pingMs).unref();
  }

  get port(): number {
    return (this.listener.address() as AddressInfo | null)?.port ?? 0;
  }

  get openStreams(): number {
    return this.exchanges.size;
  }

  async listen(port: number, host: string | undefined): Promise<void> {
    this.listener.listen(port, host);
    try {
      await once(this.listener, "listening");
    } catch (error) {
      clearInterval(this.pings);
      throw error;
    }
    this.listener.on("error", this.onError);
  }

  replaceTls(tls: ServerTls): void {
    if (!(this.listener instanceof TlsServer)) {
      throw new Error("the server was started without TLS");
    }
    this.listener.setSecureContext(secureContext(tls));
  }

  async drain(timeoutMs: number): Promise<void> {
    this.refuseMore();
    await this.none(this.exchanges, timeoutMs);
    for (const exchange of this.exchanges) {
      exchange.finish(GrpcStatus.unavailable, "the processor shuts down");
    }
  }

  async endLogs(timeoutMs: number): Promise<void> {
    for (const log of this.logs) {
      log.bidFarewell();
    }
    await this.none(this.logs, timeoutMs);
  }

  async close(): Promise<void> {
    clearInterval(this.pings);
    this.refuseMore();
    for (const call of [...this.exchanges, ...this.logs]) {
      call.finish(GrpcStatus.unavailable, "the processor shuts down");
    }
    for (const connection of this.connections) {
      connection.end();
    }
    const linger = setTimeout(() => {
      for (const connection of this.connections) {
        connection.destroy();
      }
    }, lingerMs);
    await this.closed;
    clearTimeout(linger);
  }

  private refuseMore(): void {
    if (this.closed !== undefined) {
      return;
    }
    this.closed = new Promise((resolve) => this.listener.close(() => resolve()));
    for (const connection of this.connections) {
      connection.refuseMore();
    }
  }

  /** Resolves when none of these calls runs, or after a time. */
  private async none(calls: ReadonlySet<GrpcCall>, timeoutMs: number): Promise<void> {
    if (calls.size === 0) {
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(timeoutMs, 0));
      const tell = () => {
        clearTimeout(timer);
        resolve();
      };
      this.onNone.set(calls, [...(this.onNone.get(calls) ?? []), tell]);
    });
  }

  private addConnection(socket: Socket): void {
    const connection = new Connection(socket, {
      open: (stream, head) => this.open(stream, head),
      failed: this.onError,
    });
    this.connections.add(connection);
    socket.on("close", () => {
      this.connections.delete(connection);
      connection.gone();
    });
    if (this.closed !== undefined) {
      connection.refuseMore();
    }
  }

  private pingAll(): void {
    for (const connection of this.connections) {
      if (!connection.ping()) {
        this.onError(new Error("a connection no longer answers and is closed"));
        connection.destroy();
      }
    }
  }

  private open(stream: ServerStream, { path, contentType }: RequestHead): GrpcCall | undefined {
    if (!contentType.startsWith("application/grpc")) {
      refuseContentType(stream);
    } else if (path === processPath) {
      return this.openExchange(stream);
    } else if (path === logPath) {
      return this.openLog(stream);
    } else {
      refuse(stream, GrpcStatus.unimplemented, "no such method");
    }
    return undefined;
  }

  private openExchange(stream: ServerStream): GrpcCall {
    const call = new GrpcCall(stream, this.onError, this.exchangeOver);
    this.exchanges.add(call);
    call.start(() => exchangeSink(this.handler, call));
    return call;
  }

  private openLog(stream: ServerStream): GrpcCall {
    const call = new GrpcCall(stream, this.onError, this.logOver);
    this.logs.add(call);
    call.start(() => logSink(this.handler));
    return call;
  }

  private readonly logOver = (call: GrpcCall) => this.over(this.logs, call);
  private readonly exchangeOver = (call: GrpcCall) => this.over(this.exchanges, call);

  private over(calls: Set<GrpcCall>, call: GrpcCall): void {
    calls.delete(call);
    if (calls.size === 0) {
      for (const tell of this.onNone.get(calls) ?? []) {
        tell();
      }
      this.onNone.delete(calls);
    }
  }
}

/** What takes the messages of a request and answers them. */
export function exchangeSink(handler: MessageHandler, call: GrpcCall): CallSink {
  const exchange = handler.open((response) => call.send(writeResponse(response)));
  return {
    take: (bytes, start, end) => exchange.take(readRequest(bytes, start, end)),
    end: () => exchange.end(),
  };
}

/** What takes the messages of an access log. */
export function logSink(handler: MessageHandler): CallSink {
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

function secureServer(tls: ServerTls, connected: (socket: Socket) => void): TlsServer {
  const asksForCertificate = tls.clientCa !== undefined;
  return createTlsServer(
    {
      ...secureContext(tls),
      ALPNProtocols: ["h2"],
      requestCert: asksForCertificate,
      rejectUnauthorized: asksForCertificate,
    },
    connected,
  );
}
