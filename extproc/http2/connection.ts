import type { Socket } from "node:net";
import { FrameSplitter } from "./frameSplitter";
import {
  ConnectionError,
  defaultFrameSize,
  defaultWindow,
  ErrorCode,
  Flag,
  FrameType,
  frameOf,
  largestWindow,
  numbersFrame,
  Setting,
  settingsFrame,
} from "./frames";
import { type HeaderBlock, HeaderBlocks, longestBlock } from "./headerBlocks";
import { CompressionError } from "./hpackDecoder";
import { Outbox } from "./outbox";
import type { RequestHead } from "./requestHead";
import { ServerStream, type StreamListener } from "./serverStream";

/** Whose streams they are. */
export interface ConnectionOwner {
  /** A new stream; `undefined` when it was ended at once. */
  open(stream: ServerStream, head: RequestHead): StreamListener | undefined;
  /** The connection broke, or had to be closed. */
  failed(error: Error): void;
}

const mebibyte = 1024 * 1024;
/** Bodies of many MiB must not wait for window updates. What arrives is taken at once, so it is never kept twice. */
const streamWindow = 16 * mebibyte;
const connectionWindow = 64 * mebibyte;
const mostStreams = 65_536;
const priorityBytes = 5;

const greeting = Buffer.concat([
  settingsFrame([
    // Without a table each block means the same, and a block that came before needs no reading.
    [Setting.headerTableSize, 0],
    [Setting.maxConcurrentStreams, mostStreams],
    [Setting.initialWindowSize, streamWindow],
    [Setting.maxHeaderListSize, longestBlock],
  ]),
  numbersFrame(FrameType.windowUpdate, 0, connectionWindow - defaultWindow),
]);
const settingsAck = frameOf(FrameType.settings, Flag.ack, 0, Buffer.alloc(0));

/** The server's side of one HTTP/2 connection (RFC 9113), without or with TLS below it. */
export class Connection {
  /** What the peer takes in all. */
  window = defaultWindow;
  /** The longest payload that the peer takes. */
  frameSize = defaultFrameSize;
  private readonly streams = new Map<number, ServerStream>();
  private readonly waiting = new Set<ServerStream>();
  private readonly outbox: Outbox;
  private readonly blocks = new HeaderBlocks();
  private readonly frames = new FrameSplitter((type, flags, id, bytes, start, end) =>
    this.takeFrame(type, flags, id, bytes, start, end),
  );
  private streamWindow = defaultWindow;
  private hasSettings = false;
  private lastId = 0;
  /** Streams above it are not taken. */
  private lastTaken = largestWindow;
  private unacknowledged = 0;
  private owesPing = false;

  constructor(
    private readonly socket: Socket,
    private readonly owner: ConnectionOwner,
  ) {
    this.outbox = new Outbox(socket);
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.receive(chunk));
    socket.on("error", (error) => this.owner.failed(error));
    socket.on("end", () => socket.end());
    this.write(greeting);
  }

  /** The streams that are open. */
  get openStreams(): readonly ServerStream[] {
    return [...this.streams.values()];
  }

  /** To be called when the socket is closed. */
  gone(): void {
    for (const stream of this.openStreams) {
      stream.vanish();
    }
  }

  /** Takes no more streams, and tells the peer the last that is taken: it may try later ones elsewhere. */
  refuseMore(): void {
    this.lastTaken = this.lastId;
    this.write(numbersFrame(FrameType.goaway, 0, this.lastId, ErrorCode.noError));
  }

  /** Asks whether the peer is there. False when it has not answered the question before. */
  ping(): boolean {
    if (this.owesPing) {
      return false;
    }
    this.owesPing = true;
    this.write(frameOf(FrameType.ping, 0, 0, Buffer.alloc(8)));
    return true;
  }

  /** Sends what there is, and closes. */
  end(): void {
    this.outbox.flush();
    this.socket.destroySoon();
  }

  destroy(): void {
    this.outbox.flush();
    this.socket.destroy();
  }

  write(bytes: Buffer): void {
    this.outbox.add(bytes);
  }

  writeFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    this.outbox.addFrame(type, flags, streamId, payload);
  }

  resetStream(id: number, code: ErrorCode): void {
    this.write(numbersFrame(FrameType.rstStream, id, code));
  }

  waits(stream: ServerStream): void {
    this.waiting.add(stream);
  }

  waitsNoMore(stream: ServerStream): void {
    this.waiting.delete(stream);
  }

  forget(stream: ServerStream): void {
    this.waiting.delete(stream);
    this.streams.delete(stream.id);
  }

  private receive(chunk: Buffer): void {
    try {
      this.frames.push(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  private takeFrame(
    type: number,
    flags: number,
    id: number,
    bytes: Buffer,
    start: number,
    end: number,
  ): void {
    if (!this.hasSettings && type !== FrameType.settings) {
      throw new ConnectionError(ErrorCode.protocolError, "a connection that does not begin with settings");
    }
    const { openStream } = this.blocks;
    if (openStream !== undefined && (type !== FrameType.continuation || id !== openStream)) {
      throw new ConnectionError(ErrorCode.protocolError, "a block of headers that is interrupted");
    }
    switch (type) {
      case FrameType.data:
        this.takeData(flags, id, bytes, start, end);
        break;
      case FrameType.headers:
        this.takeHeaders(flags, id, bytes, start, end);
        break;
      case FrameType.continuation:
        this.takeBlock(this.blocks.goOn(flags, bytes.subarray(start, end)));
        break;
      case FrameType.rstStream:
        this.takeReset(id, end - start);
        break;
      case FrameType.settings:
        this.takeSettings(flags, id, bytes.subarray(start, end));
        break;
      case FrameType.ping:
        this.takePing(flags, id, bytes.subarray(start, end));
        break;
      case FrameType.windowUpdate:
        this.takeWindowUpdate(id, bytes.subarray(start, end));
        break;
      case FrameType.priority:
        this.takePriority(id, bytes, start, end);
        break;
      case FrameType.goaway:
        if (id !== 0) {
          throw new ConnectionError(ErrorCode.protocolError, "an end of the connection on a stream");
        }
        // The peer takes no streams of ours, and we open none.
        break;
      case FrameType.pushPromise:
        throw new ConnectionError(ErrorCode.protocolError, "a push of a client");
      default:
        // Unknown frames are to be passed over.
        break;
    }
  }

  private takeData(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    this.unacknowledged += end - start;
    if (this.unacknowledged >= connectionWindow / 2) {
      this.write(numbersFrame(FrameType.windowUpdate, 0, this.unacknowledged));
      this.unacknowledged = 0;
    }
    const stream = this.streams.get(id);
    if (stream === undefined) {
      this.checkKnown(id);
      return;
    }
    if (stream.isRemoteEnded) {
      stream.vanish();
      this.resetStream(id, ErrorCode.streamClosed);
      return;
    }
    const isEnd = (flags & Flag.endStream) !== 0;
    stream.unacknowledged += end - start;
    if (stream.unacknowledged >= streamWindow / 2 && !isEnd) {
      this.write(numbersFrame(FrameType.windowUpdate, id, stream.unacknowledged));
      stream.unacknowledged = 0;
    }
    if ((flags & Flag.padded) !== 0) {
      const [from, to] = withoutPadding(bytes, start, end);
      stream.take(bytes, from, to);
    } else {
      stream.take(bytes, start, end);
    }
    if (isEnd && !stream.isClosed) {
      stream.endRemote();
    }
  }

  private takeHeaders(flags: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (id % 2 === 0) {
      throw new ConnectionError(ErrorCode.protocolError, "a stream that no client may open");
    }
    const [from, to] = (flags & Flag.padded) === 0 ? [start, end] : withoutPadding(bytes, start, end);
    const skipped = (flags & Flag.priority) === 0 ? 0 : priorityBytes;
    if (skipped > 0) {
      checkPriority(id, bytes, from, to);
    }
    this.takeBlock(this.blocks.begin(id, flags, bytes.subarray(from + skipped, to)));
  }

  private takeBlock(block: HeaderBlock | undefined): void {
    if (block === undefined) {
      return;
    }
    const { streamId: id, flags, bytes } = block;
    const isEnd = (flags & Flag.endStream) !== 0;
    const known = this.streams.get(id);
    if (known !== undefined) {
      this.takeTrailers(known, isEnd, bytes);
      return;
    }
    const head = this.blocks.requestHead(bytes);
    // Trailers of a stream that is over already.
    if (id <= this.lastId) {
      return;
    }
    this.lastId = id;
    if (head === undefined || id > this.lastTaken || this.streams.size >= mostStreams) {
      this.resetStream(id, head === undefined ? ErrorCode.protocolError : ErrorCode.refusedStream);
      return;
    }
    const stream = new ServerStream(this, id, this.streamWindow);
    this.streams.set(id, stream);
    stream.listener = this.owner.open(stream, head);
    if (isEnd && !stream.isClosed) {
      stream.endRemote();
    }
  }

  private takeTrailers(stream: ServerStream, isEnd: boolean, block: Buffer): void {
    if (this.blocks.areTrailers(block) && isEnd && !stream.isRemoteEnded) {
      stream.endRemote();
      return;
    }
    stream.vanish();
    this.resetStream(stream.id, stream.isRemoteEnded ? ErrorCode.streamClosed : ErrorCode.protocolError);
  }

  /** Nothing is done with it, since all streams are alike. */
  private takePriority(id: number, bytes: Buffer, start: number, end: number): void {
    if (id === 0 || end - start !== priorityBytes) {
      throw new ConnectionError(
        id === 0 ? ErrorCode.protocolError : ErrorCode.frameSizeError,
        "a priority that is none",
      );
    }
    checkPriority(id, bytes, start, end);
  }

  private takeReset(id: number, length: number): void {
    if (length !== 4) {
      throw new ConnectionError(ErrorCode.frameSizeError, "a reset of a wrong size");
    }
    this.checkKnown(id);
    this.streams.get(id)?.vanish();
  }

  private takeSettings(flags: number, id: number, payload: Buffer): void {
    if (id !== 0) {
      throw new ConnectionError(ErrorCode.protocolError, "settings of a stream");
    }
    if ((flags & Flag.ack) !== 0) {
      if (payload.length > 0) {
        throw new ConnectionError(ErrorCode.frameSizeError, "an acknowledgement that says something");
      }
      this.blocks.dropTable();
      return;
    }
    if (payload.length % 6 !== 0) {
      throw new ConnectionError(ErrorCode.frameSizeError, "settings of a wrong size");
    }
    this.hasSettings = true;
    for (let at = 0; at < payload.length; at += 6) {
      this.set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
    this.write(settingsAck);
    this.pumpAll();
  }

  private set(setting: number, value: number): void {
    if (setting === Setting.initialWindowSize) {
      const more = value - this.streamWindow;
      this.streamWindow = value;
      const widest = Math.max(value, ...this.openStreams.map((stream) => stream.widen(more)));
      if (widest > largestWindow) {
        throw new ConnectionError(ErrorCode.flowControlError, "a window that is too large");
      }
    } else if (setting === Setting.maxFrameSize) {
      if (value < defaultFrameSize || value > 2 ** 24 - 1) {
        throw new ConnectionError(ErrorCode.protocolError, "a size of frames that is not allowed");
      }
      this.frameSize = value;
    } else if (setting === Setting.enablePush && value > 1) {
      throw new ConnectionError(ErrorCode.protocolError, "a setting that is neither 0 nor 1");
    }
  }

  private takePing(flags: number, id: number, payload: Buffer): void {
    if (id !== 0 || payload.length !== 8) {
      throw new ConnectionError(
        id !== 0 ? ErrorCode.protocolError : ErrorCode.frameSizeError,
        "a ping that is none",
      );
    }
    if ((flags & Flag.ack) !== 0) {
      this.owesPing = false;
    } else {
      this.writeFrame(FrameType.ping, Flag.ack, 0, payload);
    }
  }

  private takeWindowUpdate(id: number, payload: Buffer): void {
    if (payload.length !== 4) {
      throw new ConnectionError(ErrorCode.frameSizeError, "a window of a wrong size");
    }
    const more = payload.readUInt32BE(0) & largestWindow;
    if (id === 0) {
      this.window += more;
      checkWindow(more, this.window);
      this.pumpAll();
      return;
    }
    const stream = this.streams.get(id);
    if (stream === undefined) {
      this.checkKnown(id);
    } else if (more === 0 || stream.widen(more) > largestWindow) {
      stream.vanish();
      this.resetStream(id, more === 0 ? ErrorCode.protocolError : ErrorCode.flowControlError);
    } else {
      stream.pump();
    }
  }

  private pumpAll(): void {
    for (const stream of [...this.waiting]) {
      stream.pump();
    }
  }

  private checkKnown(id: number): void {
    if (id === 0 || id > this.lastId) {
      throw new ConnectionError(ErrorCode.protocolError, "a frame of a stream that does not exist");
    }
  }

  private fail(error: unknown): void {
    const code =
      error instanceof ConnectionError
        ? error.errorCode
        : error instanceof CompressionError
          ? ErrorCode.compressionError
          : ErrorCode.internalError;
    this.owner.failed(error instanceof Error ? error : new Error("a connection failed"));
    this.write(numbersFrame(FrameType.goaway, 0, this.lastId, code));
    this.frames.stop();
    this.end();
  }
}

function checkPriority(id: number, bytes: Buffer, start: number, end: number): void {
  if (end - start < priorityBytes) {
    throw new ConnectionError(ErrorCode.frameSizeError, "headers that are too short");
  }
  if ((bytes.readUInt32BE(start) & largestWindow) === id) {
    throw new ConnectionError(ErrorCode.protocolError, "a stream that depends on itself");
  }
}

function checkWindow(more: number, window: number): void {
  if (more === 0 || window > largestWindow) {
    throw new ConnectionError(
      more === 0 ? ErrorCode.protocolError : ErrorCode.flowControlError,
      "a window that is not allowed",
    );
  }
}

function withoutPadding(bytes: Buffer, start: number, end: number): readonly [number, number] {
  const padding = bytes[start] ?? 0;
  if (start >= end || padding >= end - start) {
    throw new ConnectionError(ErrorCode.protocolError, "padding that is longer than its frame");
  }
  return [start + 1, end - padding];
}
