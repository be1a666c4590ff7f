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

type Draft = { -readonly [Name in keyof LogEntry]: LogEntry[Name] } & { isFinal: boolean };

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
      readEntries(reader.message(), entries);
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
    const { isFinal, ...entry } = readEntry(reader.message());
    if (isFinal) {
      entries.push(entry);
    }
  }
}

function readEntry(reader: ProtobufReader): Draft {
  const draft: Draft = {
    metadata: noMetadata,
    status: 0,
    responseBodyBytes: 0,
    requestId: "",
    isClientCut: false,
    isUpstreamCut: false,
    details: "",
    isFinal: true,
  };
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === entryTag.common) {
      readCommon(reader.message(), draft);
    } else if (tag === entryTag.request) {
      readRequestProperties(reader.message(), draft);
    } else if (tag === entryTag.response) {
      readResponseProperties(reader.message(), draft);
    } else {
      reader.skip(tag);
    }
  }
  return draft;
}

function readCommon(reader: ProtobufReader, draft: Draft): void {
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === commonTag.metadata) {
      draft.metadata = lazyMetadata(reader) satisfies MetadataReader;
    } else if (tag === commonTag.flags) {
      readFlags(reader.message(), draft);
    } else if (tag === commonTag.isIntermediate) {
      draft.isFinal = !reader.bool() && draft.isFinal;
    } else if (tag === commonTag.type) {
      draft.isFinal = finalTypes.includes(reader.varint()) && draft.isFinal;
    } else {
      reader.skip(tag);
    }
  }
}

function readFlags(reader: ProtobufReader, draft: Draft): void {
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (clientFlags.includes(tag)) {
      draft.isClientCut = reader.bool() || draft.isClientCut;
    } else if (upstreamFlags.includes(tag)) {
      draft.isUpstreamCut = reader.bool() || draft.isUpstreamCut;
    } else {
      reader.skip(tag);
    }
  }
}

function readRequestProperties(reader: ProtobufReader, draft: Draft): void {
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === requestTag.requestId) {
      draft.requestId = reader.text();
    } else {
      reader.skip(tag);
    }
  }
}

function readResponseProperties(reader: ProtobufReader, draft: Draft): void {
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === responseTag.code) {
      draft.status = readWrapper(reader.message());
    } else if (tag === responseTag.bodyBytes) {
      draft.responseBodyBytes = reader.varint();
    } else if (tag === responseTag.details) {
      draft.details = reader.text();
    } else {
      reader.skip(tag);
    }
  }
}

function readWrapper(reader: ProtobufReader): number {
  let value = 0;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === wrapperTag.value) {
      value = reader.varint();
    } else {
      reader.skip(tag);
    }
  }
  return value;
}
