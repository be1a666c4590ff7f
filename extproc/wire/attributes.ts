import { statusAttribute } from "../contract";
import { isAt, ProtobufReader } from "./protobufReader";
import { readEntry, readMembers } from "./struct";

/** Envoy files the attributes that it was asked for under the name of its filter. */
const filterName = "envoy.filters.http.ext_proc";

/** The answer's status in an entry of a message's attributes; `undefined` when it is not there. */
export function readStatus(reader: ProtobufReader): number | undefined {
  const outerEnd = reader.enter();
  const { keyStart, keyEnd, valueStart, valueEnd } = readEntry(reader);
  const isOurs = isAt(reader.bytes, keyStart, keyEnd, filterName);
  const status = isOurs ? statusIn(new ProtobufReader(reader.bytes, valueStart, valueEnd)) : undefined;
  reader.leave(outerEnd);
  return status;
}

function statusIn(attributes: ProtobufReader): number | undefined {
  const value = readMembers(attributes, [statusAttribute])[statusAttribute];
  return typeof value === "number" ? value : undefined;
}
