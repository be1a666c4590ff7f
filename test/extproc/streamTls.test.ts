import { connect as connectTcp } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import type { ProcessorServer, ServerTls } from "../../extproc/wire/messages";
import { connectTo, RawCall, startRecorded, until } from "./stream/harness";
import { type Certificate, makeCertificate } from "./support/certificates";
import { encodeRequest, frame } from "./wire/protos";

const headersFrame = frame(encodeRequest({ requestHeaders: {} }));
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) {
    await close();
  }
});

async function start(tls: ServerTls) {
  const started = await startRecorded(undefined, { tls });
  closing.push(() => started.server.close());
  return started;
}

async function connectWith(server: ProcessorServer, ca: Certificate, own?: Certificate) {
  const session = await connectTo(server, { ca: ca.cert, ...(own && { cert: own.cert, key: own.key }) });
  closing.push(() => session.destroy());
  return session;
}

async function expectAnswer(session: Awaited<ReturnType<typeof connectWith>>): Promise<void> {
  const call = new RawCall(session);
  call.stream.end(headersFrame);
  expect(await call.outcome).toMatchObject({ status: 0, answers: [{ requestHeaders: {} }] });
}

/** Whether the server lets nothing through. With TLS 1.3 it says so only after the client's side of the handshake. */
function isRefused(server: ProcessorServer, ca: Certificate, own?: Certificate): Promise<boolean> {
  const socket = connectTls({
    port: server.port,
    host: "127.0.0.1",
    ALPNProtocols: ["h2"],
    ca: ca.cert,
    ...(own && { cert: own.cert, key: own.key }),
  });
  closing.push(() => socket.destroy());
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  return new Promise((resolve) => {
    socket.on("error", () => resolve(true));
    socket.on("close", () => resolve(true));
    socket.on("data", () => resolve(false));
  });
}

const nameOf = (session: Awaited<ReturnType<typeof connectWith>>) =>
  (session.socket as TLSSocket).getPeerCertificate().subject["CN"];

describe("TLS", () => {
  it("serves HTTP/2 under a certificate, and nobody who does not trust it", async () => {
    const [own, other] = await Promise.all([makeCertificate("processor"), makeCertificate("other")]);
    const { server } = await start(own);
    const session = await connectWith(server, own);
    expect((session.socket as TLSSocket).alpnProtocol).toBe("h2");
    await expectAnswer(session);
    await expect(connectWith(server, other)).rejects.toThrow();
  });

  it("tells of what speaks no TLS, and goes on", async () => {
    const own = await makeCertificate("processor");
    const { server, recorder } = await start(own);
    const plain = connectTcp(server.port, "127.0.0.1");
    plain.on("error", () => {});
    plain.resume();
    plain.end("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    await until(() => recorder.errors.length === 1);
    await expectAnswer(await connectWith(server, own));
  });

  it("takes only clients whose certificate the authority signed, when there is one", async () => {
    const [own, client, stranger] = await Promise.all(
      ["processor", "envoy", "stranger"].map(makeCertificate),
    );
    if (own === undefined || client === undefined || stranger === undefined) {
      throw new Error("no certificates");
    }
    const { server, recorder } = await start({ ...own, clientCa: client.cert });
    await expectAnswer(await connectWith(server, own, client));
    expect(await isRefused(server, own, client)).toBe(false);
    expect(await isRefused(server, own, stranger)).toBe(true);
    expect(await isRefused(server, own)).toBe(true);
    expect(recorder.opened).toHaveLength(1);
  });

  it("shows a new certificate to new connections, while the old ones go on", async () => {
    const [before, after] = await Promise.all([makeCertificate("before"), makeCertificate("after")]);
    const { server } = await start(before);
    const old = await connectWith(server, before);
    const running = new RawCall(old);
    running.stream.write(headersFrame);
    await running.answers(1);
    server.replaceTls(after);
    const fresh = await connectWith(server, after);
    expect([nameOf(old), nameOf(fresh)]).toEqual(["before", "after"]);
    await expectAnswer(fresh);
    await expect(connectWith(server, before)).rejects.toThrow();
    running.stream.end();
    expect(await running.outcome).toMatchObject({ status: 0 });
  });

  it("keeps the certificate when the new one does not fit its key", async () => {
    const [own, other] = await Promise.all([makeCertificate("processor"), makeCertificate("other")]);
    const { server } = await start(own);
    expect(() => server.replaceTls({ key: own.key, cert: other.cert })).toThrow();
    expect(() => server.replaceTls({ key: own.key, cert: "no certificate" })).toThrow();
    await expectAnswer(await connectWith(server, own));
  });

  it("replaces the authority for clients' certificates too", async () => {
    const [own, first, second] = await Promise.all(["processor", "first", "second"].map(makeCertificate));
    if (own === undefined || first === undefined || second === undefined) {
      throw new Error("no certificates");
    }
    const { server } = await start({ ...own, clientCa: first.cert });
    server.replaceTls({ ...own, clientCa: second.cert });
    await expectAnswer(await connectWith(server, own, second));
    expect(await isRefused(server, own, first)).toBe(true);
  });

  it("cannot be put on a server that was started without it", async () => {
    const own = await makeCertificate("processor");
    const { server } = await startRecorded();
    closing.push(() => server.close());
    expect(() => server.replaceTls(own)).toThrow("the server was started without TLS");
  });

  it("fails to start with a key that does not fit", async () => {
    const [own, other] = await Promise.all([makeCertificate("processor"), makeCertificate("other")]);
    await expect(startRecorded(undefined, { tls: { key: own.key, cert: other.cert } })).rejects.toThrow();
  });
});
