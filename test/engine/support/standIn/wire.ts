import * as pulumi from "@pulumi/pulumi";

// How values travel between engine and provider: a secret or an output is an object with a signature, a value that
// is not known yet a text of its own.

const signatureKey = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** What stands for a text, a number, a list and so on that is not known yet. */
const unknownTexts: ReadonlySet<string> = new Set([
  "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/** Properties of a resource. */
export type Properties = Readonly<Record<string, unknown>>;

export const isUnknownText = (value: unknown): boolean =>
  typeof value === "string" && unknownTexts.has(value);

export const isRecord = (value: unknown): value is Properties =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Takes the wrapping of secrets off, and leaves out members without a value. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (!isRecord(value)) {
    return value;
  }
  const signature = value[signatureKey];
  if (signature === secretSignature || signature === outputSignature) {
    return plain(value["value"]);
  }
  const present = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return Object.fromEntries(present.map(([key, member]) => [key, plain(member)]));
}

/** As `plain`, for the properties of a resource. */
export const plainProperties = (properties: Properties): Properties => plain(properties) as Properties;

/** Replaces what is not known yet by outputs, which checks of this package take as correct. */
export function withOutputs(value: unknown): unknown {
  if (isUnknownText(value)) {
    return pulumi.output("");
  }
  if (Array.isArray(value)) {
    return value.map(withOutputs);
  }
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withOutputs(member)]))
    : value;
}

/** The value at a path such as "metadata.name". */
export function at(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, key) => (isRecord(inner) ? inner[key] : undefined), value);
}

/** The text at a path; empty where there is none. */
export function textAt(value: unknown, path: string): string {
  const found = at(value, path);
  return typeof found === "string" ? found : "";
}

/** Paths with other values in two properties, as deep as both have objects there: "scalingConfig.maxSize". */
export function changedPaths(before: unknown, after: unknown, prefix = ""): string[] {
  if (isRecord(before) && isRecord(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      changedPaths(before[key], after[key], prefix === "" ? key : `${prefix}.${key}`),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [prefix];
}
