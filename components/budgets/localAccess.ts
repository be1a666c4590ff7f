import { apiKeySecret } from "./resolveAccess";
import type { ResolvedAccess } from "./resolvedAccess";

/** The API key that a name stands for on a laptop, where the real one must not be needed: it opens nothing else. */
export function localApiKey(name: string): string {
  return `local-${name}`;
}

/** Who calls on a laptop: the same names, with keys that everybody may know. Tokens stay as they are. */
export function localAccess(access: ResolvedAccess, gatewayName: string): ResolvedAccess {
  const { apiKeys } = access;
  if (apiKeys === undefined) {
    return access;
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
