/**
 * Property values as a program sends them to the engine. Secrets, unknown values, resources and assets travel
 * as objects and strings with fixed signatures (`sdk/go/common/resource/properties.go` in pulumi/pulumi).
 */
export type WireValue = unknown;

const signatureKey = "4dabf18193072939515e22adb298388d";
const signatures = {
  secret: "1b47061264138c4ac30d75fd1eb44270",
  resource: "5cf8f73096256a8f31e491e813e4eb8e",
  output: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
  asset: "c44067f5952c0a294b673a41bacd8c17",
  archive: "0def7320c3a5731c473e5ecbe6d01bc7",
} as const;

/** How a value that is known only after the deployment travels. */
export const wireUnknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What stands in a plan for a secret. */
export const maskedSecret = "[secret]";

/** What stands in a plan for a value that only the deployment will know, such as an ARN. */
export const unknownPlaceholder = "[unknown]";

/** Whether the value is an object with named fields (not null, not an array). */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Marks a value as secret, as the engine does. */
export function wireSecret(value: WireValue): WireValue {
  return { [signatureKey]: signatures.secret, value };
}

/** Whether the value as a whole is a secret. */
export function isWireSecret(value: WireValue): boolean {
  return (
    isRecord(value) &&
    (value[signatureKey] === signatures.secret ||
      (value[signatureKey] === signatures.output && value["secret"] === true))
  );
}

/** The value with every secret replaced by "[secret]", every unknown by "[unknown]", and sorted keys. */
export function maskValue(value: WireValue): unknown {
  return convert(value, { secret: () => maskedSecret, sorted: true });
}

/** The value as the program meant it: secrets in clear, unknowns as "[unknown]". Never write it to a file. */
export function revealValue(value: WireValue): unknown {
  return convert(value, { secret: (inner) => revealValue(inner), sorted: false });
}

interface Conversion {
  readonly secret: (inner: WireValue) => unknown;
  readonly sorted: boolean;
}

function convert(value: WireValue, how: Conversion): unknown {
  if (typeof value === "string") {
    return value.includes(wireUnknown) ? value.replaceAll(wireUnknown, unknownPlaceholder) : value;
  }
  if (Array.isArray(value)) {
    return value.map((item) => convert(item, how));
  }
  if (!isRecord(value)) {
    return value;
  }
  const signature = value[signatureKey];
  if (typeof signature === "string") {
    return convertSigned(value, signature, how);
  }
  const keys = Object.keys(value);
  return Object.fromEntries((how.sorted ? keys.sort() : keys).map((key) => [key, convert(value[key], how)]));
}

function convertSigned(value: Record<string, unknown>, signature: string, how: Conversion): unknown {
  switch (signature) {
    case signatures.secret:
      return how.secret(value["value"]);
    case signatures.output:
      if (value["secret"] === true) {
        return how.secret(value["value"] ?? wireUnknown);
      }
      return convert(value["value"] ?? wireUnknown, how);
    case signatures.resource:
      return value["urn"];
    default: {
      const { [signatureKey]: _, ...content } = value;
      return { [signature === signatures.archive ? "[archive]" : "[asset]"]: convert(content, how) };
    }
  }
}
