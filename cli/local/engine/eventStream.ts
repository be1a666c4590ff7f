import { crc32 } from "node:zlib";

/**
 * One message of the binary stream that AWS services use (`application/vnd.amazon.eventstream`): total length,
 * length of the headers, checksum of both, headers, payload, checksum of everything before it.
 */
export function eventStreamMessage(eventType: string, payload: unknown): Buffer {
  const headers = Buffer.concat([
    stringHeader(":event-type", eventType),
    stringHeader(":content-type", "application/json"),
    stringHeader(":message-type", "event"),
  ]);
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(12);
  prelude.writeUInt32BE(12 + headers.length + body.length + 4, 0);
  prelude.writeUInt32BE(headers.length, 4);
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
  const message = Buffer.concat([prelude, headers, body, Buffer.alloc(4)]);
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4);
  return message;
}

/** Type 7 is a string with a length of two bytes. */
function stringHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(3);
  length.writeUInt8(7, 0);
  length.writeUInt16BE(Buffer.byteLength(value), 1);
  return Buffer.concat([
    Buffer.from([Buffer.byteLength(name)]),
    Buffer.from(name),
    length,
    Buffer.from(value),
  ]);
}
