import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLogMessage } from "../../extproc/wire/readLog";
import { WireError } from "../../extproc/wire/wireError";
import { randomFrom } from "../support/randomFrom";
import { namespaces } from "./wire/arbitraries";
import { encodeLogMessage, toMetadata } from "./wire/protos";
import { type Nesting, withUnknownFields } from "./wire/unknownFields";

const nesting: Nesting = { 2: { 1: { 1: { 16: {}, 17: { 1: {} } }, 3: {}, 4: { 1: {} } } } };

const clientFlags = [
  "downstreamConnectionTermination",
  "downstreamProtocolError",
  "downstreamRemoteReset",
] as const;
const upstreamFlags = [
  "upstreamRequestTimeout",
  "localReset",
  "upstreamRemoteReset",
  "upstreamConnectionFailure",
  "upstreamConnectionTermination",
  "streamIdleTimeout",
  "upstreamMaxStreamDurationReached",
  "durationTimeout",
  "upstreamProtocolError",
] as const;
const flagNames = [...clientFlags, ...upstreamFlags];

const readOne = (entry: object) => readLogMessage(encodeLogMessage({ httpLogs: { logEntry: [entry] } }))[0];

describe("reading Envoy's access log", () => {
  it("agrees with a protobuf library on every field that is used, and passes over the others", () => {
    const entry = fc.record({
      flags: fc.subarray([...flagNames]),
      metadata: namespaces,
      requestId: fc.uuid(),
      status: fc.integer({ min: 0, max: 599 }),
      responseBodyBytes: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      details: fc.string(),
    });
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), fc.integer(), (entries, seed) => {
        const logEntry = entries.map((one) => ({
          commonProperties: {
            responseFlags: Object.fromEntries(one.flags.map((flag) => [flag, true])),
            metadata: toMetadata(one.metadata),
            accessLogType: 6,
          },
          request: { requestId: one.requestId },
          response: {
            responseCode: { value: one.status },
            responseBodyBytes: one.responseBodyBytes,
            responseCodeDetails: one.details,
          },
        }));
        const bytes = withUnknownFields(
          encodeLogMessage({ httpLogs: { logEntry } }),
          nesting,
          randomFrom(seed),
        );
        const found = readLogMessage(bytes);
        expect(found.map(({ metadata, ...rest }) => rest)).toEqual(
          entries.map(({ flags, status, responseBodyBytes, requestId, details }) => ({
            status,
            responseBodyBytes,
            requestId,
            details,
            isClientCut: clientFlags.some((flag) => flags.includes(flag)),
            isUpstreamCut: upstreamFlags.some((flag) => flags.includes(flag)),
          })),
        );
        entries.forEach(({ metadata }, index) => {
          for (const [namespace, values] of Object.entries(metadata)) {
            expect(JSON.stringify(found[index]?.metadata.get(namespace))).toBe(JSON.stringify(values));
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ...clientFlags.map((flag) => [flag, true, false] as const),
    ...upstreamFlags.map((flag) => [flag, false, true] as const),
  ])("reads the flag %s", (flag, isClientCut, isUpstreamCut) => {
    const entry = readOne({ commonProperties: { responseFlags: { [flag]: true } } });
    expect(entry).toMatchObject({ isClientCut, isUpstreamCut });
    const unset = readOne({ commonProperties: { responseFlags: { [flag]: false } } });
    expect(unset).toMatchObject({ isClientCut: false, isUpstreamCut: false });
  });

  it("tells of a request of which nothing is known", () => {
    const { metadata, ...rest } = readOne({}) ?? { metadata: undefined };
    expect(rest).toEqual({
      status: 0,
      responseBodyBytes: 0,
      requestId: "",
      isClientCut: false,
      isUpstreamCut: false,
      details: "",
    });
    expect(metadata?.get("a")).toBeUndefined();
  });

  it("leaves out requests that still run, and entries about attempts", () => {
    const entry = (requestId: string, common: object) => ({
      commonProperties: common,
      request: { requestId },
    });
    const logEntry = [
      entry("running", { intermediateLogEntry: true }),
      entry("begun", { accessLogType: 4 }),
      entry("periodic", { accessLogType: 5 }),
      entry("attempt", { accessLogType: 9 }),
      entry("over", { accessLogType: 6 }),
      entry("older", {}),
    ];
    const found = readLogMessage(encodeLogMessage({ httpLogs: { logEntry } }));
    expect(found.map(({ requestId }) => requestId)).toEqual(["over", "older"]);
  });

  it("takes logs of connections and an empty message", () => {
    expect(readLogMessage(Buffer.from([0x1a, 0x02, 0x0a, 0x00]))).toEqual([]);
    expect(readLogMessage(Buffer.alloc(0))).toEqual([]);
  });

  it.each([
    ["an entry that is cut", [0x12, 0x02, 0x0a, 0x05]],
    ["flags that are cut", [0x12, 0x07, 0x0a, 0x05, 0x0a, 0x03, 0x82, 0x01, 0x05]],
    ["a status that is cut", [0x12, 0x06, 0x0a, 0x04, 0x22, 0x02, 0x0a, 0x03]],
  ])("refuses %s", (_, bytes) => {
    expect(() => readLogMessage(Buffer.from(bytes))).toThrow(WireError);
  });
});
