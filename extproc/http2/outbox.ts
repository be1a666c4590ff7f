import type { Socket } from "node:net";
import { headerBytes, writeFrameHeader } from "./frames";

/** What is gathered before it is written at once, in bytes. */
const gatheredBytes = 1024 * 1024;
/** What goes out is put into memory of this size, in bytes, one frame behind the other. */
const slabBytes = 64 * 1024;
/** What a peer that reads nothing can make us keep, in bytes. */
const mostUnread = 256 * 1024 * 1024;

/**
 * What goes out on a connection. Everything that one turn of the event loop brings forth leaves in a single write,
 * since for messages of a few bytes the write itself is most of the work.
 */
export class Outbox {
  /** Slabs that are full, as far as they are not written. */
  private full: Buffer[] = [];
  /** What is between `start` and `end` is not written yet; nothing before it is touched again. */
  private slab: Buffer = Buffer.alloc(0);
  private start = 0;
  private end = 0;
  private bytes = 0;
  private isScheduled = false;
  private readonly flushLater = () => {
    this.isScheduled = false;
    this.flush();
  };

  constructor(private readonly socket: Socket) {}

  add(bytes: Buffer): void {
    const at = this.take(bytes.length);
    bytes.copy(this.slab, at);
    this.added();
  }

  addFrame(type: number, flags: number, streamId: number, payload: Buffer): void {
    const at = this.take(headerBytes + payload.length);
    payload.copy(this.slab, writeFrameHeader(this.slab, at, payload.length, type, flags, streamId));
    this.added();
  }

  flush(): void {
    this.endSlab();
    const { full, bytes, socket } = this;
    if (bytes === 0) {
      return;
    }
    this.full = [];
    this.bytes = 0;
    if (!socket.destroyed && socket.writable) {
      const [first] = full;
      socket.write(full.length === 1 && first !== undefined ? first : Buffer.concat(full, bytes));
      if (socket.writableLength > mostUnread) {
        socket.destroy(new Error("a connection reads nothing and is closed"));
      }
    }
  }

  /** Room for so many bytes in the slab, and where it begins. */
  private take(bytes: number): number {
    if (this.end + bytes > this.slab.length) {
      this.endSlab();
      this.slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
      this.start = 0;
      this.end = 0;
    }
    const at = this.end;
    this.end += bytes;
    this.bytes += bytes;
    return at;
  }

  private endSlab(): void {
    if (this.end > this.start) {
      this.full.push(this.slab.subarray(this.start, this.end));
      this.start = this.end;
    }
  }

  private added(): void {
    if (this.bytes >= gatheredBytes) {
      this.flush();
    } else if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(this.flushLater);
    }
  }
}
