import { malformed } from "./wireError";

/** How a field is encoded: the low three bits of its tag. */
const WireType = { varint: 0, fixed64: 1, bytes: 2, groupStart: 3, groupEnd: 4, fixed32: 5 } as const;

/** Groups and nested values deeper than this are refused, as protobuf libraries do. */
export const deepestNesting = 100;

/** The tag of a field that holds bytes, text, or another message. */
export const bytesTag = (field: number) => field * 8 + WireType.bytes;

/** The tag of a field that holds an integer, an enum or a boolean. */
export const varintTag = (field: number) => field * 8 + WireType.varint;

/** The tag of a field that holds a double. */
export const doubleTag = (field: number) => field * 8 + WireType.fixed64;

/**
 * Reads a protobuf message where it lies, from `at` up to `end`. Everything is checked against `end`, so a length that
 * lies costs nothing. All methods throw a WireError where the bytes are no message.
 */
export class ProtobufReader {
  constructor(
    readonly bytes: Buffer,
    public at: number,
    public end: number,
  ) {}

  /** The tag of the next field; 0 at the end of the message. */
  nextTag(): number {
    if (this.at >= this.end) {
      return 0;
    }
    const tag = this.varint();
    if (tag < 8 || tag > 0xffffffff) {
      throw malformed("no field has such a number");
    }
    return tag;
  }

  /** An unsigned integer; above 2^53 the nearest that a number can hold. */
  varint(): number {
    const first = this.byte();
    if (first < 0x80) {
      return first;
    }
    let value = first & 0x7f;
    let scale = 0x80;
    for (let count = 1; count < 10; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        return value;
      }
      scale *= 0x80;
    }
    throw malformed("an integer of more than ten bytes");
  }

  bool(): boolean {
    return this.varint() !== 0;
  }

  double(): number {
    const { at } = this;
    this.forward(8);
    return this.bytes.readDoubleLE(at);
  }

  /** Where the bytes of this field end; they begin at `at`, which the caller moves. */
  spanEnd(): number {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.end) {
      throw malformed("a field is longer than its message");
    }
    return end;
  }

  /** Passes over bytes, and returns where they ended. */
  skipSpan(): number {
    const end = this.spanEnd();
    this.at = end;
    return end;
  }

  /** Text; bytes that are no UTF-8 are replaced. */
  text(): string {
    const start = this.at;
    const end = this.spanEnd();
    const from = this.at;
    this.at = end;
    return start === end ? "" : this.bytes.toString("utf8", from, end);
  }

  /** A reader of the message in this field. */
  message(): ProtobufReader {
    const end = this.spanEnd();
    const inner = new ProtobufReader(this.bytes, this.at, end);
    this.at = end;
    return inner;
  }

  /**
   * Goes into the message in this field, without a reader of its own, and returns where the outer one ends: that is
   * what `leave` has to be told behind the end of the inner one.
   */
  enter(): number {
    const outerEnd = this.end;
    this.end = this.spanEnd();
    return outerEnd;
  }

  leave(outerEnd: number): void {
    this.at = this.end;
    this.end = outerEnd;
  }

  /** Passes over the value of a field that is not known. */
  skip(tag: number, depth = 0): void {
    const type = tag % 8;
    if (type === WireType.varint) {
      this.varint();
    } else if (type === WireType.bytes) {
      this.skipSpan();
    } else if (type === WireType.fixed64) {
      this.forward(8);
    } else if (type === WireType.fixed32) {
      this.forward(4);
    } else if (type === WireType.groupStart) {
      this.skipGroup(tag, depth + 1);
    } else {
      throw malformed("a field of no known encoding");
    }
  }

  private skipGroup(start: number, depth: number): void {
    if (depth > deepestNesting) {
      throw malformed("nested too deeply");
    }
    const last = start - WireType.groupStart + WireType.groupEnd;
    for (let tag = this.nextTag(); tag !== last; tag = this.nextTag()) {
      if (tag === 0) {
        throw malformed("a group without an end");
      }
      this.skip(tag, depth);
    }
  }

  private byte(): number {
    const byte = this.bytes[this.at];
    if (byte === undefined || this.at >= this.end) {
      throw malformed("it ends inside of a field");
    }
    this.at += 1;
    return byte;
  }

  private forward(count: number): void {
    this.at += count;
    if (this.at > this.end) {
      throw malformed("it ends inside of a field");
    }
  }
}

/** Whether the bytes from `start` to `end` are this text, which has nothing but ASCII in it. */
export function isAt(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) {
    return false;
  }
  for (let index = text.length - 1; index >= 0; index -= 1) {
    if (bytes[start + index] !== text.charCodeAt(index)) {
      return false;
    }
  }
  return true;
}
