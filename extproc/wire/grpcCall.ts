import { headerBlock } from "../http2/frames";
import type { ServerStream, StreamListener } from "../http2/serverStream";
import { FrameReader, type MessageSink } from "./frameReader";
import { GrpcStatus, malformed, WireError } from "./wireError";

/** What takes the messages of a call. */
export interface CallSink {
  readonly take: MessageSink;
  /** The call is over; told once, and nothing follows. */
  end(): void;
}

const answerHeaders = [
  [":status", "200"],
  ["content-type", "application/grpc"],
] as const;
const answerBlock = headerBlock(answerHeaders);

function statusHeaders(status: GrpcStatus, message: string): readonly (readonly [string, string])[] {
  const code = ["grpc-status", String(status)] as const;
  return message === "" ? [code] : [code, ["grpc-message", encodeURIComponent(message)]];
}

/** Ends a stream before anything was sent on it, with a status alone. */
export function refuse(stream: ServerStream, status: GrpcStatus, message: string): void {
  finish(stream, status, message);
}

/** Ends a stream that is no gRPC. */
export function refuseContentType(stream: ServerStream): void {
  const block = headerBlock([[":status", "415"]]);
  stream.finish(block, block);
}

function finish(stream: ServerStream, status: GrpcStatus, message: string): void {
  const [headers, trailers] = endBlocks(status, message);
  stream.finish(headers, trailers);
}

type EndBlocks = readonly [headers: Buffer, trailers: Buffer];

/** How nearly every stream ends. */
const goodEnd = newEndBlocks(GrpcStatus.ok, "");

/** Headers for a stream that ends before anything was sent on it, and trailers for any other. */
function endBlocks(status: GrpcStatus, message: string): EndBlocks {
  return status === GrpcStatus.ok && message === "" ? goodEnd : newEndBlocks(status, message);
}

function newEndBlocks(status: GrpcStatus, message: string): EndBlocks {
  const trailers = statusHeaders(status, message);
  return [headerBlock([...answerHeaders, ...trailers]), headerBlock(trailers)];
}

/** A call of gRPC with streams in both directions: messages in, frames out, and exactly one end. */
export class GrpcCall implements StreamListener {
  private readonly frames: FrameReader;
  private sink: CallSink | undefined;
  private isOver = false;

  /** `onOver` is told once, after the sink was; `onError` of what goes wrong. */
  constructor(
    private readonly stream: ServerStream,
    private readonly onError: (error: Error) => void,
    private readonly onOver: (call: GrpcCall) => void,
  ) {
    this.frames = new FrameReader((bytes, start, end) => {
      if (!this.isOver) {
        this.sink?.take(bytes, start, end);
      }
    });
  }

  /** Begins to take what arrives. */
  start(open: () => CallSink): void {
    try {
      this.sink = open();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Sends a frame, unless the call is over. */
  send(frame: Buffer): void {
    if (!this.isOver) {
      this.stream.send(answerBlock, frame);
    }
  }

  /** Ends the call with a status. */
  finish(status: GrpcStatus, message = ""): void {
    this.end();
    finish(this.stream, status, message);
  }

  /** Tells the client that the call is over, and takes what it has sent until it knows. */
  bidFarewell(): void {
    if (!this.isOver) {
      this.stream.finishSaying(...endBlocks(GrpcStatus.ok, ""));
    }
  }

  data(bytes: Buffer): void {
    if (this.isOver) {
      return;
    }
    try {
      this.frames.push(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  ended(): void {
    if (this.isOver) {
      return;
    }
    if (this.frames.unfinished > 0) {
      this.fail(malformed("the stream ended inside of it"));
    } else {
      this.finish(GrpcStatus.ok);
    }
  }

  closed(): void {
    this.end();
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
