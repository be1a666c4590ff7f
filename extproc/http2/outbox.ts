import type { Socket } from "node:net";

/** What is gathered before it is written at once, in bytes. */
const gatheredBytes = 1024 * 1024;
/** What a peer that reads nothing can make us keep, in bytes. */
const mostUnread = 256 * 1024 * 1024;

/**
 * What goes out on a connection. Everything that one turn of the event loop brings forth leaves in a single write,
 * since for messages of a few bytes the write itself is most of the work.
 */
export class Outbox {
  private parts: Buffer[] = [];
  private bytes = 0;
  private isScheduled = false;
  private readonly flushLater = () => {
    this.isScheduled = false;
    this.flush();
  };

  constructor(private readonly socket: Socket) {}

  /** The bytes must not change until they are written. */
  add(part: Buffer): void {
    this.parts.push(part);
    this.bytes += part.length;
    if (this.bytes >= gatheredBytes) {
      this.flush();
    } else if (!this.isScheduled) {
      this.isScheduled = true;
      setImmediate(this.flushLater);
    }
  }

  flush(): void {
    const { parts, socket } = this;
    if (parts.length === 0) {
      return;
    }
    this.parts = [];
    if (!socket.destroyed && socket.writable) {
      const [first] = parts;
      socket.write(parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, this.bytes));
      if (socket.writableLength > mostUnread) {
        socket.destroy(new Error("a connection reads nothing and is closed"));
      }
    }
    this.bytes = 0;
  }
}
