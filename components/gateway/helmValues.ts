import * as pulumi from "@pulumi/pulumi";
import type { HelmValues } from "./installArgs";

/** Whether a value is known now and is a map, so that it can be looked into or merged. */
export function isPlainMap(value: unknown): value is Readonly<HelmValues> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !pulumi.Output.isInstance(value) &&
    !(value instanceof Promise)
  );
}

/**
 * Joins two trees of values: maps member by member, everything else (lists, outputs, null) as the second says.
 * Neither argument is changed.
 */
export function mergeValues(base: Readonly<HelmValues>, over: Readonly<HelmValues>): HelmValues {
  const merged: HelmValues = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const own = Object.hasOwn(merged, key) ? merged[key] : undefined;
    const joined = isPlainMap(own) && isPlainMap(value) ? mergeValues(own, value) : value;
    // Not a plain assignment: "__proto__" as a key of parsed YAML would change the object instead of the map.
    Object.defineProperty(merged, key, {
      value: joined,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return merged;
}

/** Our values with the user's merged last; an output only where the user's are one. */
export function withUserValues(
  ours: Readonly<HelmValues>,
  users: pulumi.Input<HelmValues> | undefined,
): pulumi.Input<HelmValues> {
  if (users === undefined) {
    return ours as HelmValues;
  }
  if (isPlainMap(users)) {
    return mergeValues(ours, users);
  }
  return pulumi
    .all([ours as HelmValues, users as pulumi.Input<HelmValues>])
    .apply(([base, over]) => mergeValues(base as HelmValues, over as HelmValues));
}

/** The value at a path, as far as it is known now. */
export function valueAt(values: unknown, path: readonly string[]): unknown {
  let current = values;
  for (const key of path) {
    if (!isPlainMap(current) || !Object.hasOwn(current, key)) {
      return undefined;
    }
    current = current[key];
  }
  return current;
}
