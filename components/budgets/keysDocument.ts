import { canonicalJson, type KeysDocument, keyHash, longestKey } from "../../extproc/contract";
import { at, type Problems } from "../shared/problems";
import { onlyVersion } from "./resolveApiKeys";
import type { ResolvedApiKeys } from "./resolvedAccess";

/** A key, and whose it is. */
export interface NamedKey {
  readonly name: string;
  readonly version: string;
  readonly text: string;
}

/** Below this a key could be found by trying. */
const leastKey = 20;
/** What a Secret takes, less room for its other fields. */
const mostBytes = 1_000_000;

/** How a key is called where there are several: `chat`, or `chat/2026-11`. */
export function keyLabel(name: string, version: string): string {
  return version === onlyVersion ? name : `${name}/${version}`;
}

/** The keys file of these keys: their hashes alone. */
export function keysText(keys: readonly NamedKey[]): string {
  const byName = new Map<string, Record<string, string>>();
  for (const { name, version, text } of keys) {
    byName.set(name, { ...byName.get(name), [version]: keyHash(text) });
  }
  const document: KeysDocument = {
    version: 1,
    keys: Object.fromEntries(
      [...byName].map(([name, versions]) => [name, versions[onlyVersion] ?? versions]),
    ),
  };
  return canonicalJson(document);
}

/** Says why a key cannot be used; nothing where it can. Never repeats the key. */
export function keyObstacle(text: string): string | undefined {
  if (text.length < leastKey || text.length > longestKey) {
    return `has ${text.length} characters; use ${leastKey} to ${longestKey} that nobody can guess`;
  }
  if (!/^[!-~]+$/.test(text)) {
    return "has characters that do not pass in a header; use printable ASCII without spaces";
  }
  return /^e[wy][\w-]*\.[\w-]*\.[\w-]*$/i.test(text)
    ? "looks like a token, and would be taken for one; use another"
    : undefined;
}

/** What can only be said once keys are known, a line each. Never repeats one. */
export function keyProblems(keys: readonly NamedKey[]): readonly string[] {
  const users = new Map<string, string>();
  return keys.flatMap(({ name, version, text }) => {
    const member = version === onlyVersion ? "key" : `${at("versions", version)}.key`;
    const other = users.get(text);
    users.set(text, keyLabel(name, version));
    const obstacle =
      other === undefined ? keyObstacle(text) : `is the key of "${other}" too; give each its own`;
    return obstacle === undefined ? [] : [`${at("access.apiKeys", name)}.${member}: ${obstacle}`];
  });
}

/** Whatever the keys are, their hashes have one length: a file that is too large is known before it is made. */
export function checkKeysSize(path: string, { versions }: ResolvedApiKeys, problems: Problems): void {
  const keys = Object.entries(versions).flatMap(([name, ofName]) =>
    Object.keys(ofName).map((version) => ({ name, version, text: "" })),
  );
  const bytes = Buffer.byteLength(keysText(keys));
  if (bytes > mostBytes) {
    problems.add(
      path,
      `are ${keys.length.toLocaleString("en")} keys, whose hashes have ${bytes.toLocaleString("en")} bytes, and a Secret takes ${mostBytes.toLocaleString("en")}; use shorter names, or spread them over several gateways`,
    );
  }
}
