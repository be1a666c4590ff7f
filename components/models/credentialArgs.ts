import type { Input } from "@pulumi/pulumi";

/**
 * A credential that models share by name: `credentials: { openai: { apiKey } }`, then
 * `openai: { credential: "openai" }`. Exactly one member is given.
 */
export interface CredentialArgs {
  /** API key as a secret output, for example `config.requireSecret("openaiKey")`. A plain string is refused. */
  apiKey?: Input<string>;
  /** Name of an existing Secret in the model's namespace that holds the key under `apiKey`. */
  secretName?: Input<string>;
  /** Credentials for AWS. */
  aws?: AwsCredentialArgs;
  /** Microsoft Entra ID credentials for Azure OpenAI. */
  entra?: EntraCredentialArgs;
  /** Credentials for Google Cloud. */
  google?: GoogleCredentialArgs;
}

/** How a provider block that takes an API key names it: at most one member is given. */
export interface ApiKeyArgs {
  /** Name of an entry in `credentials` that several models share. */
  credential?: string;
  /** API key as a secret output, for this model alone. A plain string is refused. */
  apiKey?: Input<string>;
  /** Name of an existing Secret in the model's namespace that holds the key under `apiKey`. */
  secretName?: Input<string>;
}

/**
 * AWS credentials. With none of the members, the gateway's pods use the SDK's default chain: EKS Pod Identity
 * or an IRSA role of the service account that the Envoy pods run as.
 */
export interface AwsCredentialArgs {
  /** Access key ID. Needs `secretAccessKey`. */
  accessKeyId?: Input<string>;
  /** Secret access key, a secret output. Needs `accessKeyId`. */
  secretAccessKey?: Input<string>;
  /** Session token of temporary credentials, a secret output. */
  sessionToken?: Input<string>;
  /** Name of an existing Secret with an AWS credentials file under `credentials`; its `default` profile is read. */
  secretName?: Input<string>;
  /** Exchanges an OIDC token for a role. */
  oidc?: OidcArgs;
  /** ARN of the role to assume. Needs `oidc`. */
  roleArn?: Input<string>;
}

/** Microsoft Entra ID (Azure AD) application that calls Azure OpenAI. */
export interface EntraCredentialArgs {
  /** Application (client) ID. */
  clientId: Input<string>;
  /** Directory (tenant) ID. */
  tenantId: Input<string>;
  /** Client secret, a secret output. One of `clientSecret`, `secretName` and `oidc` is needed. */
  clientSecret?: Input<string>;
  /** Name of an existing Secret with the client secret under `client-secret`. */
  secretName?: Input<string>;
  /** Exchanges an OIDC token instead of using a client secret. */
  oidc?: OidcArgs;
}

/**
 * Google Cloud credentials. With none of the members, the gateway's pods use Application Default Credentials.
 */
export interface GoogleCredentialArgs {
  /** JSON of a service account key, a secret output. */
  serviceAccountKey?: Input<string>;
  /** Name of an existing Secret with the service account key under `service_account.json`. */
  secretName?: Input<string>;
  /** Workload identity federation. */
  workloadIdentity?: WorkloadIdentityArgs;
}

/** Workload identity federation: an OIDC token is exchanged for a Google access token. */
export interface WorkloadIdentityArgs {
  /** ID of the project that owns the workload identity pool. */
  projectId: Input<string>;
  /** Name of the workload identity pool. */
  poolName: Input<string>;
  /** Name of the provider in the pool. */
  providerName: Input<string>;
  /** Where the token comes from. */
  oidc: OidcArgs;
  /** Service account to impersonate. Default: none, the federated identity itself is used. */
  serviceAccountName?: Input<string>;
}

/** An OIDC client whose token is exchanged for a cloud's credentials. Not available in local mode. */
export interface OidcArgs {
  /** Issuer URL. */
  issuer: Input<string>;
  /** Client ID. */
  clientId: Input<string>;
  /** Name of an existing Secret with the client secret under `client-secret`. */
  clientSecretName: Input<string>;
  /** Scopes asked for. Default: those of the issuer. */
  scopes?: string[];
}
