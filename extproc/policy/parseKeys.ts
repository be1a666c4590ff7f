import { onlyVersion } from "./access";
import { DocumentProblems, isRecord, type PolicyProblem } from "./documentReader";
import { type HashedKey, KeyRing } from "./keyRing";

/** The keys, or everything that is wrong with the file. */
export type ParsedKeys =
  | { readonly keys: KeyRing; readonly problems?: undefined }
  | { readonly keys?: undefined; readonly problems: readonly PolicyProblem[] };

const keyHash = /^[A-Za-z0-9_-]{43}$/;

/** Reads a keys file. Never throws, and never repeats what stands in the place of a hash, which may be a key. */
export function parseKeys(json: unknown): ParsedKeys {
  const problems = new DocumentProblems();
  const members = isRecord(json) ? json : {};
  if (members["version"] !== 1) {
    problems.add("version", undefined, "is not one that this processor reads; it reads version 1");
    return { problems: problems.all };
  }
  const { keys } = members;
  if (!isRecord(keys)) {
    problems.add("keys", undefined, "is not a map; give the hash of each key by its name");
    return { problems: problems.all };
  }
  const found = new Map<string, HashedKey>();
  for (const [name, value] of Object.entries(keys)) {
    const path = `keys[${JSON.stringify(name)}]`;
    const hashes = isRecord(value) ? Object.entries(value) : [[onlyVersion, value] as const];
    for (const [version, text] of hashes) {
      const at = version === onlyVersion ? path : `${path}[${JSON.stringify(version)}]`;
      addKey({ name, version }, at, text, found, problems);
    }
  }
  for (const member of Object.keys(members).filter((one) => one !== "version" && one !== "keys")) {
    problems.add(member, undefined, "is an unknown member; remove it, or run a newer processor");
  }
  return problems.all.length === 0 ? { keys: new KeyRing([...found.values()]) } : { problems: problems.all };
}

function addKey(
  id: { readonly name: string; readonly version: string },
  path: string,
  text: unknown,
  found: Map<string, HashedKey>,
  problems: DocumentProblems,
): void {
  const digest = typeof text === "string" && keyHash.test(text) ? Buffer.from(text, "base64url") : undefined;
  // The last character has bits to spare: two texts that differ there alone would be one hash.
  if (digest?.length !== 32 || digest.toString("base64url") !== text) {
    problems.add(path, undefined, "is not the SHA-256 of a key as 43 characters of base64url");
    return;
  }
  const other = found.get(text);
  if (other !== undefined) {
    problems.add(path, undefined, `is the key of "${other.name}" too; give each its own`);
    return;
  }
  found.set(text, { ...id, digest });
}
