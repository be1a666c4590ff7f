import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import { FrameReader, type MessageSink } from "./frameReader";
import { GrpcStatus, malformed, WireError } from "./wireError";

/** What takes the messages of a stream. */
export interface StreamSink {
  readonly take: MessageSink;
  /** The stream is over; told once, and nothing follows. */
  end(): void;
}

const contentType = "application/grpc";
const responseHeaders: OutgoingHttpHeaders = { ":status": 200, "content-type": contentType };

// Nobody reads the date. Node knows this option in a server's streams too; its types do not.
const withTrailers = { waitForTrailers: true, sendDate: false };
const headersOnly = { endStream: true, sendDate: false };

function statusHeaders(status: GrpcStatus, message: string): OutgoingHttpHeaders {
  return message === ""
    ? { "grpc-status": String(status) }
    : { "grpc-status": String(status), "grpc-message": encodeURIComponent(message) };
}

/** Ends a stream before anything was sent on it, with a status alone. */
export function refuse(stream: ServerHttp2Stream, status: GrpcStatus, message: string): void {
  stream.on("error", ignore);
  stream.respond({ ...responseHeaders, ...statusHeaders(status, message) }, headersOnly);
  // Whatever the client still has to say is not read.
  stream.close(constants.NGHTTP2_NO_ERROR);
}

/** Ends a stream that is no gRPC. */
export function refuseContentType(stream: ServerHttp2Stream): void {
  stream.on("error", ignore);
  stream.respond({ ":status": 415 }, headersOnly);
  stream.close(constants.NGHTTP2_NO_ERROR);
}

function ignore(): void {}

/** A stream of gRPC in both directions: messages in, frames out, and exactly one end. */
export class GrpcStream {
  private readonly frames: FrameReader;
  private sink: StreamSink | undefined;
  private isOver = false;

  /** `onOver` is told once, after the sink was; `onError` of what goes wrong. */
  constructor(
    private readonly stream: ServerHttp2Stream,
    private readonly onError: (error: Error) => void,
    private readonly onOver: (stream: GrpcStream) => void,
  ) {
    this.frames = new FrameReader((bytes, start, end) => {
      if (!this.isOver) {
        this.sink?.take(bytes, start, end);
      }
    });
  }

  /** Begins to take what arrives. */
  start(open: () => StreamSink): void {
    const { stream } = this;
    stream.on("data", (chunk: Buffer) => this.guard(() => this.frames.push(chunk)));
    stream.on("end", () => this.halfClosed());
    stream.on("close", () => this.end());
    stream.on("error", (error) => {
      this.end();
      this.onError(error);
    });
    this.guard(() => {
      this.sink = open();
    });
  }

  /** Sends a frame, unless the stream is over. */
  send(frame: Buffer): void {
    const { stream } = this;
    if (this.isOver || stream.closed || stream.destroyed) {
      return;
    }
    if (!stream.headersSent) {
      stream.respond(responseHeaders, withTrailers);
    }
    stream.write(frame);
  }

  /** Ends the stream with a status. */
  finish(status: GrpcStatus, message = ""): void {
    this.end();
    const { stream } = this;
    if (stream.closed || stream.destroyed || stream.writableEnded) {
      return;
    }
    if (!stream.headersSent) {
      refuse(stream, status, message);
      return;
    }
    stream.once("wantTrailers", () => {
      stream.sendTrailers(statusHeaders(status, message));
      if (!stream.readableEnded) {
        // Not at once: a reset overtakes the trailers.
        setImmediate(() => stream.close(constants.NGHTTP2_NO_ERROR));
      }
    });
    stream.end();
  }

  private halfClosed(): void {
    if (this.isOver) {
      return;
    }
    if (this.frames.unfinished > 0) {
      this.fail(malformed("the stream ended inside of it"));
    } else {
      this.finish(GrpcStatus.ok);
    }
  }

  private guard(action: () => void): void {
    if (this.isOver) {
      return;
    }
    try {
      action();
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.onError(error instanceof Error ? error : new Error("the handler failed"));
    if (error instanceof WireError) {
      this.finish(error.status, error.message);
    } else {
      this.finish(GrpcStatus.internal, "the processor failed");
    }
  }

  private end(): void {
    if (this.isOver) {
      return;
    }
    this.isOver = true;
    try {
      this.sink?.end();
    } catch (error) {
      this.onError(error instanceof Error ? error : new Error("the handler failed"));
    }
    this.onOver(this);
  }
}
