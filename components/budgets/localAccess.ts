import { keysText } from "./keysDocument";
import { apiKeySecret, onlyVersion } from "./resolveApiKeys";
import { KeyCheck, type ResolvedAccess, type ResolvedApiKeys } from "./resolvedAccess";

/** The API key that a name stands for on a laptop, where the real one must not be needed: it opens nothing else. */
export function localApiKey(name: string, version = onlyVersion): string {
  return version === onlyVersion ? `local-${name}` : `local-${name}-${version}`;
}

/** Every key of a laptop, in the order of the declaration. */
export function localApiKeys({ checkedBy, attributes, versions }: ResolvedApiKeys): readonly string[] {
  return checkedBy === KeyCheck.Gateway
    ? Object.keys(attributes).map((name) => localApiKey(name))
    : Object.entries(versions).flatMap(([name, ofName]) =>
        Object.keys(ofName).map((version) => localApiKey(name, version)),
      );
}

/** The first of them that counts at an instant. */
export function usableLocalKey(keys: ResolvedApiKeys, nowMs: number): string | undefined {
  if (keys.checkedBy === KeyCheck.Gateway) {
    return localApiKeys(keys)[0];
  }
  const instant = new Date(nowMs).toISOString();
  for (const [name, versions] of Object.entries(keys.versions)) {
    for (const [version, { notBefore = instant, expires }] of Object.entries(versions)) {
      // Instants in one form are in the order of their texts.
      if (notBefore <= instant && (expires === undefined || instant < expires)) {
        return localApiKey(name, version);
      }
    }
  }
  return undefined;
}

/** The keys file of a laptop's processor; `undefined` where it checks none. */
export function localKeysText(access: ResolvedAccess | undefined): string | undefined {
  const keys = access?.apiKeys;
  if (keys?.checkedBy !== KeyCheck.Processor) {
    return undefined;
  }
  return keysText(
    Object.entries(keys.versions).flatMap(([name, versions]) =>
      Object.keys(versions).map((version) => ({ name, version, text: localApiKey(name, version) })),
    ),
  );
}

/** Who calls on a laptop: the same names, with keys that everybody may know. Tokens stay as they are. */
export function localAccess(access: ResolvedAccess, gatewayName: string): ResolvedAccess {
  const { apiKeys } = access;
  if (apiKeys === undefined) {
    return access;
  }
  if (apiKeys.checkedBy === KeyCheck.Processor) {
    return { ...access, apiKeys: { ...apiKeys, versions: localVersions(apiKeys) } };
  }
  const keys = Object.keys(apiKeys.attributes).map((name) => [name, localApiKey(name)] as const);
  return {
    ...access,
    apiKeys: {
      ...apiKeys,
      make: apiKeySecret(gatewayName, Object.fromEntries(keys)),
      existing: undefined,
    },
  };
}

function localVersions({ versions }: ResolvedApiKeys): ResolvedApiKeys["versions"] {
  return mapValues(versions, (ofName, name) =>
    mapValues(ofName, (one, version) => ({ ...one, key: localApiKey(name, version) })),
  );
}

function mapValues<From, To>(
  map: Readonly<Record<string, From>>,
  change: (value: From, key: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
