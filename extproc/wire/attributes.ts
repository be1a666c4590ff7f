import { refusalAttributes, statusAttribute } from "../contract";
import { isAt, ProtobufReader } from "./protobufReader";
import { readEntry, readMembers } from "./struct";

/** Envoy files the attributes that it was asked for under the name of its filter. */
const filterName = "envoy.filters.http.ext_proc";

/** What Envoy tells of an answer besides its messages; each `undefined` where it does not. */
export interface AnswerAttributes {
  readonly status: number | undefined;
  /** Of the request. */
  readonly path: string | undefined;
  /** Envoy's response code details. */
  readonly details: string | undefined;
}

export const noAttributes: AnswerAttributes = { status: undefined, path: undefined, details: undefined };

const { path: pathName, details: detailsName } = refusalAttributes;
const names = [statusAttribute, pathName, detailsName];

/** The answer's attributes in an entry of a message's; those that are known already where the entry is another's. */
export function readAttributes(reader: ProtobufReader, known: AnswerAttributes): AnswerAttributes {
  const outerEnd = reader.enter();
  const { keyStart, keyEnd, valueStart, valueEnd } = readEntry(reader);
  const isOurs = isAt(reader.bytes, keyStart, keyEnd, filterName);
  const found = isOurs ? attributesIn(new ProtobufReader(reader.bytes, valueStart, valueEnd)) : known;
  reader.leave(outerEnd);
  return found;
}

function attributesIn(attributes: ProtobufReader): AnswerAttributes {
  const members = readMembers(attributes, names);
  const [status, path, details] = [members[statusAttribute], members[pathName], members[detailsName]];
  return {
    status: typeof status === "number" ? status : undefined,
    path: typeof path === "string" ? path : undefined,
    details: typeof details === "string" ? details : undefined,
  };
}
