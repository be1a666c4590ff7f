import type { HeaderReader } from "./messages";
import { bytesTag, isAt, type ProtobufReader } from "./protobufReader";

const mapTag = { headers: bytesTag(1) } as const;
const headerTag = { key: bytesTag(1), value: bytesTag(2), rawValue: bytesTag(3) } as const;

/** Four offsets for each header: of its name, of its value, start and end. */
const stride = 4;

class IndexedHeaders implements HeaderReader {
  constructor(
    private readonly bytes: Buffer,
    private readonly offsets: readonly number[],
  ) {}

  get(name: string): string | undefined {
    const { bytes, offsets } = this;
    for (let index = offsets.length - stride; index >= 0; index -= stride) {
      const start = offsets[index] ?? 0;
      if (isAt(bytes, start, offsets[index + 1] ?? 0, name)) {
        return bytes.toString("utf8", offsets[index + 2], offsets[index + 3]);
      }
    }
    return undefined;
  }

  all(name: string): readonly string[] {
    const { bytes, offsets } = this;
    const values: string[] = [];
    for (let index = 0; index < offsets.length; index += stride) {
      if (isAt(bytes, offsets[index] ?? 0, offsets[index + 1] ?? 0, name)) {
        values.push(bytes.toString("utf8", offsets[index + 2], offsets[index + 3]));
      }
    }
    return values;
  }

  names(): readonly string[] {
    const { bytes, offsets } = this;
    const names: string[] = [];
    for (let index = 0; index < offsets.length; index += stride) {
      names.push(bytes.toString("latin1", offsets[index], offsets[index + 1]));
    }
    return names;
  }
}

/** There are none. */
export const noHeaders: HeaderReader = { get: () => undefined, all: () => [], names: () => [] };

/** Reads an `envoy.config.core.v3.HeaderMap`; the texts are made when they are asked for. Throws a WireError. */
export function readHeaders(reader: ProtobufReader): HeaderReader {
  const offsets: number[] = new Array(stride * countHeaders(reader));
  let index = 0;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === mapTag.headers) {
      readHeader(reader, offsets, index);
      index += stride;
    } else {
      reader.skip(tag);
    }
  }
  return new IndexedHeaders(reader.bytes, offsets);
}

/** Counted first: a list that grows is copied again and again. */
function countHeaders(reader: ProtobufReader): number {
  const { at } = reader;
  let count = 0;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    count += tag === mapTag.headers ? 1 : 0;
    reader.skip(tag);
  }
  reader.at = at;
  return count;
}

/** Works on the reader of the map, as there are twenty headers in a request. */
function readHeader(reader: ProtobufReader, offsets: number[], index: number): void {
  const mapEnd = reader.enter();
  let keyStart = reader.at;
  let keyEnd = reader.at;
  let valueStart = reader.at;
  let valueEnd = reader.at;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === headerTag.key) {
      keyEnd = reader.spanEnd();
      keyStart = reader.at;
      reader.at = keyEnd;
    } else if (tag === headerTag.value || tag === headerTag.rawValue) {
      const end = reader.spanEnd();
      // Envoy sets one of both; an empty one must not hide the other.
      if (end > reader.at) {
        valueStart = reader.at;
        valueEnd = end;
      }
      reader.at = end;
    } else {
      reader.skip(tag);
    }
  }
  reader.leave(mapEnd);
  offsets[index] = keyStart;
  offsets[index + 1] = keyEnd;
  offsets[index + 2] = valueStart;
  offsets[index + 3] = valueEnd;
}
