import { bytesTag, deepestNesting, doubleTag, type ProtobufReader, varintTag } from "./protobufReader";
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
      readEntry(reader.message(), result, depth);
    } else {
      reader.skip(tag);
    }
  }
  return result;
}

function readEntry(reader: ProtobufReader, result: Record<string, unknown>, depth: number): void {
  let key = "";
  let value: unknown = null;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === entryTag.key) {
      key = reader.text();
    } else if (tag === entryTag.value) {
      value = readValue(reader.message(), depth + 1);
    } else {
      reader.skip(tag);
    }
  }
  result[key] = value;
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
