import { type AccessPolicy, type KeyPolicy, type KeyTimes, onlyVersion } from "./access";
import { DocumentReader } from "./documentReader";
import { instantExample, instantMs } from "./instant";
import { attributeName, attributeNameMeaning, headerName } from "./names";
import { printable, printableMeaning } from "./parseModels";
import { parsePlaces } from "./parsePlaces";
import { parseRules } from "./parseRules";
import type { Place } from "./policy";

/** What a key and its versions may be called. */
const keyName = /^[-._A-Za-z0-9]{1,253}$/;
const keyNameMeaning = '1 to 253 letters, digits, "-", "_" and "."';

/** Who may call; `undefined` where the document does not say. */
export function parseAccess(document: DocumentReader): AccessPolicy | undefined {
  const reader = document.object("access");
  if (reader === undefined) {
    return undefined;
  }
  const access: AccessPolicy = {
    tokens: reader.has("tokens") ? parseTokens(reader) : parseToken(reader),
    keyHeader: reader.text("keyHeader", headerName, "a header name in lower case"),
    keys: parseKeys(reader),
    anonymous: reader.boolean("anonymous", false),
    rules: parseRules(reader),
  };
  reader.finish();
  if (access.tokens.length === 0 && access.keyHeader === undefined && access.keys === undefined) {
    const remedy = "names no way to prove who calls; give token, keyHeader or keys";
    reader.problems.add(reader.path, undefined, remedy);
  }
  if (access.keyHeader !== undefined && access.keys !== undefined) {
    reader.problem("keyHeader", "says that Envoy checks keys, and keys are given to check here; remove one");
  }
  return access;
}

/** A place that is there twice would have every token found twice, and refused. */
function parseTokens(reader: DocumentReader): readonly Place[] {
  if (reader.has("token")) {
    reader.problem("token", "is one of several places, or the only one; give token or tokens");
  }
  const places = parsePlaces(reader, "tokens");
  if (new Set(places.map((place) => JSON.stringify(place))).size !== places.length) {
    reader.problem("tokens", "names a place twice; name each once");
  }
  return places;
}

function parseToken(reader: DocumentReader): readonly Place[] {
  const token = reader.object("token");
  if (token === undefined) {
    return [];
  }
  const namespace = token.text("namespace", printable, printableMeaning);
  const path = token.steps("path", undefined) ?? [];
  if (namespace === undefined) {
    token.problem("namespace", "is needed; name where Envoy puts verified tokens");
  }
  token.finish();
  return [{ namespace: namespace ?? "", path }];
}

function parseKeys(reader: DocumentReader): AccessPolicy["keys"] {
  if (!reader.has("keys")) {
    return undefined;
  }
  const keys = new Map<string, KeyPolicy>();
  for (const [name, path, value] of reader.entries("keys", keyName, keyNameMeaning)) {
    keys.set(name, parseKey(name, new DocumentReader(reader.problems, path, value)));
  }
  return keys;
}

function parseKey(name: string, reader: DocumentReader): KeyPolicy {
  const attributes = new Map([["key", name]]);
  for (const [attribute, path, value] of reader.entries("attributes", attributeName, attributeNameMeaning)) {
    if (typeof value !== "string" || value === "" || attribute === "key" || attribute === "model") {
      reader.problems.add(path, value, "is not a non-empty string for an attribute of the caller");
    } else {
      attributes.set(attribute, value);
    }
  }
  const versions = new Map<string, KeyTimes>();
  const listed = reader.entries("versions", keyName, keyNameMeaning);
  for (const [version, path, value] of listed) {
    const times = new DocumentReader(reader.problems, path, value);
    versions.set(version, parseTimes(times));
    times.finish();
  }
  if (reader.has("versions")) {
    if (reader.has("notBefore") || reader.has("expires")) {
      reader.problem("versions", "have times of their own; remove notBefore and expires beside them");
    }
    if (listed.length === 0) {
      reader.problem("versions", "is empty; name one, or leave it out");
    }
  }
  const times = parseTimes(reader);
  if (!reader.has("versions")) {
    versions.set(onlyVersion, times);
  }
  reader.finish();
  return { name, attributes, versions };
}

function parseTimes(reader: DocumentReader): KeyTimes {
  const times = {
    fromMs: readInstant(reader, "notBefore") ?? Number.NEGATIVE_INFINITY,
    untilMs: readInstant(reader, "expires") ?? Number.POSITIVE_INFINITY,
  };
  if (times.untilMs <= times.fromMs) {
    reader.problem("expires", "is not after notBefore, so the key would never count; correct one of the two");
  }
  return times;
}

function readInstant(reader: DocumentReader, name: string): number | undefined {
  const value = reader.raw(name);
  const ms = typeof value === "string" ? instantMs(value) : undefined;
  if (value !== undefined && ms === undefined) {
    reader.problem(name, `is not an instant such as ${instantExample}`);
  }
  return ms;
}
