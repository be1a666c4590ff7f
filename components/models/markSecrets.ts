import { secret } from "@pulumi/pulumi";
import type { ModelGatewayArgs } from "./modelGatewayArgs";
import { providerKinds } from "./resolved";

/** Members that hold a secret itself, not the name of one. */
const secretMembers: readonly string[] = [
  "apiKey",
  "secretAccessKey",
  "sessionToken",
  "clientSecret",
  "serviceAccountKey",
  "hfToken",
];
/** Members that hold such members. */
const groups: readonly string[] = ["aws", "entra", "google"];

type Fields = Readonly<Record<string, unknown>>;

/**
 * The same declaration with every secret marked as one. The engine keeps a component's arguments in its state, and an
 * output is only a secret if its maker said so.
 */
export function markSecrets(args: ModelGatewayArgs): ModelGatewayArgs {
  const { models, credentials } = args;
  return {
    ...args,
    ...(isFields(models) ? { models: mapMembers(models, markModel) as ModelGatewayArgs["models"] } : {}),
    ...(isFields(credentials)
      ? { credentials: mapMembers(credentials, markBlock) as typeof credentials }
      : {}),
  };
}

function markModel(model: unknown): unknown {
  if (!isFields(model)) {
    return model;
  }
  const blocks = providerKinds.filter((kind) => isFields(model[kind]) && holdsSecret(model[kind]));
  return blocks.length === 0
    ? model
    : { ...model, ...Object.fromEntries(blocks.map((kind) => [kind, markBlock(model[kind])])) };
}

function holdsSecret(block: Fields): boolean {
  return [...secretMembers, ...groups].some((member) => block[member] !== undefined);
}

function markBlock(block: unknown): unknown {
  return isFields(block)
    ? mapMembers(block, (value, member) => {
        if (secretMembers.includes(member)) {
          return value === undefined ? undefined : secret(value);
        }
        return groups.includes(member) ? markBlock(value) : value;
      })
    : block;
}

function mapMembers(fields: Fields, change: (value: unknown, member: string) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([member, value]) => [member, change(value, member)]));
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
