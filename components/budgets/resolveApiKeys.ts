import type { Input } from "@pulumi/pulumi";
import type { SecretContent } from "../models/resolved";
import { checkObjectName } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import type { AccessArgs, ClientKeyArgs } from "./accessArgs";
import { checkApiKey, checkKeysDiffer, givenKeys } from "./checkApiKeys";
import { KeyCheck, type ResolvedApiKeys, type ResolvedKeyVersion } from "./resolvedAccess";

/** The version of a key that has no versions. */
export const onlyVersion = "";

export function resolveApiKeys(
  gatewayName: string,
  args: AccessArgs,
  problems: Problems,
): ResolvedApiKeys | undefined {
  const { apiKeys, apiKeySecretName } = args;
  checkObjectName("access.apiKeySecretName", apiKeySecretName, problems);
  if (apiKeys === undefined) {
    if (apiKeySecretName !== undefined) {
      problems.add(
        "access.apiKeySecretName",
        "names a Secret, and apiKeys says of none of its keys whose it is; list their names there",
      );
    }
    return undefined;
  }
  const entries = Object.entries(apiKeys);
  if (entries.length === 0) {
    problems.add("access.apiKeys", "is empty, so nobody could call; name the keys, or leave it out");
  }
  for (const [name, key] of entries) {
    checkApiKey(at("access.apiKeys", name), name, key, apiKeySecretName !== undefined, problems);
  }
  checkKeysDiffer(entries, problems);
  const why = whyProcessor(args);
  checkSecretName(args, why, problems);
  const attributes = Object.fromEntries(entries.map(([name, key]) => [name, attributesOf(key)]));
  if (why !== undefined) {
    const versions = Object.fromEntries(entries.map(([name, key]) => [name, versionsOf(key)]));
    return { checkedBy: KeyCheck.Processor, why, make: undefined, existing: undefined, attributes, versions };
  }
  const given = entries.flatMap(([name, { key }]) => (key === undefined ? [] : [[name, key] as const]));
  return {
    checkedBy: KeyCheck.Gateway,
    why: "",
    make: given.length === 0 ? undefined : apiKeySecret(gatewayName, Object.fromEntries(given)),
    existing: apiKeySecretName,
    attributes,
    versions: {},
  };
}

/** The Secret that authentication reads: a key under each name. */
export function apiKeySecret(
  gatewayName: string,
  data: Readonly<Record<string, Input<string>>>,
): SecretContent {
  // A dot never stands in the name of a model's own Secret, so the two cannot meet.
  return { key: "access/api-keys", name: `${gatewayName}.api-keys`, data, annotations: {} };
}

/** What Envoy's own check of keys cannot do; `undefined` where it suffices. */
function whyProcessor({ jwt, issuers, anonymous, apiKeys = {} }: AccessArgs): string | undefined {
  if (jwt !== undefined || issuers !== undefined) {
    return "Envoy Gateway would demand a token and a key of every request, never one of the two";
  }
  if (anonymous === true) {
    return "Envoy Gateway would demand a key of every request";
  }
  for (const [name, key] of Object.entries(apiKeys)) {
    if (key.generated === true) {
      return `the key "${name}" is made here, and its hash alone leaves the state`;
    }
    if (key.versions !== undefined || key.notBefore !== undefined || key.expires !== undefined) {
      return `Envoy Gateway knows no times and no versions of keys, and "${name}" has some`;
    }
  }
  return undefined;
}

function checkSecretName(
  { apiKeySecretName, apiKeys = {} }: AccessArgs,
  why: string | undefined,
  problems: Problems,
): void {
  if (apiKeySecretName === undefined) {
    return;
  }
  const keys = Object.values(apiKeys);
  if (why !== undefined) {
    problems.add(
      "access.apiKeySecretName",
      `is read by Envoy, and the processor checks these keys: ${why}; give each as key, a secret output, and remove this`,
    );
  } else if (keys.length > 0 && keys.every((key) => givenKeys(key).length > 0)) {
    problems.add(
      "access.apiKeySecretName",
      "is looked up for entries of apiKeys without a key, and each has one; remove it",
    );
  }
}

function attributesOf({ team, user, organisation, attributes = {} }: ClientKeyArgs): Record<string, string> {
  const named = Object.entries({ team, user, organisation }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...attributes, ...Object.fromEntries(named) };
}

function versionsOf(key: ClientKeyArgs): Record<string, ResolvedKeyVersion> {
  const versions = Object.entries(key.versions ?? { [onlyVersion]: key });
  return Object.fromEntries(
    versions.map(([version, { key: text, notBefore, expires }]) => [
      version,
      { key: text, notBefore: isoInstant(notBefore), expires: isoInstant(expires) },
    ]),
  );
}

/** The same instant always in the same text, as the document has it. */
function isoInstant(text: string | undefined): string | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
