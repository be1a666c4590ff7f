import type { Input } from "@pulumi/pulumi";
import { instantExample, instantMs } from "../../extproc/contract";
import { checkSecret } from "../models/resolveCredential";
import { at, type Problems } from "../shared/problems";
import type { ClientKeyArgs, ClientKeyVersionArgs } from "./accessArgs";
import { checkAttributeName } from "./attributes";

const longestValue = 256;
const entryName = /^[-._A-Za-z0-9]{1,253}$/;

/** Members of a key that say which it is and when it counts: of the key, or of each of its versions. */
const ownMembers = ["key", "generated", "notBefore", "expires"] as const;

export function checkApiKey(
  path: string,
  name: string,
  args: ClientKeyArgs,
  hasSecret: boolean,
  problems: Problems,
): void {
  if (!entryName.test(name)) {
    problems.add(path, 'cannot be an entry of a Secret; use 1 to 253 letters, digits, "-", "_" and "."');
  }
  if (args.versions === undefined) {
    const elsewhere =
      "has no key; give key (a secret output) or generated: true, or keep it in a Secret of yours and name that in access.apiKeySecretName";
    checkVersion(path, args, hasSecret ? undefined : elsewhere, problems);
  } else {
    checkVersions(path, args, args.versions, problems);
  }
  for (const field of ["team", "user", "organisation"] as const) {
    checkValue(`${path}.${field}`, args[field], problems);
  }
  for (const [attribute, value] of Object.entries(args.attributes ?? {})) {
    checkAttribute(at(`${path}.attributes`, attribute), attribute, value, problems);
  }
}

function checkVersions(
  path: string,
  args: ClientKeyArgs,
  versions: Readonly<Record<string, ClientKeyVersionArgs>>,
  problems: Problems,
): void {
  for (const member of ownMembers.filter((one) => args[one] !== undefined)) {
    problems.add(
      `${path}.${member}`,
      "stands beside versions, which have their own; move it into one of them",
    );
  }
  if (Object.keys(versions).length === 0) {
    problems.add(`${path}.versions`, "is empty, so the key would never count; name one, or leave it out");
  }
  for (const [version, one] of Object.entries(versions)) {
    const versionPath = at(`${path}.versions`, version);
    if (!entryName.test(version)) {
      problems.add(
        versionPath,
        'cannot be the name of a version; use 1 to 253 letters, digits, "-", "_" and "."',
      );
    }
    checkVersion(versionPath, one, "has no key; give key (a secret output) or generated: true", problems);
  }
}

/** `missing`: what to say where there is no key; absent where it may be elsewhere. */
function checkVersion(
  path: string,
  { key, generated, notBefore, expires }: ClientKeyVersionArgs,
  missing: string | undefined,
  problems: Problems,
): void {
  checkSecret(`${path}.key`, key, problems);
  if (key === undefined && generated !== true && missing !== undefined) {
    problems.add(path, missing);
  }
  if (key !== undefined && generated === true) {
    problems.add(`${path}.generated`, "is true, and key is given too; keep one of the two");
  }
  const from = checkInstant(`${path}.notBefore`, notBefore, problems);
  const until = checkInstant(`${path}.expires`, expires, problems);
  if (from !== undefined && until !== undefined && until <= from) {
    problems.add(
      `${path}.expires`,
      `"${expires}" is not after notBefore, "${notBefore}", so the key would never count; correct one of the two`,
    );
  }
}

function checkInstant(path: string, text: string | undefined, problems: Problems): number | undefined {
  const ms = text === undefined ? undefined : instantMs(text);
  if (text !== undefined && ms === undefined) {
    problems.add(path, `${JSON.stringify(text)} is not an instant; write it as ${instantExample}`);
  }
  return ms;
}

function checkAttribute(path: string, attribute: string, value: string, problems: Problems): void {
  if (["team", "user", "organisation"].includes(attribute)) {
    problems.add(path, `has a member of its own; write ${attribute}: ${JSON.stringify(value)}`);
  }
  if (attribute === "key") {
    problems.add(path, "is the key's own name already; take it out");
  }
  checkAttributeName(path, attribute, problems);
  checkValue(path, value, problems);
}

function checkValue(path: string, value: string | undefined, problems: Problems): void {
  if (value !== undefined && (value === "" || value.length > longestValue || /\p{Cc}/u.test(value))) {
    problems.add(
      path,
      `${JSON.stringify(value)} is not a name; use 1 to ${longestValue} printable characters`,
    );
  }
}

/** The keys that an entry gives itself, each with its path below the entry. */
export function givenKeys({
  key,
  versions = {},
}: ClientKeyArgs): readonly (readonly [string, Input<string>])[] {
  const own = key === undefined ? [] : [["key", key] as const];
  const others = Object.entries(versions).flatMap(([version, { key: text }]) =>
    text === undefined ? [] : [[`${at("versions", version)}.key`, text] as const],
  );
  return [...own, ...others];
}

/** Of outputs only the object itself can be compared; a plain string is refused anyway. */
export function checkKeysDiffer(
  entries: readonly (readonly [string, ClientKeyArgs])[],
  problems: Problems,
): void {
  const users = new Map<unknown, string>();
  for (const [name, args] of entries) {
    for (const [member, key] of givenKeys(args)) {
      const other = users.get(key);
      if (other !== undefined) {
        problems.add(
          `${at("access.apiKeys", name)}.${member}`,
          `is the key of "${other}" too, and then all keys are refused; give each its own`,
        );
      }
      users.set(key, name);
    }
  }
}
