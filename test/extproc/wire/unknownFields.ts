import protobuf from "protobufjs";

/** Which fields hold messages, and what is in these. */
export interface Nesting {
  readonly [field: number]: Nesting;
}

/** Fields of every encoding that no message of Envoy has. */
const strangers = [
  (writer: protobuf.Writer) => writer.uint32((1001 << 3) | 0).uint64(Number.MAX_SAFE_INTEGER),
  (writer: protobuf.Writer) => writer.uint32((1002 << 3) | 1).double(0.1),
  (writer: protobuf.Writer) => writer.uint32((1003 << 3) | 2).string("a text"),
  (writer: protobuf.Writer) => writer.uint32((1004 << 3) | 5).fixed32(7),
  // A group with a group inside.
  (writer: protobuf.Writer) =>
    writer
      .uint32((1005 << 3) | 3)
      .uint32((1006 << 3) | 3)
      .uint32(8)
      .uint32(300)
      .uint32((1006 << 3) | 4)
      .uint32((1005 << 3) | 4),
  // A negative integer has ten bytes.
  (writer: protobuf.Writer) => writer.uint32((1007 << 3) | 0).int64(-1),
];

/** Puts unknown fields before, between and after those of a message, and of the messages inside. */
export function withUnknownFields(message: Uint8Array, nesting: Nesting, random: () => number): Buffer {
  const reader = protobuf.Reader.create(message);
  const parts: Uint8Array[] = [];
  const put = (write: (writer: protobuf.Writer) => unknown) => {
    const writer = protobuf.Writer.create();
    write(writer);
    parts.push(writer.finish());
  };
  const stranger = () => put((writer) => strangers[Math.floor(random() * strangers.length)]?.(writer));
  while (reader.pos < reader.len) {
    stranger();
    const start = reader.pos;
    const tag = reader.uint32();
    const inner = nesting[tag >>> 3];
    if (inner === undefined) {
      reader.skipType(tag & 7);
      parts.push(message.subarray(start, reader.pos));
    } else {
      const bytes = withUnknownFields(reader.bytes(), inner, random);
      put((writer) => writer.uint32(tag).bytes(bytes));
    }
  }
  stranger();
  return Buffer.concat(parts);
}
