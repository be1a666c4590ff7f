import { bytesTag, deepestNesting, doubleTag, isAt, type ProtobufReader, varintTag } from "./protobufReader";
import { malformed } from "./wireError";

const structTag = { fields: bytesTag(1) } as const;
const entryTag = { key: bytesTag(1), value: bytesTag(2) } as const;
const valueTag = {
  nothing: varintTag(1),
  number: doubleTag(2),
  text: bytesTag(3),
  bool: varintTag(4),
  struct: bytesTag(5),
  list: bytesTag(6),
} as const;
const listTag = { values: bytesTag(1) } as const;

/**
 * A `google.protobuf.Struct` as plain JSON values. The object has no prototype, so no key of it can be taken for
 * something inherited. Throws a WireError where the bytes are no Struct.
 */
export function readStruct(reader: ProtobufReader, depth = 0): Record<string, unknown> {
  if (depth > deepestNesting) {
    throw malformed("nested too deeply");
  }
  const result: Record<string, unknown> = Object.create(null);
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === structTag.fields) {
      readMember(reader, result, depth);
    } else {
      reader.skip(tag);
    }
  }
  return result;
}

/** What `readMembers` returns: inherits nothing either, and is faster to make and to read than what has no prototype. */
class Members {
  [name: string]: unknown;
}
Object.setPrototypeOf(Members.prototype, null);
Reflect.deleteProperty(Members.prototype, "constructor");

/** The same with none but these members, whose names are ASCII: nothing is made of the others. */
export function readMembers(reader: ProtobufReader, members: readonly string[]): Record<string, unknown> {
  const result = new Members();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag !== structTag.fields) {
      reader.skip(tag);
      continue;
    }
    const outerEnd = reader.enter();
    const { keyStart, keyEnd, valueStart, valueEnd } = readEntry(reader);
    for (const name of members) {
      if (isAt(reader.bytes, keyStart, keyEnd, name)) {
        result[name] = valueAt(reader, valueStart, valueEnd, 1);
        break;
      }
    }
    reader.leave(outerEnd);
  }
  return result;
}

/** Where key and value of an entry of a map lie; what is absent is empty. Only good until the next one is read. */
interface Entry {
  keyStart: number;
  keyEnd: number;
  valueStart: number;
  valueEnd: number;
}
const entry: Entry = { keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0 };

/** Reads the entry of a map in which `reader` is, up to its end. */
export function readEntry(reader: ProtobufReader): Readonly<Entry> {
  entry.keyStart = entry.keyEnd = reader.end;
  entry.valueStart = entry.valueEnd = reader.end;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === entryTag.key) {
      entry.keyEnd = reader.spanEnd();
      entry.keyStart = reader.at;
      reader.at = entry.keyEnd;
    } else if (tag === entryTag.value) {
      entry.valueEnd = reader.spanEnd();
      entry.valueStart = reader.at;
      reader.at = entry.valueEnd;
    } else {
      reader.skip(tag);
    }
  }
  return entry;
}

function readMember(reader: ProtobufReader, result: Record<string, unknown>, depth: number): void {
  const outerEnd = reader.enter();
  const { keyStart, keyEnd, valueStart, valueEnd } = readEntry(reader);
  const key = keyStart === keyEnd ? "" : reader.bytes.toString("utf8", keyStart, keyEnd);
  result[key] = valueAt(reader, valueStart, valueEnd, depth + 1);
  reader.leave(outerEnd);
}

/** What lies between two places within the reader's message. Nothing is null. */
function valueAt(reader: ProtobufReader, start: number, end: number, depth: number): unknown {
  const { end: outerEnd } = reader;
  reader.at = start;
  reader.end = end;
  const value = readValue(reader, depth);
  reader.end = outerEnd;
  return value;
}

function readValue(reader: ProtobufReader, depth: number): unknown {
  let value: unknown = null;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === valueTag.number) {
      value = reader.double();
    } else if (tag === valueTag.text) {
      value = reader.text();
    } else if (tag === valueTag.bool) {
      value = reader.bool();
    } else if (tag === valueTag.struct) {
      value = readStruct(reader.message(), depth + 1);
    } else if (tag === valueTag.list) {
      value = readList(reader.message(), depth + 1);
    } else if (tag === valueTag.nothing) {
      reader.varint();
      value = null;
    } else {
      reader.skip(tag);
    }
  }
  return value;
}

function readList(reader: ProtobufReader, depth: number): unknown[] {
  if (depth > deepestNesting) {
    throw malformed("nested too deeply");
  }
  const values: unknown[] = [];
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === listTag.values) {
      values.push(readValue(reader.message(), depth + 1));
    } else {
      reader.skip(tag);
    }
  }
  return values;
}
