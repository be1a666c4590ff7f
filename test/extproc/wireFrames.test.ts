import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameReader, longestMessage } from "../../extproc/wire/frameReader";
import { GrpcStatus, WireError } from "../../extproc/wire/wireError";
import { body } from "./wire/arbitraries";
import { frame } from "./wire/protos";

const prefix = (flag: number, length: number) => {
  const bytes = Buffer.alloc(5);
  bytes[0] = flag;
  bytes.writeUInt32BE(length, 1);
  return bytes;
};

function collect() {
  const messages: Buffer[] = [];
  const reader = new FrameReader((bytes, start, end) => {
    messages.push(Buffer.from(bytes.subarray(start, end)));
  });
  return { messages, reader };
}

function statusOf(action: () => void): number | undefined {
  try {
    action();
  } catch (error) {
    return error instanceof WireError ? error.status : undefined;
  }
  return GrpcStatus.ok;
}

describe("taking messages out of a gRPC stream", () => {
  it("finds the same messages wherever the stream was cut", () => {
    fc.assert(
      fc.property(fc.array(body, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), (bodies, cuts) => {
        const stream = Buffer.concat(bodies.map(frame));
        const ends = [...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort((a, b) => a - b);
        const { messages, reader } = collect();
        let from = 0;
        for (const end of ends) {
          reader.push(stream.subarray(from, end));
          from = end;
        }
        expect(reader.unfinished).toBe(0);
        expect(messages.map((message) => message.toString("base64"))).toEqual(
          bodies.map((one) => one.toString("base64")),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("finds them when every byte comes alone", () => {
    const bodies = [Buffer.from("one"), Buffer.alloc(0), Buffer.from("three")];
    const { messages, reader } = collect();
    for (const byte of Buffer.concat(bodies.map(frame))) {
      reader.push(Buffer.from([byte]));
    }
    expect(messages).toEqual(bodies);
  });

  it("hands out windows, no copies, of messages that are whole in a chunk", () => {
    const chunk = Buffer.concat([frame(Buffer.from("one")), frame(Buffer.from("two"))]);
    const seen: Buffer[] = [];
    new FrameReader((bytes) => seen.push(bytes)).push(chunk);
    expect(seen).toEqual([chunk, chunk]);
    expect(seen.every((bytes) => bytes.buffer === chunk.buffer)).toBe(true);
  });

  it.each([1024 * 1024 + 1, 64 * 1024 * 1024, longestMessage])("takes a message of %i bytes", (size) => {
    const message = Buffer.alloc(size, "0123456789");
    const stream = Buffer.concat([frame(message), frame(Buffer.from("next"))]);
    const { messages, reader } = collect();
    for (let at = 0; at < stream.length; at += 16_384) {
      reader.push(stream.subarray(at, at + 16_384));
    }
    expect(messages.length).toBe(2);
    expect(messages[0]?.equals(message)).toBe(true);
    expect(messages[1]?.toString()).toBe("next");
  });

  it("refuses longer messages at their prefix, and what is compressed or no gRPC", () => {
    const push = (bytes: Buffer) => statusOf(() => collect().reader.push(bytes));
    expect(push(prefix(0, longestMessage))).toBe(GrpcStatus.ok);
    expect(push(prefix(0, longestMessage + 1))).toBe(GrpcStatus.resourceExhausted);
    expect(push(prefix(0, 0xffffffff))).toBe(GrpcStatus.resourceExhausted);
    expect(push(prefix(1, 3))).toBe(GrpcStatus.unimplemented);
    expect(push(prefix(2, 3))).toBe(GrpcStatus.internal);
  });

  it("takes no memory for what is only announced", () => {
    const readers = Array.from({ length: 100 }, () => collect().reader);
    const before = process.memoryUsage();
    for (const reader of readers) {
      reader.push(prefix(0, longestMessage));
    }
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1024 * 1024);
    expect(readers.every(({ unfinished }) => unfinished === 5)).toBe(true);
  });
});
