const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const comma = 0x2c;
const openObject = 0x7b;
const closeObject = 0x7d;
const openArray = 0x5b;
const closeArray = 0x5d;

/** Room for a usage object; the known ones have less than 1 KiB. */
const longestUsage = 64 * 1024;
const longestName = 16;
/** Members of the outermost object that may hold the usage in its place. */
const holders: readonly string[] = ["response", "message"];

/**
 * Finds the `usage` of a JSON document while it passes, however long that is and however it is cut into chunks:
 * the member of the outermost object, or of `response` or `message` in it. Keeps nothing else; the last one counts.
 */
export class UsageScanner {
  /** The last usage object, as JSON. */
  usage: string | undefined;
  /** Objects in the list `data`: images, when images were asked for. */
  items = 0;
  /** The outermost object has an `error` that is not null. */
  hasError = false;

  private depth = 0;
  private inString = false;
  private isEscaped = false;
  private awaitsName = false;
  private isName = false;
  private name = "";
  /** Names of the members that are open at the first and second level. */
  private first = "";
  private second = "";
  private captured: Buffer[] | undefined;
  private capturedBytes = 0;
  private captureDepth = 0;
  private captureFrom = 0;

  push(chunk: Buffer): void {
    this.captureFrom = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      at = this.inString ? this.passString(chunk, at) : at;
      if (!this.inString && at < chunk.length) {
        this.take(chunk, at, chunk[at] ?? 0);
      }
    }
    if (this.captured !== undefined) {
      this.capture(chunk.subarray(this.captureFrom));
    }
  }

  /** Goes on inside a string: to the byte after its end, or to the end of the chunk. */
  private passString(chunk: Buffer, start: number): number {
    for (let at = start; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.isEscaped) {
        this.isEscaped = false;
      } else if (byte === backslash) {
        this.isEscaped = true;
      } else if (byte === quote) {
        this.inString = false;
        return at + 1;
      }
      if (this.isName && this.name.length < longestName) {
        this.name += String.fromCharCode(byte);
      }
    }
    return chunk.length;
  }

  private take(chunk: Buffer, at: number, byte: number): void {
    switch (byte) {
      case quote:
        this.inString = true;
        this.isName = this.awaitsName && this.depth <= 2;
        this.name = "";
        this.seeError();
        break;
      case colon:
        this.endName();
        break;
      case comma:
        this.awaitsName = true;
        break;
      case openObject:
      case openArray:
        this.open(byte === openObject, at);
        break;
      case closeObject:
      case closeArray:
        this.close(chunk, at);
        break;
      default:
        break;
    }
  }

  private endName(): void {
    this.awaitsName = false;
    if (this.depth === 1) {
      this.first = this.name;
    } else if (this.depth === 2) {
      this.second = this.name;
    }
  }

  private seeError(): void {
    this.hasError ||= this.depth === 1 && this.first === "error" && !this.awaitsName;
  }

  private open(isObject: boolean, at: number): void {
    this.seeError();
    if (isObject && this.depth === 2 && this.first === "data") {
      this.items += 1;
    }
    const isUsage =
      (this.depth === 1 && this.first === "usage") ||
      (this.depth === 2 && this.second === "usage" && holders.includes(this.first));
    this.depth += 1;
    this.awaitsName = isObject;
    if (this.depth === 2) {
      this.second = "";
    }
    if (isObject && isUsage && this.captured === undefined) {
      this.captured = [];
      this.capturedBytes = 0;
      this.captureDepth = this.depth;
      this.captureFrom = at;
    }
  }

  private close(chunk: Buffer, at: number): void {
    if (this.captured !== undefined && this.depth === this.captureDepth) {
      this.capture(chunk.subarray(this.captureFrom, at + 1));
      this.usage = this.captured === undefined ? this.usage : Buffer.concat(this.captured).toString();
      this.captured = undefined;
    }
    this.depth = Math.max(0, this.depth - 1);
    this.awaitsName = false;
  }

  private capture(piece: Buffer): void {
    this.capturedBytes += piece.length;
    if (this.capturedBytes > longestUsage) {
      this.captured = undefined;
    } else {
      // A copy: the chunk may be large, and is not ours to keep.
      this.captured?.push(Buffer.from(piece));
    }
  }
}
