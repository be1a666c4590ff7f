import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProcessingResponse } from "../../extproc/wire/messages";
import { writeResponse } from "../../extproc/wire/writeResponse";
import { response } from "./wire/arbitraries";
import { decodeResponse, toStruct } from "./wire/protos";

/** What the library reads, after the prefix was checked. */
function decode(frame: Buffer): Record<string, unknown> {
  expect(frame[0]).toBe(0);
  expect(frame.readUInt32BE(1)).toBe(frame.length - 5);
  return decodeResponse(frame.subarray(5));
}

const base64 = (text: string | Buffer) => Buffer.from(text).toString("base64");

const toHeaders = (headers: readonly (readonly [string, string])[]) =>
  headers.length === 0
    ? {}
    : {
        setHeaders: headers.map(([key, value]) => ({
          header: { key, rawValue: base64(value) },
          appendAction: "OVERWRITE_IF_EXISTS_OR_ADD",
        })),
      };

/** The same, as the library says it. */
function expected(message: ProcessingResponse): object {
  if (!("details" in message || "mode" in message || "mutation" in message || "metadata" in message)) {
    return { [message.kind]: {} };
  }
  const dynamicMetadata = message.metadata === undefined ? {} : { dynamicMetadata: normal(message.metadata) };
  if (message.kind === "immediate") {
    const { status, headers, body, details } = message;
    const immediateResponse = {
      status: { code: status },
      headers: toHeaders(headers),
      body: base64(body),
      details,
    };
    return { immediateResponse, ...dynamicMetadata };
  }
  const { kind, mutation, mode } = message as ProcessingResponse & { kind: "requestHeaders" };
  return {
    [kind]: mutation === undefined ? {} : { response: toCommon(mutation, kind.endsWith("Headers")) },
    ...(mode === undefined ? {} : { modeOverride: toMode(mode) }),
    ...dynamicMetadata,
  };
}

type Changing = Extract<ProcessingResponse, { mode?: unknown }>;

function toCommon(mutation: NonNullable<Changing["mutation"]>, isHeaders: boolean): object {
  const { setHeaders, removeHeaders, body, clearRouteCache } = mutation;
  const headerMutation = {
    ...toHeaders(setHeaders ?? []),
    ...(removeHeaders === undefined || removeHeaders.length === 0 ? {} : { removeHeaders }),
  };
  return {
    ...(body !== undefined && isHeaders ? { status: "CONTINUE_AND_REPLACE" } : {}),
    ...(setHeaders === undefined && removeHeaders === undefined ? {} : { headerMutation }),
    ...(body === undefined ? {} : { bodyMutation: { body: base64(body) } }),
    ...(clearRouteCache === true ? { clearRouteCache } : {}),
  };
}

const toMode = (mode: NonNullable<Changing["mode"]>) => ({
  ...(mode.responseHeaders === undefined ? {} : { responseHeaderMode: mode.responseHeaders.toUpperCase() }),
  requestBodyMode: (mode.requestBody ?? "buffered").toUpperCase(),
  responseBodyMode: (mode.responseBody ?? "none").toUpperCase(),
  ...(mode.responseTrailers === undefined
    ? {}
    : { responseTrailerMode: mode.responseTrailers.toUpperCase() }),
});

const normal = (metadata: Readonly<Record<string, object>>) =>
  toStruct(metadata as Record<string, Record<string, unknown>>);

/** Without prototypes, empty maps and the order of keys, which mean nothing. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) {
      return inner;
    }
    const entries = Object.entries(inner).filter(
      ([name, child]) =>
        !(name === "fields" && Object.keys(child as object).length === 0 && key !== "fields"),
    );
    return entries.sort(([a], [b]) => (a < b ? -1 : 1));
  });
}

describe("writing an answer", () => {
  it("is read by a protobuf library as what was meant", () => {
    fc.assert(
      fc.property(response, (message) => {
        expect(sorted(decode(writeResponse(message)))).toBe(sorted(expected(message)));
      }),
      { numRuns: 1000 },
    );
  });

  it("never writes again where an earlier answer lies", () => {
    fc.assert(
      fc.property(fc.array(response, { minLength: 2, maxLength: 60 }), (messages) => {
        const frames = messages.map(writeResponse);
        const copies = frames.map((frame) => Buffer.from(frame));
        messages.forEach(writeResponse);
        frames.forEach((frame, index) => {
          expect(copies[index]?.equals(frame)).toBe(true);
        });
      }),
      { numRuns: 50 },
    );
  });

  it("makes the answers that change nothing once", () => {
    for (const kind of ["requestHeaders", "requestBody", "responseHeaders", "responseBody"] as const) {
      expect(writeResponse({ kind })).toBe(writeResponse({ kind }));
      expect(decode(writeResponse({ kind }))).toEqual({ [kind]: {} });
    }
    for (const kind of ["requestTrailers", "responseTrailers"] as const) {
      expect(writeResponse({ kind })).toBe(writeResponse({ kind }));
    }
  });

  it("says every mode that bodies have, as Envoy takes both from an override", () => {
    const mode = (given: object) =>
      decode(writeResponse({ kind: "responseHeaders", mode: given }))["modeOverride"];
    expect(mode({})).toEqual({ requestBodyMode: "BUFFERED", responseBodyMode: "NONE" });
    expect(mode({ responseBody: "streamed" })).toEqual({
      requestBodyMode: "BUFFERED",
      responseBodyMode: "STREAMED",
    });
    expect(mode({ requestBody: "none", responseHeaders: "skip", responseTrailers: "send" })).toEqual({
      responseHeaderMode: "SKIP",
      requestBodyMode: "NONE",
      responseBodyMode: "NONE",
      responseTrailerMode: "SEND",
    });
  });

  it("replaces the body that is to come when it answers headers", () => {
    const body = Buffer.from("new");
    expect(decode(writeResponse({ kind: "requestHeaders", mutation: { body } }))).toEqual({
      requestHeaders: { response: { status: "CONTINUE_AND_REPLACE", bodyMutation: { body: base64("new") } } },
    });
    expect(decode(writeResponse({ kind: "requestBody", mutation: { body } }))).toEqual({
      requestBody: { response: { bodyMutation: { body: base64("new") } } },
    });
  });

  it("carries bodies of many MiB", () => {
    for (const size of [65_535, 65_536, 1024 * 1024 + 1, 60_000_000]) {
      const body = Buffer.alloc(size, "ab");
      const setHeaders = [["content-length", String(size)]] as const;
      const frame = writeResponse({ kind: "requestBody", mutation: { body, setHeaders } });
      expect(frame.readUInt32BE(1)).toBe(frame.length - 5);
      expect(frame.includes(body)).toBe(true);
      expect(frame.length - size).toBeLessThan(100);
    }
  });

  it("writes the next answer whole after one that could not be written", () => {
    const broken = { kind: "immediate", status: 429, headers: [], body: "text", details: Symbol("none") };
    expect(() => writeResponse(broken as unknown as ProcessingResponse)).toThrow(TypeError);
    const next = { kind: "immediate", status: 402, headers: [], body: "", details: "budget" } as const;
    expect(decode(writeResponse(next))).toEqual({
      immediateResponse: { status: { code: 402 }, headers: {}, body: "", details: "budget" },
    });
  });
});
