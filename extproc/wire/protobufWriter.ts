import { bytesTag, varintTag } from "./protobufReader";

const slabBytes = 64 * 1024;

/** What still comes before the bytes of a long body, as a rule, finds room in the same slab. */
const roomAfterLong = 1024;

/**
 * Writes protobuf messages from their end to their start: the length of what is nested is known when its tag is
 * written, and nothing is computed twice. Finished messages are windows into slabs that are never written again.
 */
export class ProtobufWriter {
  private slab = Buffer.allocUnsafeSlow(slabBytes);
  /** Where the next byte goes, counted down. */
  private at = slabBytes;
  private end = slabBytes;

  /** Bytes of this message that are written; what `wrap` counts from. */
  get written(): number {
    return this.end - this.at;
  }

  /** Begins a message; one that was not finished is forgotten. */
  begin(): void {
    this.end = this.at;
  }

  /** The message, as it is by now. */
  finish(): Buffer {
    return this.slab.subarray(this.at, this.end);
  }

  uint32(value: number): void {
    this.reserve(4);
    this.at = this.slab.writeUInt32BE(value, this.at - 4) - 4;
  }

  byte(value: number): void {
    this.reserve(1);
    this.at -= 1;
    this.slab[this.at] = value;
  }

  /** A field with an integer, an enum or a boolean, of at most 2^31 - 1. */
  varintField(field: number, value: number): void {
    this.varint(value);
    this.varint(varintTag(field));
  }

  textField(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.reserve(length);
    this.at -= length;
    this.slab.write(text, this.at, length, "utf8");
    this.lengthAndTag(field, length);
  }

  bytesField(field: number, bytes: Buffer): void {
    this.reserve(bytes.length);
    this.at -= bytes.length;
    bytes.copy(this.slab, this.at);
    this.lengthAndTag(field, bytes.length);
  }

  /** Makes what was written since `mark`, an earlier value of `written`, the message in a field. */
  wrap(field: number, mark: number): void {
    this.lengthAndTag(field, this.written - mark);
  }

  private lengthAndTag(field: number, length: number): void {
    this.varint(length);
    this.varint(bytesTag(field));
  }

  private varint(value: number): void {
    const size = value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
    this.reserve(size);
    this.at -= size;
    let rest = value;
    for (let at = this.at; at < this.at + size - 1; at += 1) {
      this.slab[at] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.slab[this.at + size - 1] = rest;
  }

  /** Makes room; what is written of this message moves along when the slab is full. */
  private reserve(bytes: number): void {
    if (this.at >= bytes) {
      return;
    }
    const { written } = this;
    // Room for as much again, so that a long message is moved a few times only.
    const size = Math.max(slabBytes, 2 * written + bytes + roomAfterLong);
    const slab = Buffer.allocUnsafeSlow(size);
    this.slab.copy(slab, size - written, this.at, this.end);
    this.slab = slab;
    this.end = size;
    this.at = size - written;
  }
}
