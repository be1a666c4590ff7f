import { ConnectionError, defaultFrameSize, ErrorCode, headerBytes, largestWindow, preface } from "./frames";

/** Takes one frame: its payload lies in `bytes` from `start` to `end`, which may be used again once this returns. */
export type FrameSink = (
  type: number,
  flags: number,
  streamId: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

/** Takes the frames out of what arrives on a connection, wherever that was cut. */
export class FrameSplitter {
  private rest: Buffer | undefined;
  private isGreeted = false;
  private isStopped = false;

  constructor(private readonly sink: FrameSink) {}

  /** @throws ConnectionError, and what the sink throws; then nothing can be taken any more. */
  push(chunk: Buffer): void {
    if (this.isStopped) {
      return;
    }
    const bytes = this.rest === undefined ? chunk : Buffer.concat([this.rest, chunk]);
    this.rest = undefined;
    const taken = this.takeFrames(bytes);
    if (taken < bytes.length) {
      this.rest = bytes.subarray(taken);
    }
  }

  /** Nothing more is taken, not even what has arrived. */
  stop(): void {
    this.isStopped = true;
  }

  private takeFrames(bytes: Buffer): number {
    let at = this.takePreface(bytes);
    while (this.isGreeted && !this.isStopped && bytes.length - at >= headerBytes) {
      const length = bytes.readUIntBE(at, 3);
      if (length > defaultFrameSize) {
        throw new ConnectionError(ErrorCode.frameSizeError, "a frame that is longer than allowed");
      }
      const end = at + headerBytes + length;
      if (end > bytes.length) {
        break;
      }
      const type = bytes[at + 3] ?? 0;
      const flags = bytes[at + 4] ?? 0;
      this.sink(type, flags, bytes.readUInt32BE(at + 5) & largestWindow, bytes, at + headerBytes, end);
      at = end;
    }
    return at;
  }

  private takePreface(bytes: Buffer): number {
    if (this.isGreeted) {
      return 0;
    }
    const length = Math.min(bytes.length, preface.length);
    if (bytes.compare(preface, 0, length, 0, length) !== 0) {
      throw new ConnectionError(ErrorCode.protocolError, "a connection that speaks no HTTP/2");
    }
    this.isGreeted = length === preface.length;
    return this.isGreeted ? length : 0;
  }
}
