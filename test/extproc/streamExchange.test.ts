import { Client, credentials } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { longestMessage } from "../../extproc/wire/frameReader";
import type { ProcessorServer } from "../../extproc/wire/messages";
import {
  answerAll,
  connectTo,
  type Exchange,
  logPath,
  processPath,
  RawCall,
  type Recorder,
  startRecorded,
  until,
} from "./stream/harness";
import { encodeLogMessage, encodeRequest, frame } from "./wire/protos";

type Session = Awaited<ReturnType<typeof connectTo>>;

const headersMessage = encodeRequest({
  requestHeaders: { headers: { headers: [{ key: ":path", rawValue: Buffer.from("/v1") }] } },
});
const bodyMessage = encodeRequest({ requestBody: { body: Buffer.from("text"), endOfStream: true } });

let server: ProcessorServer;
let recorder: Recorder;
let session: Session;
let take: typeof answerAll;
const opened: { close(): void }[] = [];

beforeEach(async () => {
  take = answerAll;
  ({ server, recorder } = await startRecorded((message, exchange) => take(message, exchange)));
  session = await connectTo(server);
});

afterEach(async () => {
  for (const one of opened.splice(0)) {
    one.close();
  }
  session.destroy();
  await server.close();
});

const onlyExchange = (): Exchange => {
  expect(recorder.opened).toHaveLength(1);
  return recorder.opened[0] as Exchange;
};

/** A stream that is opened, used and ended after the one under test: the connection and the server still work. */
async function expectWorking(): Promise<void> {
  const call = new RawCall(session);
  call.stream.end(frame(headersMessage));
  expect(await call.outcome).toMatchObject({ status: 0, answers: [{ requestHeaders: {} }] });
}

describe("a request's stream", () => {
  it("is served to a gRPC library: answers in order, then the status", async () => {
    const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
    opened.push(client);
    const identity = (bytes: Buffer) => bytes;
    const call = client.makeBidiStreamRequest(processPath, identity, identity);
    const answers: Buffer[] = [];
    call.on("data", (bytes: Buffer) => {
      answers.push(bytes);
      if (answers.length === 2) {
        call.end();
      }
    });
    const status = new Promise<{ code: number }>((resolve) => call.on("status", resolve));
    call.write(headersMessage);
    call.write(bodyMessage);
    expect((await status).code).toBe(0);
    expect(answers).toEqual([Buffer.from([0x0a, 0x00]), Buffer.from([0x1a, 0x00])]);
    expect(onlyExchange().taken.map(({ kind }) => kind)).toEqual(["requestHeaders", "requestBody"]);
    expect(onlyExchange().ends).toBe(1);
  });

  it("is answered later too, and a message at a time", async () => {
    take = (message, exchange) => {
      setTimeout(() => answerAll(message, exchange), 20);
    };
    const call = new RawCall(session);
    call.stream.write(frame(headersMessage));
    expect(await call.answers(1)).toEqual([{ requestHeaders: {} }]);
    call.stream.write(frame(bodyMessage));
    expect(await call.answers(2)).toEqual([{ requestHeaders: {} }, { requestBody: {} }]);
    expect(onlyExchange().ends).toBe(0);
    expect(server.openStreams).toBe(1);
    call.stream.end();
    expect(await call.outcome).toMatchObject({ httpStatus: 200, status: 0, resetCode: 0 });
    expect(onlyExchange().ends).toBe(1);
    expect(server.openStreams).toBe(0);
  });

  it("that the client half-closes unused ends in order", async () => {
    const call = new RawCall(session);
    call.stream.end();
    expect(await call.outcome).toMatchObject({ httpStatus: 200, status: 0, answers: [] });
    expect(onlyExchange()).toMatchObject({ taken: [], ends: 1 });
  });

  it.each([0, 2, 8])("that the client resets with code %i ends, and takes no more answers", async (code) => {
    const call = new RawCall(session);
    call.stream.write(frame(headersMessage));
    await call.answers(1);
    call.reset(code);
    await until(() => onlyExchange().ends === 1);
    onlyExchange().send({ kind: "requestBody" });
    await expectWorking();
    expect(recorder.opened.map(({ ends }) => ends)).toEqual([1, 1]);
    expect(recorder.errors).toEqual([]);
  });

  it("takes messages wherever they are cut into frames of HTTP/2", async () => {
    const call = new RawCall(session);
    for (const byte of Buffer.concat([frame(headersMessage), frame(bodyMessage)])) {
      call.stream.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await call.answers(2);
    call.stream.end();
    expect(await call.outcome).toMatchObject({ status: 0 });
    expect(onlyExchange().bodies).toEqual([Buffer.from("text")]);
  });

  it("carries bodies of 60 MB in both directions", async () => {
    const body = Buffer.alloc(60_000_000, "0123456789abcdef");
    take = (message, { send }) => {
      if (message.kind === "requestBody") {
        send({ kind: "requestBody", mutation: { body: Buffer.from(message.body) } });
      }
    };
    const call = new RawCall(session);
    call.stream.write(frame(encodeRequest({ requestBody: { body, endOfStream: true } })));
    const [answer] = await call.messages(1);
    // The body stands at the end, after a few bytes that say what it is.
    expect(answer?.subarray(-body.length).equals(body)).toBe(true);
    expect(onlyExchange().bodies[0]?.equals(body)).toBe(true);
    call.stream.end();
    await until(() => onlyExchange().ends === 1);
  });
});

describe("a stream that cannot be served", () => {
  it.each([
    ["an unknown method", 12, "/envoy.service.ext_proc.v3.ExternalProcessor/Other", {}],
    ["an unknown service", 12, "/grpc.health.v1.Health/Check", {}],
  ])("%s ends with status %i", async (_, status, path, headers) => {
    const call = new RawCall(session, path, headers);
    call.stream.write(frame(headersMessage));
    expect(await call.outcome).toMatchObject({ httpStatus: 200, status, message: "no such method" });
    expect(recorder.opened).toEqual([]);
    await expectWorking();
  });

  it.each([{ "content-type": "application/json" }, { "content-type": "" }])(
    "%o ends with 415",
    async (headers) => {
      const call = new RawCall(session, processPath, headers);
      call.stream.end("{}");
      expect(await call.outcome).toMatchObject({ httpStatus: 415, status: undefined });
      expect(recorder.opened).toEqual([]);
      await expectWorking();
    },
  );

  const announced = (flag: number, length: number) => {
    const prefix = Buffer.alloc(5);
    prefix[0] = flag;
    prefix.writeUInt32BE(length, 1);
    return prefix;
  };

  it.each([
    ["a malformed message", frame(Buffer.from([0x12, 0x05])), 13],
    ["a malformed header", frame(Buffer.from([0x12, 0x04, 0x0a, 0x02, 0x0a, 0x05])), 13],
    ["what is no frame", Buffer.from("GET / HTTP/1.1"), 13],
    ["a compressed message", announced(1, 3), 12],
    ["a message beyond the limit", announced(0, longestMessage + 1), 8],
  ])("%s ends it at once, before and after an answer", async (_, bytes, status) => {
    for (const before of [Buffer.alloc(0), frame(headersMessage)]) {
      const errors = recorder.errors.length;
      const call = new RawCall(session);
      call.stream.write(Buffer.concat([before, bytes]));
      const outcome = await call.outcome;
      expect(outcome.status).toBe(status);
      expect(outcome.answers).toHaveLength(before.length === 0 ? 0 : 1);
      expect(recorder.errors.length - errors).toBe(1);
      expect(recorder.errors.at(-1)).toMatchObject({ name: "WireError", status, message: outcome.message });
      expect(recorder.opened.at(-1)).toMatchObject({ ends: 1 });
    }
    expect(server.openStreams).toBe(0);
    await expectWorking();
  });

  it("a message that is cut by the half-close ends it", async () => {
    const call = new RawCall(session);
    call.stream.end(frame(headersMessage).subarray(0, -1));
    expect(await call.outcome).toMatchObject({ status: 13, answers: [] });
    expect(onlyExchange()).toMatchObject({ taken: [], ends: 1 });
    expect(recorder.errors).toHaveLength(1);
  });

  it("a handler that throws ends its own stream alone, and says nothing of why to the client", async () => {
    const other = new RawCall(session);
    other.stream.write(frame(headersMessage));
    await other.answers(1);
    take = () => {
      throw new Error("secret");
    };
    const call = new RawCall(session);
    call.stream.write(Buffer.concat([frame(headersMessage), frame(bodyMessage)]));
    expect(await call.outcome).toMatchObject({ status: 13, message: "the processor failed" });
    expect(recorder.opened[1]).toMatchObject({ taken: [{ kind: "requestHeaders" }], ends: 1 });
    expect(recorder.errors.map(({ message }) => message)).toEqual(["secret"]);
    take = answerAll;
    other.stream.end(frame(bodyMessage));
    expect(await other.outcome).toMatchObject({ status: 0, answers: [{}, {}] });
  });
});

describe("a stream of logs", () => {
  const entry = (requestId: string) => ({ request: { requestId } });
  const message = (...ids: string[]) => frame(encodeLogMessage({ httpLogs: { logEntry: ids.map(entry) } }));

  it("is taken as it comes, and answered at its end alone", async () => {
    const call = new RawCall(session, logPath);
    call.stream.write(Buffer.concat([message("1", "2"), message()]));
    await until(() => recorder.entries.length === 2);
    call.stream.write(message("3"));
    await until(() => recorder.entries.length === 3);
    expect(call.stream.sentHeaders).toBeDefined();
    expect(server.openStreams).toBe(0);
    call.stream.end();
    expect(await call.outcome).toMatchObject({ httpStatus: 200, status: 0, answers: [] });
    expect(recorder.entries.map(({ requestId }) => requestId)).toEqual(["1", "2", "3"]);
    expect(recorder.opened).toEqual([]);
  });

  it("ends when it cannot be read", async () => {
    const call = new RawCall(session, logPath);
    call.stream.write(Buffer.concat([message("1"), frame(Buffer.from([0x12, 0x05]))]));
    expect(await call.outcome).toMatchObject({ status: 13 });
    expect(recorder.entries.map(({ requestId }) => requestId)).toEqual(["1"]);
    expect(recorder.errors).toHaveLength(1);
  });
});
