const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const colon = 0x3a;

/** Longer lines are not kept; what they say of usage is found while they pass. */
export const longestLine = 1024 * 1024;

/** What comes out of a stream of server-sent events. */
export interface SseVisitor {
  /** The data of one event, decoded. */
  event(data: string): void;
  /** A piece of a data line that is too long to be kept. `isLast` ends the line. */
  long(piece: Buffer, isLast: boolean): void;
}

/**
 * Takes a stream of server-sent events apart, wherever it was cut into chunks: inside a character, between CR and LF.
 * Memory is bounded by `longestLine`. Names, ids and comments of events are not needed and skipped.
 */
export class SseReader {
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private isLong = false;
  private skipLineFeed = false;
  private isFirstLine = true;
  private data: string | undefined;
  private dataLength = 0;

  constructor(private readonly visitor: SseVisitor) {}

  push(chunk: Buffer): void {
    let at = 0;
    if (this.skipLineFeed && chunk.length > 0) {
      at = chunk[0] === lineFeed ? 1 : 0;
      this.skipLineFeed = false;
    }
    let feed = -2;
    let carriage = -2;
    while (at < chunk.length) {
      feed = feed !== -1 && feed < at ? chunk.indexOf(lineFeed, at) : feed;
      carriage = carriage !== -1 && carriage < at ? chunk.indexOf(carriageReturn, at) : carriage;
      const end = feed === -1 ? carriage : carriage === -1 ? feed : Math.min(feed, carriage);
      if (end === -1) {
        this.keep(chunk.subarray(at));
        return;
      }
      this.endLine(chunk.subarray(at, end));
      at = end + 1;
      if (end === carriage) {
        this.skipLineFeed = at === chunk.length;
        at += chunk[at] === lineFeed ? 1 : 0;
      }
    }
  }

  /** The stream is over, or was cut: what came whole still counts. */
  end(): void {
    if (this.pendingBytes > 0 || this.isLong) {
      this.endLine(Buffer.alloc(0));
    }
    this.dispatch();
  }

  private keep(piece: Buffer): void {
    if (this.isLong) {
      this.visitor.long(piece, false);
      return;
    }
    // A copy: the chunk is not ours to keep.
    this.pending.push(Buffer.from(piece));
    this.pendingBytes += piece.length;
    if (this.pendingBytes > longestLine) {
      this.isLong = true;
      this.visitor.long(Buffer.concat(this.pending), false);
      this.pending = [];
      this.pendingBytes = 0;
    }
  }

  private endLine(rest: Buffer): void {
    if (this.isLong) {
      this.visitor.long(rest, true);
      this.isLong = false;
      return;
    }
    const line = this.pendingBytes === 0 ? rest : Buffer.concat([...this.pending, rest]);
    this.pending = [];
    this.pendingBytes = 0;
    if (line.length > longestLine) {
      this.visitor.long(line, true);
      return;
    }
    this.takeLine(this.isFirstLine ? withoutMark(line) : line);
    this.isFirstLine = false;
  }

  private takeLine(line: Buffer): void {
    if (line.length === 0) {
      this.dispatch();
      return;
    }
    // "data", then a colon or nothing.
    if (line[0] !== 0x64 || line[1] !== 0x61 || line[2] !== 0x74 || line[3] !== 0x61) {
      return;
    }
    if (line.length > 4 && line[4] !== colon) {
      return;
    }
    const text = line.toString("utf8", line[5] === 0x20 ? 6 : 5);
    this.dataLength += text.length;
    if (this.dataLength <= longestLine) {
      this.data = this.data === undefined ? text : `${this.data}\n${text}`;
    }
  }

  private dispatch(): void {
    const { data } = this;
    this.data = undefined;
    this.dataLength = 0;
    if (data !== undefined) {
      this.visitor.event(data);
    }
  }
}

function withoutMark(line: Buffer): Buffer {
  return line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? line.subarray(3) : line;
}
