import type { Input } from "@pulumi/pulumi";
import type { Price } from "../../extproc/contract";
import type { ResolvedAccess } from "../budgets/resolvedAccess";
import type { ResolvedBudget } from "../budgets/resolvedBudget";
import type { ResolvedProcessor } from "../budgets/resolvedProcessor";
import type { ResolvedQuotaService } from "../budgets/resolveQuotas";
import type { ReleaseSet } from "../gateway/releases";
import type { ResolvedGateway } from "../gateway/resolveGateway";
import type { OidcArgs, WorkloadIdentityArgs } from "./credentialArgs";
import type { AwsCredentialsFile } from "./resolveCredential";
import type { ResolvedVllm } from "./resolvedVllm";
import type { RetryTrigger } from "./resolveTraffic";
import type { ApiSchema, ClientEndpoint } from "./schemas";
import type { RequestCostArgs } from "./trafficArgs";

/** Members of `ModelArgs` that name where a model is served. */
export const providerKinds = [
  "vllm",
  "openai",
  "anthropic",
  "bedrock",
  "bedrockAnthropic",
  "azureOpenAI",
  "vertex",
  "vertexAnthropic",
  "cohere",
  "openAICompatible",
] as const;
export type ProviderKind = (typeof providerKinds)[number];

/** Where the same declaration is carried out. */
export const Target = { Cluster: "cluster", Local: "local" } as const;
export type Target = (typeof Target)[keyof typeof Target];

/** A declaration with every default filled in and every check passed. */
export interface ResolvedModelGateway {
  readonly name: string;
  readonly target: Target;
  readonly release: ReleaseSet;
  /** Namespace of the Gateway and its routes. */
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly gateway: ResolvedGateway;
  readonly models: readonly ResolvedModel[];
  readonly routes: readonly ResolvedRoute[];
  readonly access: ResolvedAccess | undefined;
  /** Ordered by name. */
  readonly budgets: readonly ResolvedBudget[];
  /** Present when a budget is enforced by it. */
  readonly processor: ResolvedProcessor | undefined;
  /** The rate limit service to make for budgets that AI Gateway enforces itself. */
  readonly quotas: ResolvedQuotaService | undefined;
  /** The policy document for the processor, as text. */
  readonly policy: string | undefined;
  /** Who enforces each budget, and why, a sentence each. */
  readonly budgetSummary: readonly string[];
  /** What was changed for local mode, a sentence each; empty in a cluster. */
  readonly differences: readonly string[];
  /** What is allowed but worth a warning. */
  readonly warnings: readonly string[];
}

/** A place that answers requests: everything but aliases. */
export interface ResolvedModel {
  readonly key: string;
  readonly objectName: string;
  readonly provider: ProviderKind;
  readonly namespace: string;
  readonly public: boolean;
  readonly schema: ResolvedSchema;
  readonly upstreamName: string;
  readonly endpoint: ResolvedEndpoint;
  readonly credential: ResolvedCredential | undefined;
  readonly setHeaders: Readonly<Record<string, string>>;
  readonly removeHeaders: readonly string[];
  readonly setBody: Readonly<Record<string, unknown>>;
  readonly removeBody: readonly string[];
  readonly price: Price | undefined;
  /** Longest input in tokens, as far as it is known. */
  readonly contextTokens: number | undefined;
  /** Longest output in tokens, as far as it is known. */
  readonly maxOutputTokens: number | undefined;
  readonly vllm: ResolvedVllm | undefined;
  /** InferencePool that answers in place of `endpoint`: its picker chooses among the pods. */
  readonly inferencePool: string | undefined;
  /** What the engine itself refuses or makes wait, as far as it is known; the simulated one does the same. */
  readonly engineLimits: EngineLimits | undefined;
  /** Path that answers 200 while the backend is well; `undefined` where nobody promised one. */
  readonly healthPath: string | undefined;
}

/** Limits of a model's engines together. */
export interface EngineLimits {
  /** Longest input and output together, in tokens. */
  readonly contextTokens: number;
  /** Requests of that length that run at the same time; others wait. `undefined` where it is not known. */
  readonly concurrency: number | undefined;
}

export interface ResolvedSchema {
  readonly name: ApiSchema;
  readonly version: string | undefined;
  readonly prefix: string | undefined;
}

export interface ResolvedEndpoint {
  readonly host: string;
  readonly isIp: boolean;
  readonly port: number;
  readonly tls: ResolvedTls | undefined;
  readonly h2c: boolean;
}

export interface ResolvedTls {
  readonly hostname: string;
  readonly caConfigMapName: Input<string> | undefined;
  readonly insecureSkipVerify: boolean;
}

export type ApiKeyType = "APIKey" | "AnthropicAPIKey" | "AzureAPIKey";

/** What a BackendSecurityPolicy says of one model. */
export type ResolvedCredential =
  | { readonly type: ApiKeyType; readonly secret: ResolvedSecret }
  | {
      readonly type: "AWSCredentials";
      readonly region: string;
      readonly secret: ResolvedSecret | undefined;
      readonly oidc: OidcArgs | undefined;
      readonly roleArn: Input<string> | undefined;
    }
  | {
      readonly type: "AzureCredentials";
      readonly clientId: Input<string>;
      readonly tenantId: Input<string>;
      readonly secret: ResolvedSecret | undefined;
      readonly oidc: OidcArgs | undefined;
    }
  | {
      readonly type: "GCPCredentials";
      readonly project: string;
      readonly region: string;
      readonly secret: ResolvedSecret | undefined;
      readonly workloadIdentity: WorkloadIdentityArgs | undefined;
    };

/** The Secret that a policy reads: one that exists, or one that is made from `data`. */
export interface ResolvedSecret {
  readonly name: Input<string>;
  /** What to put into it; absent when the Secret is somebody else's. */
  readonly make: SecretContent | undefined;
}

export interface SecretContent {
  /** The user's key that its Pulumi name is made from. */
  readonly key: string;
  readonly name: string;
  readonly data: Readonly<Record<string, Input<string> | AwsCredentialsFile>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What clients call: a public name and the models that answer it. */
export interface ResolvedRoute {
  readonly key: string;
  readonly objectName: string;
  readonly targets: readonly ResolvedRouteTarget[];
  /** Where budgets overflow to; the processor chooses one by its header. */
  readonly tiers: readonly ResolvedTier[];
  /** APIs that every target can serve, those of tiers too. */
  readonly endpoints: readonly ClientEndpoint[];
  readonly ownedBy: string | undefined;
  readonly createdAt: string | undefined;
  readonly hostnames: readonly string[];
  readonly timeouts: ResolvedTimeouts;
  readonly retries: ResolvedRetries;
  readonly requestCosts: Readonly<Record<string, RequestCostArgs>>;
}

/** Other targets of the same public name. */
export interface ResolvedTier {
  /** Value of the tier's header. */
  readonly name: string;
  /** Key of the model that budgets name. */
  readonly model: string;
  readonly targets: readonly ResolvedRouteTarget[];
}

export interface ResolvedRouteTarget {
  /** Key of the model. */
  readonly model: string;
  /** Share within its priority. */
  readonly weight: number;
  /** 0 answers first; higher ones only when the lower cannot. */
  readonly priority: number;
}

export interface ResolvedTimeouts {
  readonly request: string;
  readonly streamIdle: string | undefined;
}

export interface ResolvedRetries {
  readonly attempts: number;
  readonly on: readonly RetryTrigger[];
  readonly statusCodes: readonly number[];
  readonly perTryTimeout: string | undefined;
  readonly backoff: string;
}
