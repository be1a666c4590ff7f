import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProcessingRequest } from "../../extproc/wire/messages";
import { readRequest } from "../../extproc/wire/readRequest";
import { WireError } from "../../extproc/wire/wireError";
import { randomFrom } from "../support/randomFrom";
import { body, headers, namespaces } from "./wire/arbitraries";
import { encodeRequest, statusAttributes, toMetadata, toStruct } from "./wire/protos";
import { type Nesting, withUnknownFields } from "./wire/unknownFields";

const headerMap: Nesting = { 1: { 1: {} } };
const nesting: Nesting = {
  2: headerMap,
  3: headerMap,
  4: {},
  5: {},
  6: headerMap,
  7: headerMap,
  8: { 1: {} },
};

const read = (message: object): ProcessingRequest => readRequest(encodeRequest(message));

function headersOf(request: ProcessingRequest) {
  if (request.kind !== "requestHeaders" && request.kind !== "responseHeaders") {
    throw new Error(`no headers in ${request.kind}`);
  }
  return request.headers;
}

function metadataOf(request: ProcessingRequest) {
  return "metadata" in request ? request.metadata : undefined;
}

describe("reading a message of Envoy", () => {
  it("finds the status among the attributes of a piece", () => {
    const status = (attributes: object) => {
      const request = read({ responseBody: { body: Buffer.from("x") }, attributes });
      return request.kind === "responseBody" ? request.status : -1;
    };
    expect(status(statusAttributes(503))).toBe(503);
    expect(status({ other: toStruct({ "response.code": 1 }), ...statusAttributes(200) })).toBe(200);
    expect(status({ ...statusAttributes(200), other: toStruct({ "response.code": 1 }) })).toBe(200);
    expect(status({ "envoy.filters.http.ext_proc": toStruct({ "response.code": "200" }) })).toBeUndefined();
    expect(status({})).toBeUndefined();
    // Wherever Envoy writes it: fields have no order.
    const [attributes, body] = [statusAttributes(418), { responseBody: { body: Buffer.from("x") } }];
    const turned = Buffer.concat([encodeRequest({ attributes }), encodeRequest(body)]);
    expect(readRequest(turned)).toMatchObject({ kind: "responseBody", status: 418 });
  });

  it("agrees with a protobuf library on headers, and passes over fields it does not know", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("requestHeaders", "responseHeaders"),
        headers,
        fc.boolean(),
        fc.integer(),
        (kind, list, endOfStream, seed) => {
          const bytes = encodeRequest({ [kind]: { headers: { headers: list }, endOfStream } });
          const request = readRequest(withUnknownFields(bytes, nesting, randomFrom(seed)));
          expect(request).toMatchObject({ kind, endOfStream });
          const found = headersOf(request);
          expect(found.names()).toEqual(list.map(({ key }) => key));
          const last = new Map(
            list.map((one) => [one.key, "value" in one ? one.value : one.rawValue.toString()]),
          );
          for (const [key, value] of last) {
            expect(found.get(key)).toBe(value);
            const own = list.filter((one) => one.key === key);
            expect(found.all(key)).toEqual(
              own.map((one) => ("value" in one ? one.value : one.rawValue.toString())),
            );
          }
          expect(found.get("not-there")).toBeUndefined();
          expect(found.all("not-there")).toEqual([]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("agrees with a protobuf library on bodies", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("requestBody", "responseBody"),
        body,
        fc.boolean(),
        fc.integer(),
        (kind, bytes, endOfStream, seed) => {
          const encoded = encodeRequest({ [kind]: { body: bytes, endOfStream } });
          const request = readRequest(withUnknownFields(encoded, nesting, randomFrom(seed)));
          expect(request).toMatchObject({ kind, endOfStream });
          expect("body" in request && request.body.equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("agrees with a protobuf library on metadata", () => {
    fc.assert(
      fc.property(namespaces, fc.integer(), (metadata, seed) => {
        const encoded = encodeRequest({ responseBody: {}, metadataContext: toMetadata(metadata) });
        const found = metadataOf(readRequest(withUnknownFields(encoded, nesting, randomFrom(seed))));
        for (const [namespace, values] of Object.entries(metadata)) {
          expect(JSON.stringify(found?.get(namespace))).toBe(JSON.stringify(values));
        }
        expect(found?.get("not-there")).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it("reads metadata as often as it is asked for, in part or whole", () => {
    const metadata = { a: { x: "1", y: "2" }, b: { x: "3" } };
    const found = metadataOf(read({ requestBody: {}, metadataContext: toMetadata(metadata) }));
    for (const namespace of ["a", "a", "b", "a"] as const) {
      expect(found?.get(namespace, ["x"])?.["x"]).toBe(metadata[namespace].x);
      expect(found?.get(namespace)).toEqual(metadata[namespace]);
      expect(found?.get("c")).toBeUndefined();
      expect(found?.get("c")).toBeUndefined();
    }
  });

  it("keeps numbers as they are, those too that JSON cannot say", () => {
    const values = [0, -0, 0.1, 2 ** 53, -(2 ** 31), Number.NaN, Number.POSITIVE_INFINITY, 5e-324];
    const found = metadataOf(read({ requestBody: {}, metadataContext: toMetadata({ n: { values } }) }));
    expect(found?.get("n")?.["values"]).toEqual(values);
  });

  it("takes trailers, and messages of kinds to come", () => {
    expect(read({ requestTrailers: {} })).toEqual({ kind: "requestTrailers" });
    expect(read({ responseTrailers: { trailers: { headers: [{ key: "a", value: "b" }] } } })).toEqual({
      kind: "responseTrailers",
    });
    expect(readRequest(Buffer.alloc(0))).toEqual({ kind: "unknown" });
    expect(readRequest(Buffer.from([0xfa, 0x01, 0x00]))).toEqual({ kind: "unknown" });
  });

  it("finds headers and metadata missing where they are", () => {
    const request = read({ requestHeaders: {} });
    expect(headersOf(request).get(":path")).toBeUndefined();
    expect(headersOf(request).names()).toEqual([]);
    expect(metadataOf(request)?.get("io.envoy.ai_gateway")).toBeUndefined();
  });

  it("takes the bytes of a header before its text, and an empty one hides nothing", () => {
    const list = [
      { key: "both", value: "text", rawValue: Buffer.from("bytes") },
      { key: "text", value: "text", rawValue: Buffer.alloc(0) },
      { key: "neither" },
      { key: "latin", rawValue: Buffer.from([0x61, 0xff]) },
    ];
    const found = headersOf(read({ requestHeaders: { headers: { headers: list } } }));
    expect(found.get("both")).toBe("bytes");
    expect(found.get("text")).toBe("text");
    expect(found.get("neither")).toBe("");
    expect(found.get("latin")).toBe("a\ufffd");
  });

  it("reads a message that lies amid other bytes", () => {
    const message = encodeRequest({ requestBody: { body: Buffer.from("text") } });
    const bytes = Buffer.concat([Buffer.from([1, 2, 3]), message, Buffer.from([4, 5])]);
    expect(readRequest(bytes, 3, 3 + message.length)).toMatchObject({ body: Buffer.from("text") });
  });

  it.each([
    ["a tag that is cut", [0x92]],
    ["a length beyond the message", [0x12, 0x05, 0x0a]],
    ["a length of four gigabytes", [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["a length of eleven bytes", [0x12, ...Array<number>(10).fill(0x80), 0x01]],
    ["a length beyond the inner message", [0x12, 0x02, 0x0a, 0x05, 0, 0, 0, 0, 0]],
    ["field number zero", [0x02, 0x00]],
    ["a field number beyond 29 bits", [0x80, 0x80, 0x80, 0x80, 0x10, 0x00]],
    ["a fixed 32-bit field that is cut", [0x45, 0x00, 0x00]],
    ["a fixed 64-bit field that is cut", [0x41, 0, 0, 0, 0, 0, 0, 0]],
    ["an encoding that there is not", [0x46, 0x00]],
    ["the end of no group", [0x44]],
    ["a group without an end", [0x43, 0x08, 0x01]],
    ["groups that are nested without an end", Array<number>(5000).fill(0x43)],
    ["a header that is cut", [0x12, 0x04, 0x0a, 0x02, 0x0a, 0x05]],
    ["an end of stream that is cut", [0x22, 0x01, 0x10]],
  ])("refuses %s", (_, bytes) => {
    expect(() => readRequest(Buffer.from(bytes))).toThrow(WireError);
  });

  it("takes metadata that cannot be read for absent, without failing the request", () => {
    const cut = Buffer.from([0x22, 0x00, 0x42, 0x03, 0x0a, 0x05, 0x0a]);
    expect(metadataOf(readRequest(cut))?.get("a")).toBeUndefined();
  });

  it("refuses values that are nested a hundred deep, not to run out of stack", () => {
    // Lists in lists, by hand: protobuf libraries do not write them this deep.
    const field = (number: number, bytes: Buffer) => {
      const header = Buffer.from([(number << 3) | 2, (bytes.length & 0x7f) | 0x80, bytes.length >> 7]);
      return Buffer.concat([header, bytes]);
    };
    const nested = (depth: number): Buffer =>
      depth === 0 ? Buffer.from([0x20, 0x01]) : field(6, field(1, nested(depth - 1)));
    const deepList = (depth: number) => {
      const struct = field(1, Buffer.concat([field(1, Buffer.from("deep")), field(2, nested(depth))]));
      const entry = Buffer.concat([field(1, Buffer.from("n")), field(2, struct)]);
      return metadataOf(readRequest(Buffer.concat([Buffer.from([0x22, 0]), field(8, field(1, entry))])))?.get(
        "n",
      );
    };
    expect(JSON.stringify(deepList(3))).toBe('{"deep":[[[true]]]}');
    expect(JSON.stringify(deepList(49))).toBe(`{"deep":${"[".repeat(49)}true${"]".repeat(49)}}`);
    expect(deepList(51)).toBeUndefined();
    expect(deepList(1500)).toBeUndefined();
  });
});
