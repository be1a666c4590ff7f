import { describe, expect, it } from "vitest";
import { FrameReader } from "../../extproc/wire/frameReader";
import type { MetadataReader, ProcessingRequest } from "../../extproc/wire/messages";
import { readLogMessage } from "../../extproc/wire/readLog";
import { readRequest } from "../../extproc/wire/readRequest";
import { WireError } from "../../extproc/wire/wireError";
import { randomFrom } from "../support/randomFrom";
import { mutateBytes } from "./support/mutateBytes";
import { encodeLogMessage, encodeRequest, frame, toMetadata } from "./wire/protos";

/** How many messages are tried. `FUZZ=1000000` for the long run. */
const count = Number(process.env["FUZZ"] ?? 100_000);

const metadata = toMetadata({
  "io.envoy.ai_gateway": {
    llm_input_token: 12,
    route_name: "default/route",
    tags: ["a", { b: null }],
    on: true,
  },
});
const headers = {
  headers: [":path", ":method", "content-type", "x-request-id"].map((key) => ({
    key,
    rawValue: Buffer.from("value"),
  })),
};
const requests = [
  { requestHeaders: { headers, endOfStream: true }, metadataContext: metadata },
  { requestBody: { body: Buffer.from('{"model":"a"}'), endOfStream: true }, metadataContext: metadata },
  { responseHeaders: { headers } },
  { responseBody: { body: Buffer.alloc(300, "x") }, metadataContext: metadata },
  { responseTrailers: { trailers: headers } },
].map(encodeRequest);
const logs = [
  {
    httpLogs: {
      logEntry: [
        {
          commonProperties: { responseFlags: { downstreamRemoteReset: true }, metadata, accessLogType: 6 },
          request: { requestId: "1f0c" },
          response: {
            responseCode: { value: 200 },
            responseBodyBytes: 4711,
            responseCodeDetails: "via_upstream",
          },
        },
        { response: { responseCode: { value: 503 } } },
      ],
    },
  },
].map(encodeLogMessage);

function useMetadata(reader: MetadataReader): void {
  JSON.stringify(reader.get("io.envoy.ai_gateway"));
  reader.get("");
}

/** Reads all that is lazy: nothing may throw any more. */
function use(request: ProcessingRequest): void {
  if ("headers" in request) {
    for (const name of request.headers.names()) {
      request.headers.get(name);
    }
  }
  if ("body" in request) {
    request.body.toString();
  }
  if ("metadata" in request) {
    useMetadata(request.metadata);
  }
}

/** Whether the message was read; any error but a WireError fails the test. */
function isRead(action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof WireError) {
      return false;
    }
    throw error;
  }
}

describe("messages with faults", () => {
  it(`are read or refused, and nothing else happens (${count})`, { timeout: 600_000 }, () => {
    const random = randomFrom(4711);
    const samples = [...requests, ...logs];
    let read = 0;
    for (let index = 0; index < count; index += 1) {
      const isLog = index % 4 === 0;
      const kinds = isLog ? logs : requests;
      const bytes = mutateBytes(kinds[index % kinds.length] ?? Buffer.alloc(0), samples, random);
      read += isRead(() => {
        if (isLog) {
          for (const entry of readLogMessage(bytes)) {
            useMetadata(entry.metadata);
          }
        } else {
          use(readRequest(bytes));
        }
      })
        ? 1
        : 0;
    }
    // Both happen, so the faults are neither too small nor too large.
    expect(read).toBeGreaterThan(count / 20);
    expect(count - read).toBeGreaterThan(count / 20);
  });

  it("in streams, cut anywhere, end the stream or are read", () => {
    const random = randomFrom(815);
    for (let index = 0; index < count / 20; index += 1) {
      const stream = mutateBytes(Buffer.concat(requests.map(frame)), requests, random);
      const reader = new FrameReader((bytes, start, end) => use(readRequest(bytes, start, end)));
      isRead(() => {
        for (let at = 0; at < stream.length; ) {
          const size = 1 + Math.floor(random() * 200);
          reader.push(stream.subarray(at, at + size));
          at += size;
        }
      });
    }
  });
});
