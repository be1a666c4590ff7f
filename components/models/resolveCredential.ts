import type { Input } from "@pulumi/pulumi";
import { checkObjectName, objectName } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import type {
  ApiKeyArgs,
  AwsCredentialArgs,
  CredentialArgs,
  EntraCredentialArgs,
  GoogleCredentialArgs,
} from "./credentialArgs";
import type { ApiKeyType, ResolvedCredential, ResolvedSecret } from "./resolved";

/** Members of a provider block that say which credential it uses. */
export interface CredentialFields extends ApiKeyArgs {
  readonly aws?: AwsCredentialArgs | undefined;
  readonly entra?: EntraCredentialArgs | undefined;
  readonly google?: GoogleCredentialArgs | undefined;
}

/** What a provider can take, and what its policy says besides the secret. */
export type CredentialSlot =
  | { readonly type: ApiKeyType; readonly isOptional: boolean; readonly entra?: boolean }
  | { readonly type: "AWSCredentials"; readonly region: string }
  | { readonly type: "GCPCredentials"; readonly project: string; readonly region: string };

export interface CredentialContext {
  readonly credentials: Readonly<Record<string, CredentialArgs>>;
  /** Credentials that are declared, but could not be read. */
  readonly leftOut: ReadonlySet<string>;
  readonly problems: Problems;
}

interface Source {
  readonly path: string;
  readonly args: CredentialFields;
  /** Key and object name of the Secret that is made for a credential given in place. */
  readonly key: string;
  readonly secretName: string;
}

const members = ["apiKey", "secretName", "aws", "entra", "google"] as const;

/** Whether a provider block names a credential, right or wrong. */
export function hasCredential(block: CredentialFields): boolean {
  return block.credential !== undefined || members.some((member) => block[member] !== undefined);
}

/** The credential of one model; `undefined` when it calls its endpoint without one. */
export function resolveCredential(
  path: string,
  modelKey: string,
  block: CredentialFields,
  slot: CredentialSlot,
  context: CredentialContext,
): ResolvedCredential | undefined {
  const { problems } = context;
  const given = members.filter((member) => block[member] !== undefined);
  if (given.length + (block.credential === undefined ? 0 : 1) > 1) {
    const names = [...given, ...(block.credential === undefined ? [] : ["credential"])];
    problems.add(path, `names its credential ${names.length} times (${names.join(", ")}); keep one of them`);
    return undefined;
  }
  const source = sourceOf(path, modelKey, block, context);
  return source === undefined ? undefined : readSource(source, slot, problems);
}

function sourceOf(
  path: string,
  modelKey: string,
  block: CredentialFields,
  context: CredentialContext,
): Source | undefined {
  const { credential } = block;
  if (credential === undefined) {
    return { path, args: block, key: modelKey, secretName: objectName(modelKey) };
  }
  if (context.leftOut.has(credential)) {
    return undefined;
  }
  const shared = Object.hasOwn(context.credentials, credential) ? context.credentials[credential] : undefined;
  if (shared === undefined) {
    const known = Object.keys(context.credentials).map((name) => JSON.stringify(name));
    context.problems.add(
      `${path}.credential`,
      `"${credential}" is not in credentials (${known.length > 0 ? known.join(", ") : "which is empty"}); declare it there`,
    );
    return undefined;
  }
  return {
    path: at("credentials", credential),
    args: shared,
    key: `credential/${credential}`,
    // A dot never stands in the name of a model's own Secret, so the two cannot meet.
    secretName: `${objectName(credential)}.credential`,
  };
}

function readSource(
  source: Source,
  slot: CredentialSlot,
  problems: Problems,
): ResolvedCredential | undefined {
  const accepted = acceptedMembers(slot);
  const { path, args } = source;
  for (const member of members) {
    if (args[member] !== undefined && !accepted.includes(member)) {
      problems.add(
        `${path}.${member}`,
        `does not fit here, where ${slot.type} is needed; use ${accepted.join(" or ")}`,
      );
      return undefined;
    }
  }
  switch (slot.type) {
    case "AWSCredentials":
      return awsCredential(source, args.aws ?? {}, slot.region, problems);
    case "GCPCredentials":
      return googleCredential(source, args.google ?? {}, slot, problems);
    default:
      return args.entra === undefined
        ? apiKeyCredential(source, slot, problems)
        : entraCredential(source, args.entra, problems);
  }
}

function acceptedMembers(slot: CredentialSlot): readonly (typeof members)[number][] {
  switch (slot.type) {
    case "AWSCredentials":
      return ["aws"];
    case "GCPCredentials":
      return ["google"];
    default:
      return slot.entra === true ? ["apiKey", "secretName", "entra"] : ["apiKey", "secretName"];
  }
}

function apiKeyCredential(
  source: Source,
  slot: { readonly type: ApiKeyType; readonly isOptional: boolean },
  problems: Problems,
): ResolvedCredential | undefined {
  const { path, args } = source;
  if (args.apiKey === undefined && args.secretName === undefined) {
    if (!slot.isOptional) {
      problems.add(
        path,
        "has no API key; give apiKey (a secret output), secretName (an existing Secret) or credential (a shared entry)",
      );
    }
    return undefined;
  }
  if (args.apiKey !== undefined) {
    checkSecret(`${path}.apiKey`, args.apiKey, problems);
  }
  checkObjectName(`${path}.secretName`, args.secretName, problems);
  return { type: slot.type, secret: secretOf(source, args.secretName, { apiKey: args.apiKey }) };
}

function awsCredential(
  source: Source,
  aws: AwsCredentialArgs,
  region: string,
  problems: Problems,
): ResolvedCredential {
  const path = `${source.path}.aws`;
  const ways = [
    aws.accessKeyId !== undefined || aws.secretAccessKey !== undefined || aws.sessionToken !== undefined,
    aws.secretName !== undefined,
    aws.oidc !== undefined,
  ].filter(Boolean).length;
  if (ways > 1) {
    problems.add(
      path,
      "mixes an access key, secretName and oidc; keep one of them, or none for Pod Identity",
    );
  }
  if ((aws.accessKeyId === undefined) !== (aws.secretAccessKey === undefined)) {
    problems.add(path, "needs accessKeyId and secretAccessKey together; give both or neither");
  }
  if ((aws.oidc === undefined) !== (aws.roleArn === undefined)) {
    problems.add(path, "needs oidc and roleArn together; give both or neither");
  }
  checkObjectName(`${path}.oidc.clientSecretName`, aws.oidc?.clientSecretName, problems);
  checkObjectName(`${path}.secretName`, aws.secretName, problems);
  for (const field of ["secretAccessKey", "sessionToken"] as const) {
    checkSecret(`${path}.${field}`, aws[field], problems);
  }
  const isKey = aws.accessKeyId !== undefined && aws.secretAccessKey !== undefined;
  const hasSecret = isKey || aws.secretName !== undefined;
  return {
    type: "AWSCredentials",
    region,
    secret: hasSecret ? secretOf(source, aws.secretName, { credentials: awsFile(aws) }) : undefined,
    oidc: aws.oidc,
    roleArn: aws.roleArn,
  };
}

/** Marks a credentials file that is put together from outputs once they are known. */
export interface AwsCredentialsFile {
  readonly accessKeyId: Input<string>;
  readonly secretAccessKey: Input<string>;
  readonly sessionToken: Input<string> | undefined;
}

function awsFile(aws: AwsCredentialArgs): AwsCredentialsFile | undefined {
  return aws.accessKeyId === undefined || aws.secretAccessKey === undefined
    ? undefined
    : { accessKeyId: aws.accessKeyId, secretAccessKey: aws.secretAccessKey, sessionToken: aws.sessionToken };
}

function entraCredential(source: Source, entra: EntraCredentialArgs, problems: Problems): ResolvedCredential {
  const path = `${source.path}.entra`;
  const ways = [entra.clientSecret, entra.secretName, entra.oidc].filter((way) => way !== undefined).length;
  if (ways !== 1) {
    problems.add(path, `gives ${ways} of clientSecret, secretName and oidc; give exactly one`);
  }
  checkObjectName(`${path}.oidc.clientSecretName`, entra.oidc?.clientSecretName, problems);
  checkSecret(`${path}.clientSecret`, entra.clientSecret, problems);
  checkObjectName(`${path}.secretName`, entra.secretName, problems);
  return {
    type: "AzureCredentials",
    clientId: entra.clientId,
    tenantId: entra.tenantId,
    secret:
      entra.clientSecret === undefined && entra.secretName === undefined
        ? undefined
        : secretOf(source, entra.secretName, { "client-secret": entra.clientSecret }),
    oidc: entra.oidc,
  };
}

function googleCredential(
  source: Source,
  google: GoogleCredentialArgs,
  slot: { readonly project: string; readonly region: string },
  problems: Problems,
): ResolvedCredential {
  const path = `${source.path}.google`;
  const ways = [google.serviceAccountKey, google.secretName, google.workloadIdentity];
  if (ways.filter((way) => way !== undefined).length > 1) {
    problems.add(path, "gives more than one of serviceAccountKey, secretName and workloadIdentity; keep one");
  }
  checkObjectName(
    `${path}.workloadIdentity.oidc.clientSecretName`,
    google.workloadIdentity?.oidc.clientSecretName,
    problems,
  );
  checkSecret(`${path}.serviceAccountKey`, google.serviceAccountKey, problems);
  checkObjectName(`${path}.secretName`, google.secretName, problems);
  return {
    type: "GCPCredentials",
    project: slot.project,
    region: slot.region,
    secret:
      google.serviceAccountKey === undefined && google.secretName === undefined
        ? undefined
        : secretOf(source, google.secretName, { "service_account.json": google.serviceAccountKey }),
    workloadIdentity: google.workloadIdentity,
  };
}

type SecretValue = Input<string> | AwsCredentialsFile | undefined;

/** The Secret to read: the user's own by name, or one made from `data` under the key that the gateway reads. */
function secretOf(
  source: Source,
  existing: Input<string> | undefined,
  data: Readonly<Record<string, SecretValue>>,
): ResolvedSecret {
  if (existing !== undefined) {
    return { name: existing, make: undefined };
  }
  const entries = Object.entries(data).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
  return {
    name: source.secretName,
    make: { key: source.key, name: source.secretName, data: Object.fromEntries(entries), annotations: {} },
  };
}

/** A secret in a plain string would stand in the clear in the program, the plan and the state. */
export function checkSecret(path: string, value: unknown, problems: Problems): void {
  if (typeof value === "string") {
    problems.add(
      path,
      'is a plain string, which would be kept in the clear; pass a secret output, for example config.requireSecret("name")',
    );
  }
}

function checkShared(source: Source, problems: Problems): void {
  const { path, args } = source;
  checkSecret(`${path}.apiKey`, args.apiKey, problems);
  checkObjectName(`${path}.secretName`, args.secretName, problems);
  if (args.aws !== undefined) {
    awsCredential(source, args.aws, "", problems);
  }
  if (args.entra !== undefined) {
    entraCredential(source, args.entra, problems);
  }
  if (args.google !== undefined) {
    googleCredential(source, args.google, { project: "", region: "" }, problems);
  }
}

/** Checks of the shared credentials by themselves, used or not. */
export function checkSharedCredentials(
  credentials: Readonly<Record<string, CredentialArgs>>,
  problems: Problems,
): void {
  for (const [name, args] of Object.entries(credentials)) {
    const given = members.filter((member) => args[member] !== undefined);
    if (given.length !== 1) {
      const found = given.length === 0 ? "none" : given.join(", ");
      problems.add(at("credentials", name), `gives ${found} of ${members.join(", ")}; give exactly one`);
    }
    checkShared({ path: at("credentials", name), args, key: name, secretName: name }, problems);
  }
}
