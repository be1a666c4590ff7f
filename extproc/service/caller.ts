import type { Groups } from "../policy/accessRules";
import { type Attributes, withLookups } from "../policy/match";
import type { IdentitySource, Place, Policy } from "../policy/policy";
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
    const value = claimOf(source, metadata);
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
  return source.from === "header" ? headers.get(source.header) : textOf(claimOf(source, metadata));
}

/** What the metadata say of an attribute; of several places no more than one has something. */
function claimOf(source: IdentitySource, metadata: MetadataReader): unknown {
  switch (source.from) {
    case "header":
      return undefined;
    case "metadata":
      return valueAt(metadata, source);
    case "anyOf":
      for (const place of source.places) {
        const value = valueAt(metadata, place);
        if (value !== undefined) {
          return value;
        }
      }
      return undefined;
    case "whichOf":
      for (const [name, place] of source.places) {
        if (valueAt(metadata, place) !== undefined) {
          return name;
        }
      }
      return undefined;
  }
}

/** What stands in the metadata at a place. */
export function valueAt(metadata: MetadataReader, { namespace, path }: Place): unknown {
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
