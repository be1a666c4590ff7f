import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  FrameType,
  frameOf,
  headerBlock,
  numbersFrame,
  preface,
  settingsFrame,
} from "../../extproc/http2/frames";
import type { ProcessorServer } from "../../extproc/wire/messages";
import { connectTo, processPath, RawCall, type Recorder, startRecorded, until } from "./stream/harness";
import { encodeRequest, frame } from "./wire/protos";

const runs = Number(process.env["FUZZ"] ?? 2_000);
const empty = Buffer.alloc(0);
const settings = settingsFrame([]);
const head = headerBlock([
  [":method", "POST"],
  [":scheme", "http"],
  [":path", processPath],
  ["content-type", "application/grpc"],
]);
const open = (id: number) => frameOf(FrameType.headers, 4, id, head);
const message = frame(encodeRequest({ requestHeaders: {} }));
const data = (id: number, bytes = message, flags = 0) => frameOf(FrameType.data, flags, id, bytes);

let server: ProcessorServer;
let recorder: Recorder;

beforeAll(async () => {
  ({ server, recorder } = await startRecorded());
});

afterAll(() => server.close());

afterEach(() => {
  recorder.opened.length = 0;
  recorder.errors.length = 0;
});

interface Reply {
  readonly frames: readonly { readonly type: number; readonly id: number; readonly payload: Buffer }[];
  readonly isClosed: boolean;
}

/** Sends the pieces one after another, and what came until the server closed or said nothing for a while. */
async function exchange(pieces: readonly Buffer[], waitMs = 100): Promise<Reply> {
  const socket = connect(server.port, "127.0.0.1").setNoDelay(true);
  let bytes = Buffer.alloc(0);
  let isClosed = false;
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    isClosed = true;
  });
  await once(socket, "connect");
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const deadline = Date.now() + waitMs;
  await until(() => isClosed || Date.now() > deadline);
  socket.destroy();
  const frames: { type: number; id: number; payload: Buffer }[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    frames.push({
      type: bytes.readUInt8(at + 3),
      id: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return { frames, isClosed };
}

const goawayOf = ({ frames }: Reply) =>
  frames.find(({ type }) => type === FrameType.goaway)?.payload.readUInt32BE(4);
const resetOf = ({ frames }: Reply, id: number) =>
  frames.find((sent) => sent.type === FrameType.rstStream && sent.id === id)?.payload.readUInt32BE(0);
const dataOf = ({ frames }: Reply, id: number) =>
  Buffer.concat(
    frames.filter((sent) => sent.type === FrameType.data && sent.id === id).map((f) => f.payload),
  );

const answer = frame(Buffer.from([0x0a, 0x00]));

describe("a connection", () => {
  it("is greeted with settings and a wide window, and its settings are acknowledged", async () => {
    const { frames } = await exchange([preface, settings]);
    expect(frames.map(({ type }) => type)).toEqual([
      FrameType.settings,
      FrameType.windowUpdate,
      FrameType.settings,
    ]);
  });

  it("may be cut anywhere", async () => {
    const bytes = Buffer.concat([preface, settings, open(1), data(1)]);
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    expect(dataOf(await exchange(pieces, 300), 1)).toEqual(answer);
  });

  it("answers pings with the same bytes", async () => {
    const { frames } = await exchange([
      preface,
      settings,
      frameOf(FrameType.ping, 0, 0, Buffer.from("12345678")),
    ]);
    const [pong] = frames.filter(({ type }) => type === FrameType.ping);
    expect(pong?.payload.toString()).toBe("12345678");
  });

  it("takes padding and priorities off", async () => {
    const padded = Buffer.concat([Buffer.from([3]), message, Buffer.alloc(3)]);
    const prior = Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 16]), head, Buffer.alloc(2)]);
    const reply = await exchange([
      preface,
      settings,
      frameOf(FrameType.headers, 4 | 8 | 0x20, 1, prior),
      data(1, padded, 8),
    ]);
    expect(dataOf(reply, 1)).toEqual(answer);
  });

  it("takes headers that go on in further frames", async () => {
    const reply = await exchange([
      preface,
      settings,
      frameOf(FrameType.headers, 0, 1, head.subarray(0, 10)),
      frameOf(FrameType.continuation, 0, 1, head.subarray(10, 20)),
      frameOf(FrameType.continuation, 4, 1, head.subarray(20)),
      data(1),
    ]);
    expect(dataOf(reply, 1)).toEqual(answer);
  });

  it("ignores what is still on its way to a stream that is over", async () => {
    const reply = await exchange([
      preface,
      settings,
      open(1),
      data(1, Buffer.from("no gRPC")),
      data(1),
      numbersFrame(FrameType.windowUpdate, 1, 10),
      numbersFrame(FrameType.rstStream, 1, 8),
      frameOf(FrameType.headers, 5, 1, headerBlock([["a", "b"]])),
      open(3),
      data(3),
    ]);
    expect(reply.isClosed).toBe(false);
    expect(dataOf(reply, 3)).toEqual(answer);
  });
});

describe("the peer's windows", () => {
  const small = settingsFrame([[4, 3]]);

  it("are kept to, to the byte, and filled when they open", async () => {
    const closed = await exchange([preface, small, open(1), data(1)]);
    expect(dataOf(closed, 1)).toEqual(answer.subarray(0, 3));
    const opened = await exchange([
      preface,
      small,
      open(1),
      data(1),
      numbersFrame(FrameType.windowUpdate, 1, 2),
      settingsFrame([[4, 100]]),
    ]);
    expect(dataOf(opened, 1)).toEqual(answer);
  });

  it("of the connection hold for all streams together, and trailers wait for the body", async () => {
    const session = await connectTo(server);
    const big = Buffer.alloc(200_000, 1);
    const { server: other } = await startRecorded((_, { send }) =>
      send({ kind: "requestBody", mutation: { body: big } }),
    );
    const second = await connectTo(other);
    const calls = [1, 2, 3].map(() => new RawCall(second));
    for (const call of calls) {
      call.stream.write(message);
      call.stream.end();
    }
    for (const call of calls) {
      const outcome = await call.outcome;
      expect(outcome.status).toBe(0);
      expect(outcome.answers).toHaveLength(1);
    }
    second.destroy();
    session.destroy();
    await other.close();
  });
});

describe("a connection is closed, with the code of the standard,", () => {
  const protocolError = 1;
  const flowControlError = 3;
  const frameSizeError = 6;
  const compressionError = 9;
  it.each([
    { name: "without settings", frames: [open(1)], code: protocolError },
    { name: "for a stream that no client may open", frames: [settings, open(2)], code: protocolError },
    { name: "for data of a stream that was never opened", frames: [settings, data(1)], code: protocolError },
    { name: "for data of no stream", frames: [settings, data(0)], code: protocolError },
    {
      name: "for a frame that is too long",
      frames: [settings, open(1), data(1, Buffer.alloc(16_385))],
      code: frameSizeError,
    },
    {
      name: "for headers that are interrupted",
      frames: [settings, frameOf(FrameType.headers, 0, 1, head), data(1)],
      code: protocolError,
    },
    {
      name: "for headers that continue nothing",
      frames: [settings, frameOf(FrameType.continuation, 4, 1, head)],
      code: protocolError,
    },
    {
      name: "for headers without end",
      frames: [
        settings,
        frameOf(FrameType.headers, 0, 1, head),
        ...Array.from({ length: 70 }, () => frameOf(FrameType.continuation, 0, 1, empty)),
      ],
      code: 11,
    },
    {
      name: "for headers that cannot be read",
      frames: [settings, frameOf(FrameType.headers, 4, 1, Buffer.from([0xff]))],
      code: compressionError,
    },
    {
      name: "for a window without width",
      frames: [settings, numbersFrame(FrameType.windowUpdate, 0, 0)],
      code: protocolError,
    },
    {
      name: "for a window that is too wide",
      frames: [settings, numbersFrame(FrameType.windowUpdate, 0, 2 ** 31 - 1)],
      code: flowControlError,
    },
    { name: "for settings that are none", frames: [settingsFrame([[5, 1]])], code: protocolError },
    {
      name: "for padding that is longer than its frame",
      frames: [settings, open(1), data(1, Buffer.from([9]), 8)],
      code: protocolError,
    },
    {
      name: "for a push",
      frames: [settings, frameOf(FrameType.pushPromise, 4, 1, head)],
      code: protocolError,
    },
  ])("$name", async ({ frames, code }) => {
    const reply = await exchange([preface, ...frames], 2_000);
    expect(goawayOf(reply)).toBe(code);
    expect(reply.isClosed).toBe(true);
    await until(() => recorder.errors.length > 0);
    await until(() => server.openStreams === 0);
  });
});

describe("a stream is reset, and its connection goes on,", () => {
  it.each([
    {
      name: "for headers without a path",
      block: headerBlock([
        [":method", "POST"],
        [":scheme", "http"],
      ]),
    },
    {
      name: "for headers of a connection",
      block: Buffer.concat([head, headerBlock([["connection", "close"]])]),
    },
    { name: "for a name in capitals", block: Buffer.concat([head, headerBlock([["A", "b"]])]) },
    { name: "for two paths", block: Buffer.concat([headerBlock([[":path", "/"]]), head]) },
  ])("$name", async ({ block }) => {
    const reply = await exchange([
      preface,
      settings,
      frameOf(FrameType.headers, 4, 1, block),
      open(3),
      data(3),
    ]);
    expect(resetOf(reply, 1)).toBe(1);
    expect(dataOf(reply, 3)).toEqual(answer);
  });
});

describe("any bytes", () => {
  it("end a connection at most, and never a stream twice", async () => {
    const frames = fc.tuple(
      fc.integer({ min: 0, max: 11 }),
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(0, 1, 1, 1, 3, 5, 2),
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
        fc.constant(head),
        fc.constant(message),
      ),
    );
    const connections = fc.array(frames, { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(connections, async (sent) => {
        const bytes = sent.map(([type, flags, id, payload]) => frameOf(type, flags, id, payload));
        const socket = connect(server.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.resume();
        await once(socket, "connect");
        socket.end(Buffer.concat([preface, settings, ...bytes]));
        await once(socket, "close");
      }),
      { numRuns: Math.min(runs, 20_000) },
    );
    await until(() => server.openStreams === 0);
    for (const { ends } of recorder.opened) {
      expect(ends).toBe(1);
    }
  });
});
