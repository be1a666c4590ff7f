import type { Groups } from "../policy/accessRules";
import { type Attributes, withLookups } from "../policy/match";
import type { IdentitySource, Policy } from "../policy/policy";
import { membersOf } from "../usage/tokenCount";
import type { HeaderReader, MetadataReader } from "../wire/messages";

/**
 * Who calls, as authentication says: the policy's identities, and what is looked up from them. What is empty, or no
 * single value, is not there.
 */
export function callerOf(policy: Policy, headers: HeaderReader, metadata: MetadataReader): Attributes {
  const attributes = new Map<string, string>();
  for (const [attribute, source] of policy.identities) {
    const value = attributeOf(source, headers, metadata);
    if (value !== undefined && value !== "") {
      attributes.set(attribute, value);
    }
  }
  return policy.lookups.size === 0 ? attributes : withLookups(attributes, policy.lookups);
}

/** There are none. */
export const noGroups: Groups = new Map();

/** The claims that are lists of several values, which no budget can count by. */
export function groupsOf(policy: Policy, metadata: MetadataReader): Groups {
  let groups: Map<string, readonly string[]> | undefined;
  for (const [attribute, source] of policy.identities) {
    const value = source.from === "metadata" ? valueAt(metadata, source) : undefined;
    if (Array.isArray(value) && value.length > 1) {
      groups ??= new Map();
      groups.set(
        attribute,
        value.flatMap((one) => textOf(one) ?? []),
      );
    }
  }
  return groups ?? noGroups;
}

function attributeOf(
  source: IdentitySource,
  headers: HeaderReader,
  metadata: MetadataReader,
): string | undefined {
  if (source.from === "header") {
    return headers.get(source.header);
  }
  return textOf(valueAt(metadata, source));
}

/** What stands in the metadata at a place. */
export function valueAt(
  metadata: MetadataReader,
  { namespace, path }: { readonly namespace: string; readonly path: readonly string[] },
): unknown {
  let value: unknown = metadata.get(namespace);
  for (const step of path) {
    const members = membersOf(value);
    value = Object.hasOwn(members, step) ? members[step] : undefined;
  }
  return value;
}

/** Claims may be numbers, or lists: a list of one stands for that one, a longer one for nobody. */
function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) {
    return value.length === 1 ? textOf(value[0]) : undefined;
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
