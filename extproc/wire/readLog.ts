import type { LogEntry, MetadataReader } from "./messages";
import { lazyMetadata, noMetadata } from "./metadata";
import { bytesTag, ProtobufReader, varintTag } from "./protobufReader";

const messageTag = { httpLogs: bytesTag(2) } as const;
const logsTag = { entry: bytesTag(1) } as const;
const entryTag = { common: bytesTag(1), request: bytesTag(3), response: bytesTag(4) } as const;
const commonTag = {
  flags: bytesTag(16),
  metadata: bytesTag(17),
  isIntermediate: varintTag(27),
  type: varintTag(33),
} as const;
const requestTag = { requestId: bytesTag(9) } as const;
const responseTag = { code: bytesTag(1), bodyBytes: varintTag(3), details: bytesTag(6) } as const;
const wrapperTag = { value: varintTag(1) } as const;

/** Kinds of entries that tell of a request that is over. Of other kinds there may be several for a request. */
const finalTypes: readonly number[] = [0 /* NotSet */, 6 /* DownstreamEnd */];

/** Flags that say that the client went away. */
const clientFlags: readonly number[] = [
  15, // downstream_connection_termination
  19, // downstream_protocol_error
  28, // downstream_remote_reset
].map(varintTag);

/** Flags that say that the way to the provider broke, or that time ran out. */
const upstreamFlags: readonly number[] = [
  3, // upstream_request_timeout
  4, // local_reset
  5, // upstream_remote_reset
  6, // upstream_connection_failure
  7, // upstream_connection_termination
  17, // stream_idle_timeout
  20, // upstream_max_stream_duration_reached
  23, // duration_timeout
  24, // upstream_protocol_error
].map(varintTag);

type Draft = { -readonly [Name in keyof LogEntry]: LogEntry[Name] };

/**
 * Reads the requests that an `envoy.service.accesslog.v3.StreamAccessLogsMessage` tells of. Entries about requests
 * that still run, and about attempts and connections, are left out.
 * @throws WireError when the bytes are no such message.
 */
export function readLogMessage(bytes: Buffer, start = 0, end = bytes.length): LogEntry[] {
  const reader = new ProtobufReader(bytes, start, end);
  const entries: LogEntry[] = [];
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === messageTag.httpLogs) {
      const outerEnd = reader.enter();
      readEntries(reader, entries);
      reader.leave(outerEnd);
    } else {
      reader.skip(tag);
    }
  }
  return entries;
}

function readEntries(reader: ProtobufReader, entries: LogEntry[]): void {
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag !== logsTag.entry) {
      reader.skip(tag);
      continue;
    }
    const entry = readEntry(reader);
    if (entry !== undefined) {
      entries.push(entry);
    }
  }
}

/** Like all that follow, it works on the one reader: there are hundreds of entries in a message. */
function readEntry(reader: ProtobufReader): LogEntry | undefined {
  const draft: Draft = {
    metadata: noMetadata,
    status: 0,
    responseBodyBytes: 0,
    requestId: "",
    isClientCut: false,
    isUpstreamCut: false,
    details: "",
  };
  let isFinal = true;
  const outerEnd = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === entryTag.common) {
      isFinal = readCommon(reader, draft) && isFinal;
    } else if (tag === entryTag.request) {
      readRequestProperties(reader, draft);
    } else if (tag === entryTag.response) {
      readResponseProperties(reader, draft);
    } else {
      reader.skip(tag);
    }
  }
  reader.leave(outerEnd);
  return isFinal ? draft : undefined;
}

/** Whether the entry tells of a request that is over. */
function readCommon(reader: ProtobufReader, draft: Draft): boolean {
  let isFinal = true;
  const outerEnd = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === commonTag.metadata) {
      draft.metadata = lazyMetadata(reader) satisfies MetadataReader;
    } else if (tag === commonTag.flags) {
      readFlags(reader, draft);
    } else if (tag === commonTag.isIntermediate) {
      isFinal = !reader.bool() && isFinal;
    } else if (tag === commonTag.type) {
      isFinal = finalTypes.includes(reader.varint()) && isFinal;
    } else {
      reader.skip(tag);
    }
  }
  reader.leave(outerEnd);
  return isFinal;
}

function readFlags(reader: ProtobufReader, draft: Draft): void {
  const outerEnd = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (clientFlags.includes(tag)) {
      draft.isClientCut = reader.bool() || draft.isClientCut;
    } else if (upstreamFlags.includes(tag)) {
      draft.isUpstreamCut = reader.bool() || draft.isUpstreamCut;
    } else {
      reader.skip(tag);
    }
  }
  reader.leave(outerEnd);
}

function readRequestProperties(reader: ProtobufReader, draft: Draft): void {
  const outerEnd = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === requestTag.requestId) {
      draft.requestId = reader.text();
    } else {
      reader.skip(tag);
    }
  }
  reader.leave(outerEnd);
}

function readResponseProperties(reader: ProtobufReader, draft: Draft): void {
  const outerEnd = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === responseTag.code) {
      draft.status = readWrapper(reader);
    } else if (tag === responseTag.bodyBytes) {
      draft.responseBodyBytes = reader.varint();
    } else if (tag === responseTag.details) {
      draft.details = reader.text();
    } else {
      reader.skip(tag);
    }
  }
  reader.leave(outerEnd);
}

function readWrapper(reader: ProtobufReader): number {
  let value = 0;
  const outerEnd = reader.enter();
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === wrapperTag.value) {
      value = reader.varint();
    } else {
      reader.skip(tag);
    }
  }
  reader.leave(outerEnd);
  return value;
}
