import type { Connection } from "./connection";
import { ErrorCode, Flag, FrameType } from "./frames";

/** What takes what arrives on a stream. */
export interface StreamListener {
  /** The next bytes of the body; they may be used again once this returns. */
  data(bytes: Buffer): void;
  /** The client has said all that it has to say. */
  ended(): void;
  /** The stream is gone: reset by the client, or with its connection. Not told after `finish` or `reset`. */
  closed(): void;
}

/** The server's side of one stream. Whatever is sent once it is closed goes nowhere. */
export class ServerStream {
  listener: StreamListener | undefined;
  /** Bytes that came since the client was told that it may send more. */
  unacknowledged = 0;
  isClosed = false;
  isRemoteEnded = false;
  private areHeadersSent = false;
  private isLocalEnded = false;
  /** Once all is sent, what the client still says is told instead of refused. */
  private keepsListening = false;
  /** Waits for the client's windows. */
  private readonly queue: Buffer[] = [];
  private trailers: Buffer | undefined;

  constructor(
    private readonly connection: Connection,
    readonly id: number,
    /** What the client takes on this stream; below 0 after it made its windows smaller. */
    private window: number,
  ) {}

  /** Sends a piece of the body, with the headers in front of the first one. */
  send(headers: Buffer, piece: Buffer): void {
    if (this.isClosed || this.isLocalEnded) {
      return;
    }
    if (this.queue.length > 0 || piece.length > this.room) {
      this.sendHeaders(headers, 0);
      this.queue.push(piece);
      this.connection.waits(this);
      this.pump();
      return;
    }
    this.spend(piece.length);
    this.sendHeaders(headers, 0);
    this.connection.writeFrame(FrameType.data, 0, this.id, piece);
  }

  /** Ends the answer: with these trailers after a body, or with `headers` alone when nothing was sent. */
  finish(headers: Buffer, trailers: Buffer): void {
    if (this.isClosed || this.isLocalEnded) {
      return;
    }
    this.isLocalEnded = true;
    this.listener = undefined;
    if (this.areHeadersSent) {
      this.trailers = trailers;
      this.pump();
    } else {
      this.sendHeaders(headers, Flag.endStream);
      this.release();
    }
  }

  /** Like `finish`, but what the client has sent by then, and still sends, is told until it has ended too. */
  finishSaying(headers: Buffer, trailers: Buffer): void {
    const { listener } = this;
    this.keepsListening = true;
    this.finish(headers, trailers);
    this.listener = listener;
  }

  reset(code: ErrorCode): void {
    if (!this.isClosed) {
      this.listener = undefined;
      this.connection.resetStream(this.id, code);
      this.forget();
    }
  }

  /** The client takes so much more, or less. */
  widen(bytes: number): number {
    this.window += bytes;
    return this.window;
  }

  /** Sends what waits, as far as the windows allow. */
  pump(): void {
    for (let [piece] = this.queue; piece !== undefined && this.room > 0; [piece] = this.queue) {
      const size = Math.min(piece.length, this.room);
      this.spend(size);
      this.connection.writeFrame(FrameType.data, 0, this.id, piece.subarray(0, size));
      if (size === piece.length) {
        this.queue.shift();
      } else {
        this.queue[0] = piece.subarray(size);
      }
    }
    if (this.queue.length > 0) {
      return;
    }
    this.connection.waitsNoMore(this);
    if (this.trailers !== undefined) {
      this.connection.writeFrame(FrameType.headers, Flag.endHeaders | Flag.endStream, this.id, this.trailers);
      this.release();
    }
  }

  /** The next bytes of the body, which lie in `bytes` from `start` to `end`. */
  take(bytes: Buffer, start: number, end: number): void {
    if (start < end) {
      this.listener?.data(bytes.subarray(start, end));
    }
  }

  /** The client said that it has ended. */
  endRemote(): void {
    this.isRemoteEnded = true;
    if (this.isLocalEnded && this.trailers === undefined) {
      this.forget();
    }
    this.listener?.ended();
  }

  /** The stream is gone without our doing. */
  vanish(): void {
    if (!this.isClosed) {
      const { listener } = this;
      this.listener = undefined;
      this.forget();
      listener?.closed();
    }
  }

  private get room(): number {
    return Math.min(this.window, this.connection.window, this.connection.frameSize);
  }

  private spend(bytes: number): void {
    this.window -= bytes;
    this.connection.window -= bytes;
  }

  private sendHeaders(headers: Buffer, flags: number): void {
    if (!this.areHeadersSent) {
      this.areHeadersSent = true;
      this.connection.writeFrame(FrameType.headers, Flag.endHeaders | flags, this.id, headers);
    }
  }

  /** All is sent; what the client still has to say is not read. */
  private release(): void {
    this.trailers = undefined;
    if (!this.isRemoteEnded) {
      if (this.keepsListening) {
        return;
      }
      this.connection.resetStream(this.id, ErrorCode.noError);
    }
    this.forget();
  }

  private forget(): void {
    this.isClosed = true;
    this.queue.length = 0;
    this.connection.forget(this);
  }
}
