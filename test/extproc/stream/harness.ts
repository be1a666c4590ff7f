import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type SecureClientSessionOptions,
} from "node:http2";
import { startServer } from "../../../extproc/stream";
import { FrameReader } from "../../../extproc/wire/frameReader";
import type {
  ExchangeHandler,
  LogEntry,
  ProcessingRequest,
  ProcessingResponse,
  ProcessorServer,
  ServerOptions,
} from "../../../extproc/wire/messages";
import { decodeResponse } from "../wire/protos";

export const processPath = "/envoy.service.ext_proc.v3.ExternalProcessor/Process";
export const logPath = "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";

/** What a handler was told, and how it answers. */
export interface Recorder {
  readonly opened: Exchange[];
  readonly entries: LogEntry[];
  readonly errors: Error[];
}

/** One request, as the handler sees it. */
export interface Exchange {
  readonly taken: ProcessingRequest[];
  /** Bodies, copied. */
  readonly bodies: Buffer[];
  readonly send: (response: ProcessingResponse) => void;
  ends: number;
}

/** Answers every message at once, changing nothing. */
export function answerAll(message: ProcessingRequest, exchange: Exchange): void {
  if (message.kind !== "unknown") {
    exchange.send({ kind: message.kind });
  }
}

/** Starts a server whose handler records what it is told; `take` answers. */
export async function startRecorded(
  take: (message: ProcessingRequest, exchange: Exchange) => void = answerAll,
  options: Partial<ServerOptions> = {},
): Promise<{ server: ProcessorServer; recorder: Recorder }> {
  const recorder: Recorder = { opened: [], entries: [], errors: [] };
  const open = (send: (response: ProcessingResponse) => void): ExchangeHandler => {
    const exchange: Exchange = { taken: [], bodies: [], send, ends: 0 };
    recorder.opened.push(exchange);
    return {
      take: (message) => {
        exchange.taken.push(message);
        if ("body" in message) {
          exchange.bodies.push(Buffer.from(message.body));
        }
        take(message, exchange);
      },
      end: () => {
        exchange.ends += 1;
      },
    };
  };
  const server = await startServer(
    { open, log: (entries) => recorder.entries.push(...entries) },
    { port: 0, host: "127.0.0.1", onError: (error) => recorder.errors.push(error), ...options },
  );
  return { server, recorder };
}

/** A connection to a server; ends of the connection are no errors of a test. */
export function connectTo(
  server: ProcessorServer,
  tls?: SecureClientSessionOptions,
): Promise<ClientHttp2Session> {
  const session = connect(`${tls === undefined ? "http" : "https"}://127.0.0.1:${server.port}`, {
    ...tls,
    settings: { initialWindowSize: 8 * 1024 * 1024 },
    maxSessionMemory: 1000,
  });
  return new Promise((resolve, reject) => {
    session.once("error", reject);
    session.once("close", () => reject(new Error("the server closed the connection")));
    // With TLS 1.3 a refusal of the client's certificate comes after the handshake: the settings must have come.
    session.once("remoteSettings", () => {
      session.on("error", () => {});
      session.setLocalWindowSize(64 * 1024 * 1024);
      resolve(session);
    });
  });
}

/** What came of a stream. */
export interface Outcome {
  /** Status of HTTP; 0 when there came none. */
  readonly httpStatus: number;
  /** Status of gRPC, wherever it stood; `undefined` when there came none. */
  readonly status: number | undefined;
  readonly message: string | undefined;
  /** Code of HTTP/2 that ended the stream. */
  readonly resetCode: number;
  /** The frames of gRPC that came, decoded. */
  readonly answers: readonly Record<string, unknown>[];
}

/** A stream as Envoy opens it, on HTTP/2 itself: resets and frames can be made at will. */
export class RawCall {
  readonly stream: ClientHttp2Stream;
  readonly outcome: Promise<Outcome>;
  /** The answers that came, without their prefix of gRPC. */
  private readonly received: Buffer[] = [];
  private readonly waiting = new Set<() => void>();

  constructor(session: ClientHttp2Session, path = processPath, headers: Record<string, string> = {}) {
    this.stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    this.outcome = this.settle();
  }

  /** The first answers, once there are `count` of them. */
  async answers(count: number): Promise<readonly Record<string, unknown>[]> {
    return (await this.messages(count)).map(decodeResponse);
  }

  /** The same, as bytes. */
  async messages(count: number): Promise<readonly Buffer[]> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
    return this.received;
  }

  reset(code: number = constants.NGHTTP2_CANCEL): void {
    this.stream.close(code);
  }

  private settle(): Promise<Outcome> {
    const { stream } = this;
    let headers: Record<string, unknown> = {};
    let trailers: Record<string, unknown> = {};
    stream.on("response", (received) => {
      headers = received;
    });
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.on("error", () => {});
    const frames = new FrameReader((bytes, start, end) => {
      this.received.push(bytes.subarray(start, end));
      for (const wake of this.waiting) {
        wake();
      }
      this.waiting.clear();
    });
    stream.on("data", (chunk: Buffer) => frames.push(chunk));
    return new Promise((resolve) => {
      stream.on("close", () => {
        const all = { ...headers, ...trailers };
        const status = all["grpc-status"];
        resolve({
          httpStatus: Number(headers[":status"] ?? 0),
          status: status === undefined ? undefined : Number(status),
          message:
            all["grpc-message"] === undefined ? undefined : decodeURIComponent(String(all["grpc-message"])),
          resetCode: stream.rstCode,
          answers: this.received.map(decodeResponse),
        });
      });
    });
  }
}

/** Waits until something is so. */
export async function until(isSo: () => boolean, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!isSo()) {
    if (Date.now() > deadline) {
      throw new Error(`not so after ${timeoutMs} ms: ${isSo}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
