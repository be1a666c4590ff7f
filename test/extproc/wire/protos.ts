import { join } from "node:path";
import protobuf from "protobufjs";

const folder = join(__dirname, "..", "..", "..", "extproc", "proto");

/** What the codec reads and writes, by a protobuf library that knows only the `.proto` files. */
const root = protobuf.loadSync(
  ["external_processor.proto", "access_log.proto"].map((name) => join(folder, name)),
);

function encoder(name: string) {
  const type = root.lookupType(name);
  return (message: object): Buffer => {
    const problem = type.verify(message);
    if (problem !== null) {
      throw new Error(`${name}: ${problem}`);
    }
    return Buffer.from(type.encode(type.create(message)).finish());
  };
}

export const encodeRequest = encoder("envoy.service.ext_proc.v3.ProcessingRequest");
export const encodeLogMessage = encoder("envoy.service.accesslog.v3.StreamAccessLogsMessage");
export const encodeStruct = encoder("google.protobuf.Struct");

const responseType = root.lookupType("envoy.service.ext_proc.v3.ProcessingResponse");

/** Reads an answer without its gRPC prefix. Enums are their names, bytes are base64. */
export function decodeResponse(bytes: Uint8Array): Record<string, unknown> {
  return responseType.toObject(responseType.decode(bytes), { enums: String, bytes: String });
}

/** A message in its gRPC frame. */
export function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** A JSON value as `google.protobuf.Value`. */
export function toValue(value: unknown): object {
  if (value === null) {
    return { nullValue: 0 };
  }
  if (typeof value === "object") {
    return Array.isArray(value)
      ? { listValue: { values: value.map(toValue) } }
      : { structValue: toStruct(value as Record<string, unknown>) };
  }
  return typeof value === "number"
    ? { numberValue: value }
    : typeof value === "boolean"
      ? { boolValue: value }
      : { stringValue: value };
}

/** A JSON object as `google.protobuf.Struct`. */
export function toStruct(object: Readonly<Record<string, unknown>>): { fields: Record<string, object> } {
  const fields: Record<string, object> = Object.create(null);
  for (const [key, value] of Object.entries(object)) {
    fields[key] = toValue(value);
  }
  return { fields };
}

/** Namespaces as `envoy.config.core.v3.Metadata`. */
export function toMetadata(namespaces: Readonly<Record<string, Readonly<Record<string, unknown>>>>): object {
  const filterMetadata: Record<string, object> = Object.create(null);
  for (const [namespace, values] of Object.entries(namespaces)) {
    filterMetadata[namespace] = toStruct(values);
  }
  return { filterMetadata };
}

/** What Envoy tells of an answer's status with the first piece of its body. */
export function statusAttributes(status: number): Record<string, object> {
  return { "envoy.filters.http.ext_proc": toStruct({ "response.code": status }) };
}
