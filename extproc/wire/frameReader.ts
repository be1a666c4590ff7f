import { GrpcStatus, malformed, WireError } from "./wireError";

const prefixBytes = 5;

/**
 * The longest message that is taken, in bytes. Envoy buffers whole request bodies of up to 50 MiB with the settings
 * that this package makes; a longer message ends its stream.
 */
export const longestMessage = 72 * 1024 * 1024;

/** Takes a message that lies in `bytes` from `start` to `end`; the bytes may be used again once it returns. */
export type MessageSink = (bytes: Buffer, start: number, end: number) => void;

/**
 * Takes the messages of a gRPC stream out of its chunks, wherever these were cut. A message that lies whole in a chunk
 * is not copied. Memory grows with what has arrived, never with what a prefix announces.
 */
export class FrameReader {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private neededBytes = prefixBytes;

  constructor(private readonly sink: MessageSink) {}

  /** @throws WireError when the stream cannot be read on. */
  push(chunk: Buffer): void {
    if (this.pendingBytes === 0) {
      this.takeAll(chunk);
      return;
    }
    this.keep(chunk);
    if (this.pendingBytes >= this.neededBytes) {
      const joined = Buffer.concat(this.pending, this.pendingBytes);
      this.pending = [];
      this.pendingBytes = 0;
      this.takeAll(joined);
    }
  }

  /** Bytes of a message that has not ended. */
  get unfinished(): number {
    return this.pendingBytes;
  }

  private keep(chunk: Buffer): void {
    this.pending.push(chunk);
    this.pendingBytes += chunk.length;
  }

  private takeAll(bytes: Buffer): void {
    let at = 0;
    while (bytes.length - at >= prefixBytes) {
      const end = at + prefixBytes + messageLength(bytes, at);
      if (end > bytes.length) {
        this.neededBytes = end - at;
        this.keep(at === 0 ? bytes : bytes.subarray(at));
        return;
      }
      this.sink(bytes, at + prefixBytes, end);
      at = end;
    }
    this.neededBytes = prefixBytes;
    if (at < bytes.length) {
      this.keep(bytes.subarray(at));
    }
  }
}

function messageLength(bytes: Buffer, at: number): number {
  if (bytes[at] !== 0) {
    throw bytes[at] === 1
      ? new WireError(GrpcStatus.unimplemented, "compressed messages are not taken")
      : malformed("no prefix of gRPC");
  }
  const length = bytes.readUInt32BE(at + 1);
  if (length > longestMessage) {
    throw new WireError(GrpcStatus.resourceExhausted, `a message of more than ${longestMessage} bytes`);
  }
  return length;
}
