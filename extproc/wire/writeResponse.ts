import type { ModeOverride, Mutation, ProcessingResponse } from "./messages";
import { ProtobufWriter } from "./protobufWriter";

const kindField = {
  requestHeaders: 1,
  responseHeaders: 2,
  requestBody: 3,
  responseBody: 4,
  requestTrailers: 5,
  responseTrailers: 6,
} as const;
const immediateField = 7;
const metadataField = 8;
const modeField = 9;

const continueAndReplace = 1;
const overwriteIfExistsOrAdd = 2;
const headerMode = { send: 1, skip: 2 } as const;
const bodyMode = { none: 0, streamed: 1, buffered: 2 } as const;

type TrailersResponse = Extract<ProcessingResponse, { kind: "requestTrailers" | "responseTrailers" }>;
type PlainResponse = Exclude<ProcessingResponse, TrailersResponse | { kind: "immediate" }>;
type Kind = keyof typeof kindField;
type Headers = readonly (readonly [string, string])[];
type Metadata = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The answers that change nothing: one for each kind, made once. */
const unchanged = Object.fromEntries(
  Object.entries(kindField).map(([kind, field]) => [kind, Buffer.from([0, 0, 0, 0, 2, field * 8 + 2, 0])]),
) as Readonly<Record<Kind, Buffer>>;

const writer = new ProtobufWriter();

/**
 * An answer as an `envoy.service.ext_proc.v3.ProcessingResponse` in its gRPC frame, ready to be sent. Must not be
 * written to: it may be one that is sent again.
 */
export function writeResponse(response: ProcessingResponse): Buffer {
  if (isOfTrailers(response)) {
    return unchanged[response.kind];
  }
  if (response.kind === "immediate") {
    writer.begin();
    writeMetadata(response.metadata);
    writeImmediate(response);
    return finishFrame();
  }
  if (response.mutation === undefined && response.mode === undefined && response.metadata === undefined) {
    return unchanged[response.kind];
  }
  return Object.isFrozen(response) ? writtenOnce(response) : write(response);
}

/** Answers that never change, as they were written. */
const written = new WeakMap<ProcessingResponse, Buffer>();

function writtenOnce(response: PlainResponse): Buffer {
  let bytes = written.get(response);
  if (bytes === undefined) {
    // A copy, so that it does not keep the writer's whole slab.
    bytes = Buffer.from(write(response));
    written.set(response, bytes);
  }
  return bytes;
}

function write({ kind, mutation, mode, metadata }: PlainResponse): Buffer {
  writer.begin();
  if (mode !== undefined) {
    writeMode(mode);
  }
  writeMetadata(metadata);
  const mark = writer.written;
  if (mutation !== undefined) {
    writeCommonResponse(mutation, kind === "requestHeaders" || kind === "responseHeaders");
    writer.wrap(1, mark);
  }
  writer.wrap(kindField[kind], mark);
  return finishFrame();
}

function isOfTrailers(response: ProcessingResponse): response is TrailersResponse {
  return response.kind === "requestTrailers" || response.kind === "responseTrailers";
}

/** The prefix of gRPC: not compressed, and the length. */
function finishFrame(): Buffer {
  writer.uint32(writer.written);
  writer.byte(0);
  return writer.finish();
}

function writeImmediate(response: ProcessingResponse & { kind: "immediate" }): void {
  const mark = writer.written;
  writer.textField(5, response.details);
  writer.textField(3, response.body);
  const headersMark = writer.written;
  writeSetHeaders(response.headers);
  writer.wrap(2, headersMark);
  const statusMark = writer.written;
  writer.varintField(1, response.status);
  writer.wrap(1, statusMark);
  writer.wrap(immediateField, mark);
}

function writeCommonResponse(mutation: Mutation, isHeaders: boolean): void {
  const { setHeaders, removeHeaders, body, clearRouteCache } = mutation;
  if (clearRouteCache === true) {
    writer.varintField(5, 1);
  }
  if (body !== undefined) {
    const mark = writer.written;
    writer.bytesField(1, body);
    writer.wrap(3, mark);
  }
  if (setHeaders !== undefined || removeHeaders !== undefined) {
    const mark = writer.written;
    for (const name of removeHeaders?.toReversed() ?? []) {
      writer.textField(2, name);
    }
    writeSetHeaders(setHeaders ?? []);
    writer.wrap(2, mark);
  }
  if (body !== undefined && isHeaders) {
    writer.varintField(1, continueAndReplace);
  }
}

function writeSetHeaders(headers: Headers): void {
  for (let index = headers.length - 1; index >= 0; index -= 1) {
    const [name, value] = headers[index] ?? ["", ""];
    const mark = writer.written;
    writer.varintField(3, overwriteIfExistsOrAdd);
    const headerMark = writer.written;
    writer.textField(3, value);
    writer.textField(1, name);
    writer.wrap(1, headerMark);
    writer.wrap(1, mark);
  }
}

/** As a Struct of Structs of texts. */
function writeMetadata(metadata: Metadata | undefined): void {
  if (metadata === undefined) {
    return;
  }
  const mark = writer.written;
  for (const namespace of Object.keys(metadata)) {
    const values = metadata[namespace] ?? {};
    const entryMark = writer.written;
    for (const key of Object.keys(values)) {
      const fieldMark = writer.written;
      writer.textField(3, values[key] ?? "");
      writer.wrap(2, fieldMark);
      writer.textField(1, key);
      writer.wrap(1, fieldMark);
    }
    writer.wrap(5, entryMark);
    writer.wrap(2, entryMark);
    writer.textField(1, namespace);
    writer.wrap(1, entryMark);
  }
  writer.wrap(metadataField, mark);
}

/**
 * Envoy leaves an absent mode of headers and trailers as it was, but takes both modes of bodies from every override:
 * what is absent is written as the filter is configured.
 */
function writeMode(mode: ModeOverride): void {
  const mark = writer.written;
  if (mode.responseTrailers !== undefined) {
    writer.varintField(6, headerMode[mode.responseTrailers]);
  }
  writer.varintField(4, bodyMode[mode.responseBody ?? "none"]);
  writer.varintField(3, bodyMode[mode.requestBody ?? "buffered"]);
  if (mode.responseHeaders !== undefined) {
    writer.varintField(2, headerMode[mode.responseHeaders]);
  }
  writer.wrap(modeField, mark);
}
