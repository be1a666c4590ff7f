import { once } from "node:events";
import { constants } from "node:http2";
import { connect as connectTcp } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ProcessorServer } from "../../extproc/wire/messages";
import { connectTo, logPath, RawCall, type Recorder, startRecorded, until } from "./stream/harness";
import { RawConnection } from "./stream/rawConnection";
import { encodeLogMessage, encodeRequest, frame } from "./wire/protos";

type Session = Awaited<ReturnType<typeof connectTo>>;

const headersFrame = frame(encodeRequest({ requestHeaders: {} }));
const bodyFrame = frame(encodeRequest({ requestBody: { endOfStream: true } }));
const logFrame = frame(encodeLogMessage({ httpLogs: { logEntry: [{ request: { requestId: "1" } }] } }));

let server: ProcessorServer;
let recorder: Recorder;
let session: Session;

beforeEach(async () => {
  ({ server, recorder } = await startRecorded());
  session = await connectTo(server);
});

afterEach(async () => {
  vi.useRealTimers();
  session.destroy();
  await server.close();
});

async function answered(): Promise<RawCall> {
  const call = new RawCall(session);
  call.stream.write(headersFrame);
  await call.answers(1);
  return call;
}

const endsOf = () => recorder.opened.map(({ ends }) => ends);

describe("starting", () => {
  it("fails on a port that is taken", async () => {
    await expect(startRecorded(undefined, { port: server.port })).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
  });
});

describe("many streams", () => {
  it("that are all reset, as Envoy does it, fail nothing and leave nothing", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const heap = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };
    const goaways: number[] = [];
    session.on("goaway", (code) => goaways.push(code));
    const batch = async () => {
      const calls = Array.from({ length: 50 }, () => new RawCall(session));
      for (const { stream } of calls) {
        stream.write(headersFrame);
      }
      await Promise.all(calls.map((call) => call.answers(1)));
      for (const call of calls) {
        call.reset();
      }
      await Promise.all(calls.map(({ outcome }) => outcome));
      await until(() => server.openStreams === 0);
      expect(endsOf()).toEqual(Array(50).fill(1));
      recorder.opened.length = 0;
    };
    // Code is compiled and buffers grow at first.
    for (let index = 0; index < 40; index += 1) {
      await batch();
    }
    const before = heap();
    for (let index = 0; index < 160; index += 1) {
      await batch();
    }
    expect(goaways).toEqual([]);
    expect(recorder.errors).toEqual([]);
    // 8,000 streams; a hundred bytes kept of each would be seen.
    expect(heap() - before).toBeLessThan(800_000);
  });
});

describe("the end of a connection", () => {
  it("ends its streams, and no others", async () => {
    const other = await connectTo(server);
    const call = new RawCall(other);
    call.stream.write(headersFrame);
    await call.answers(1);
    await answered();
    await answered();
    session.destroy();
    await until(() => server.openStreams === 1);
    expect(endsOf()).toEqual([0, 1, 1]);
    call.stream.end();
    expect(await call.outcome).toMatchObject({ status: 0 });
    other.destroy();
  });

  it("comes to those that speak no HTTP/2, and is told", async () => {
    const socket = connectTcp(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    expect(recorder.errors).toHaveLength(1);
    await answered();
  });

  it("comes to those that no longer answer", async () => {
    vi.useFakeTimers({ toFake: ["setInterval"] });
    const { server: pinging, recorder: told } = await startRecorded();
    const deaf = await RawConnection.open(pinging.port);
    deaf.openStream(1);
    await until(() => pinging.openStreams === 1);
    vi.advanceTimersByTime(30_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pinging.openStreams).toBe(1);
    const closed = once(deaf.socket, "close");
    vi.advanceTimersByTime(30_000);
    await closed;
    await until(() => pinging.openStreams === 0);
    expect(told.opened.map(({ ends }) => ends)).toEqual([1]);
    expect(told.errors).toHaveLength(1);
    await pinging.close();
  });

  it("does not come to those that answer", async () => {
    vi.useFakeTimers({ toFake: ["setInterval"] });
    const { server: pinging, recorder: told } = await startRecorded();
    const alive = await connectTo(pinging);
    const call = new RawCall(alive);
    call.stream.write(headersFrame);
    await call.answers(1);
    for (let round = 0; round < 3; round += 1) {
      const pinged = once(alive, "ping");
      vi.advanceTimersByTime(30_000);
      await pinged;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    call.stream.write(bodyFrame);
    await call.answers(2);
    expect(told.errors).toEqual([]);
    alive.destroy();
    await pinging.close();
  });
});

describe("draining", () => {
  it("lets what runs go on, and takes nothing new", async () => {
    const call = await answered();
    const log = new RawCall(session, logPath);
    log.stream.write(logFrame);
    await until(() => recorder.entries.length === 1);
    const goaway = once(session, "goaway");
    const drained = server.drain(10_000);
    await goaway;
    let isDrained = false;
    drained.then(() => {
      isDrained = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(isDrained).toBe(false);
    await expect(connectTo(server)).rejects.toThrow();
    call.stream.write(bodyFrame);
    await call.answers(2);
    call.stream.end();
    expect(await call.outcome).toMatchObject({ status: 0 });
    await drained;
    // The entries of the last requests come after them.
    log.stream.write(logFrame);
    await until(() => recorder.entries.length === 2);
    expect(endsOf()).toEqual([1]);
  });

  it("sends logs elsewhere, and takes what was on its way", async () => {
    const log = new RawCall(session, logPath);
    log.stream.write(logFrame);
    await until(() => recorder.entries.length === 1);
    await server.drain(10_000);
    const told = once(log.stream, "response");
    const ended = server.endLogs(10_000);
    expect((await told)[0]).toMatchObject({ "grpc-status": "0" });
    log.stream.write(logFrame);
    await until(() => recorder.entries.length === 2);
    log.stream.end();
    await ended;
    expect(await log.outcome).toMatchObject({ status: 0 });
    expect(recorder.errors).toEqual([]);
  });

  it("waits for the end of logs so long and no longer", async () => {
    const log = new RawCall(session, logPath);
    log.stream.write(logFrame);
    await until(() => recorder.entries.length === 1);
    const began = performance.now();
    await server.endLogs(300);
    expect(performance.now() - began).toBeGreaterThan(290);
    await server.close();
  });

  it("names the last stream that it takes, so that later ones are tried elsewhere", async () => {
    const connection = await RawConnection.open(server.port);
    connection.openStream(1);
    await until(() => server.openStreams === 1);
    const drained = server.drain(10_000);
    await until(() => connection.goaways.length === 1);
    expect(connection.goaways).toEqual([1]);
    connection.openStream(3);
    connection.sendData(1, headersFrame);
    await until(() => connection.dataOf(1).length > 0);
    expect(recorder.opened).toHaveLength(1);
    connection.socket.destroy();
    await drained;
    expect(endsOf()).toEqual([1]);
  });

  it("cuts after its time what still runs", async () => {
    const call = await answered();
    const began = performance.now();
    await server.drain(300);
    expect(performance.now() - began).toBeGreaterThan(290);
    expect(await call.outcome).toMatchObject({ status: 14, message: "the processor shuts down" });
    expect(endsOf()).toEqual([1]);
    expect(server.openStreams).toBe(0);
  });

  it("with nothing that runs takes no time", async () => {
    const began = performance.now();
    await server.drain(10_000);
    expect(performance.now() - began).toBeLessThan(200);
  });

  it("twice, and closing after it, is harmless", async () => {
    const call = await answered();
    const both = Promise.all([server.drain(10_000), server.drain(10_000)]);
    call.stream.end();
    await both;
    await server.close();
    await server.close();
    expect(server.port).toBe(0);
    expect(endsOf()).toEqual([1]);
  });
});

describe("closing", () => {
  it("cuts everything at once and tells each end once", async () => {
    const calls = [await answered(), await answered(), new RawCall(session, logPath)];
    await server.close();
    for (const call of calls) {
      expect((await call.outcome).status).not.toBe(0);
    }
    expect(endsOf()).toEqual([1, 1]);
    expect(server.openStreams).toBe(0);
    for (const { send } of recorder.opened) {
      send({ kind: "requestBody" });
    }
    expect(recorder.errors).toEqual([]);
  });
});

describe("flow control", () => {
  it("does not stop a stream because another sends a lot", async () => {
    const large = frame(encodeRequest({ requestBody: { body: Buffer.alloc(30_000_000) } }));
    const call = new RawCall(session);
    call.stream.write(large.subarray(0, large.length - 1));
    const small = await answered();
    small.reset(constants.NGHTTP2_NO_ERROR);
    call.stream.write(large.subarray(large.length - 1));
    expect(await call.answers(1)).toEqual([{ requestBody: {} }]);
    call.reset();
  });
});
