import { budgetNamespace, gatewayNamespace } from "../../../extproc/contract";
import { bytesTag, ProtobufReader } from "../../../extproc/wire/protobufReader";

/** A protobuf field that holds bytes, text, or another message. */
function field(number: number, content: Buffer | string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function number(number: number, value: number): Buffer {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) {
    bytes.push((rest % 0x80) | 0x80);
  }
  return Buffer.from([...bytes, rest]);
}

/** What Envoy says besides, which nobody reads: addresses, times, the cluster, the route. */
const address = field(1, field(2, "10.0.0.127"));
const unread = Buffer.concat([
  ...[2, 3].map((at) => field(at, address)),
  ...[6, 7, 8, 9, 10, 11, 12].map((at) =>
    field(at, Buffer.concat([number(1, 1_770_000_000), number(2, 123_456_789)])),
  ),
  field(14, address),
  field(15, "httproute/default/bench/rule/0"),
]);
const request = Buffer.concat([
  number(1, 4),
  ...["http", "gateway.example.com"].map((text, at) => field(2 + at, text)),
  field(5, "/v1/chat/completions"),
  field(6, "OpenAI/Python 1.99.1"),
  field(9, "5e1f6a2f-6a6e-4e4a-9b7e-1f3f7c1c2a55"),
  number(11, 700),
  number(12, 2048),
]);
const response = Buffer.concat([
  field(1, number(1, 200)),
  number(2, 300),
  number(3, 320),
  field(6, "via_upstream"),
]);

/** A message of Envoy's access log about requests: `usage` is the gateway's metadata, `own` that of each request. */
export function logMessage(usage: Buffer, own: readonly Buffer[]): Buffer {
  const gateway = field(1, Buffer.concat([field(1, gatewayNamespace), field(2, usage)]));
  const entries = own.map((struct) => {
    const ours = field(1, Buffer.concat([field(1, budgetNamespace), field(2, struct)]));
    const common = Buffer.concat([unread, field(17, Buffer.concat([ours, gateway])), number(33, 6)]);
    return field(1, Buffer.concat([field(1, common), number(2, 2), field(3, request), field(4, response)]));
  });
  return field(2, Buffer.concat(entries));
}

/** The metadata that an answer of the processor writes under its own name, if it does. */
export function ownMetadata(answer: Buffer): Buffer | undefined {
  let bytes: Buffer | undefined = answer;
  // The answer's metadata, its one field, the value in that, and the Struct in the value.
  for (const number of [8, 1, 2, 5]) {
    bytes = bytes && contentOf(bytes, number);
  }
  return bytes;
}

function contentOf(bytes: Buffer, field: number): Buffer | undefined {
  const reader = new ProtobufReader(bytes, 0, bytes.length);
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === bytesTag(field)) {
      const end = reader.spanEnd();
      return bytes.subarray(reader.at, end);
    }
    reader.skip(tag);
  }
  return undefined;
}
