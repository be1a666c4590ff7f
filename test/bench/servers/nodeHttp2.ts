import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { FrameReader, type MessageSink } from "../../../extproc/wire/frameReader";
import type { MessageHandler } from "../../../extproc/wire/messages";
import { readLogMessage } from "../../../extproc/wire/readLog";
import { readRequest } from "../../../extproc/wire/readRequest";
import { writeResponse } from "../../../extproc/wire/writeResponse";
import { noopHandler } from "./noopHandler";

const headers = { ":status": 200, "content-type": "application/grpc" };
const options = { waitForTrailers: true, sendDate: false };

function processMessages(stream: ServerHttp2Stream, handler: MessageHandler): MessageSink {
  const exchange = handler.open((response) => {
    if (!stream.headersSent) {
      stream.respond(headers, options);
    }
    stream.write(writeResponse(response));
  });
  stream.on("close", () => exchange.end());
  return (bytes, start, end) => exchange.take(readRequest(bytes, start, end));
}

function takeLogs(handler: MessageHandler): MessageSink {
  return (bytes, start, end) => handler.log(readLogMessage(bytes, start, end));
}

/** `node:http2` with the processor's own codec: no library, and nothing that is not needed to answer Envoy. */
export async function startNodeHttp2(): Promise<number> {
  const most = 2 ** 31 - 1;
  const server = createServer({ streamResetBurst: most, streamResetRate: most });
  server.on("stream", (stream, { ":path": path }) => {
    const isLog = path?.endsWith("/StreamAccessLogs") === true;
    const frames = new FrameReader(isLog ? takeLogs(noopHandler) : processMessages(stream, noopHandler));
    stream.on("data", (chunk: Buffer) => frames.push(chunk));
    stream.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
