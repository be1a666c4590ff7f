import { staticTable } from "./hpackTables";
import { huffmanText } from "./huffman";

/** A block of headers cannot be read; the connection cannot go on, since both tables may differ. */
export class CompressionError extends Error {
  override readonly name = "CompressionError";
}

/** What an entry of the dynamic table counts besides its bytes (RFC 7541, section 4.1). */
const entryOverhead = 32;

/** Reads the blocks of headers of one connection (RFC 7541). */
export class HpackDecoder {
  /** Newest first. */
  private entries: (readonly [string, string])[] = [];
  private size = 0;
  private capacity: number;
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private end = 0;

  /** `limit`: what the peer's table may hold, until told otherwise. */
  constructor(private limit: number) {
    this.capacity = limit;
  }

  /** Whether a block means the same whenever it comes. */
  get isStateless(): boolean {
    return this.limit === 0;
  }

  /** The peer knows that its table may hold no more than this. */
  setLimit(limit: number): void {
    this.limit = limit;
    this.setCapacity(Math.min(this.capacity, limit));
  }

  /** Hands out each header of a block. @throws CompressionError */
  decode(block: Buffer, take: (name: string, value: string) => void): void {
    this.bytes = block;
    this.at = 0;
    this.end = block.length;
    let isFirst = true;
    while (this.at < this.end) {
      const first = block[this.at] ?? 0;
      if ((first & 0xe0) === 0x20) {
        this.resize(isFirst);
        continue;
      }
      isFirst = false;
      const [name, value] = this.header(first);
      take(name, value);
    }
  }

  private header(first: number): readonly [string, string] {
    if ((first & 0x80) !== 0) {
      return this.entry(this.integer(7));
    }
    const isKept = (first & 0x40) !== 0;
    const index = this.integer(isKept ? 6 : 4);
    const name = index === 0 ? this.text() : this.entry(index)[0];
    const header = [name, this.text()] as const;
    if (isKept) {
      this.keep(header);
    }
    return header;
  }

  private resize(isFirst: boolean): void {
    const capacity = this.integer(5);
    if (!isFirst || capacity > this.limit) {
      throw new CompressionError("a table of headers that is larger than allowed");
    }
    this.setCapacity(capacity);
  }

  private entry(index: number): readonly [string, string] {
    const found = staticTable[index - 1] ?? this.entries[index - 1 - staticTable.length];
    if (found === undefined) {
      throw new CompressionError("a header that is in no table");
    }
    return found;
  }

  private keep(header: readonly [string, string]): void {
    this.entries.unshift(header);
    this.size += sizeOf(header);
    this.evict();
  }

  private setCapacity(capacity: number): void {
    this.capacity = capacity;
    this.evict();
  }

  private evict(): void {
    while (this.size > this.capacity) {
      const last = this.entries.pop();
      this.size -= last === undefined ? this.size : sizeOf(last);
    }
  }

  private integer(prefixBits: number): number {
    const most = (1 << prefixBits) - 1;
    let value = this.byte() & most;
    if (value < most) {
      return value;
    }
    for (let shift = 0; shift <= 21; shift += 7) {
      const next = this.byte();
      value += (next & 0x7f) << shift;
      if ((next & 0x80) === 0) {
        return value;
      }
    }
    throw new CompressionError("a number that is too large");
  }

  private text(): string {
    const isHuffman = ((this.bytes[this.at] ?? 0) & 0x80) !== 0;
    const length = this.integer(7);
    const start = this.at;
    if (length > this.end - start) {
      throw new CompressionError("a text that goes beyond its block");
    }
    this.at += length;
    if (!isHuffman) {
      return this.bytes.toString("latin1", start, this.at);
    }
    const text = huffmanText(this.bytes, start, this.at);
    if (text === undefined) {
      throw new CompressionError("a text that is no Huffman code");
    }
    return text;
  }

  private byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) {
      throw new CompressionError("a block that ends too early");
    }
    this.at += 1;
    return byte;
  }
}

function sizeOf([name, value]: readonly [string, string]): number {
  return name.length + value.length + entryOverhead;
}
