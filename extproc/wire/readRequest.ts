import { type AnswerAttributes, noAttributes, readAttributes } from "./attributes";
import { noHeaders, readHeaders } from "./headers";
import type { HeaderReader, MetadataReader, ProcessingRequest } from "./messages";
import { lazyMetadata, noMetadata } from "./metadata";
import { bytesTag, ProtobufReader, varintTag } from "./protobufReader";

const requestTag = {
  requestHeaders: bytesTag(2),
  responseHeaders: bytesTag(3),
  requestBody: bytesTag(4),
  responseBody: bytesTag(5),
  requestTrailers: bytesTag(6),
  responseTrailers: bytesTag(7),
  metadataContext: bytesTag(8),
  attributes: bytesTag(9),
} as const;
const headersTag = { headers: bytesTag(1), endOfStream: varintTag(3) } as const;
const bodyTag = { body: bytesTag(1), endOfStream: varintTag(2) } as const;

const noBody: Buffer = Buffer.alloc(0);

/**
 * Reads an `envoy.service.ext_proc.v3.ProcessingRequest` that lies in `bytes` from `start` to `end`. Headers,
 * metadata and body are windows into `bytes`. Of a field that is there twice, the last counts.
 * @throws WireError when the bytes are no such message.
 */
export function readRequest(bytes: Buffer, start = 0, end = bytes.length): ProcessingRequest {
  const reader = new ProtobufReader(bytes, start, end);
  let what = 0;
  let message: ProtobufReader | undefined;
  let metadata = noMetadata;
  let attributes = noAttributes;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag >= requestTag.requestHeaders && tag <= requestTag.responseTrailers && tag % 8 === 2) {
      what = tag;
      message = reader.message();
    } else if (tag === requestTag.metadataContext) {
      metadata = lazyMetadata(reader);
    } else if (tag === requestTag.attributes) {
      attributes = readAttributes(reader, attributes);
    } else {
      reader.skip(tag);
    }
  }
  return message === undefined ? { kind: "unknown" } : readKind(what, message, metadata, attributes);
}

function readKind(
  tag: number,
  reader: ProtobufReader,
  metadata: MetadataReader,
  { status, path, details }: AnswerAttributes,
): ProcessingRequest {
  switch (tag) {
    case requestTag.requestHeaders:
      return { kind: "requestHeaders", ...readHttpHeaders(reader), metadata };
    case requestTag.responseHeaders:
      return { kind: "responseHeaders", ...readHttpHeaders(reader), metadata, path, details };
    case requestTag.requestBody:
      return { kind: "requestBody", ...readHttpBody(reader), metadata };
    case requestTag.responseBody:
      return { kind: "responseBody", ...readHttpBody(reader), metadata, status };
    case requestTag.requestTrailers:
      return { kind: "requestTrailers" };
    default:
      return { kind: "responseTrailers" };
  }
}

function readHttpHeaders(reader: ProtobufReader): {
  readonly headers: HeaderReader;
  readonly endOfStream: boolean;
} {
  let headers: HeaderReader = noHeaders;
  let endOfStream = false;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === headersTag.headers) {
      headers = readHeaders(reader.message());
    } else if (tag === headersTag.endOfStream) {
      endOfStream = reader.bool();
    } else {
      reader.skip(tag);
    }
  }
  return { headers, endOfStream };
}

function readHttpBody(reader: ProtobufReader): { readonly body: Buffer; readonly endOfStream: boolean } {
  let body = noBody;
  let endOfStream = false;
  for (let tag = reader.nextTag(); tag !== 0; tag = reader.nextTag()) {
    if (tag === bodyTag.body) {
      const end = reader.spanEnd();
      body = reader.bytes.subarray(reader.at, end);
      reader.at = end;
    } else if (tag === bodyTag.endOfStream) {
      endOfStream = reader.bool();
    } else {
      reader.skip(tag);
    }
  }
  return { body, endOfStream };
}
