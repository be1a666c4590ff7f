import type { GatewayArgs, HttpListenerArgs, HttpsListenerArgs, ProxyArgs } from "../gateway/gatewayArgs";
import { nearest } from "../shared/nearest";
import type { Problems } from "../shared/problems";
import { at } from "../shared/problems";
import type {
  AwsCredentialArgs,
  CredentialArgs,
  EntraCredentialArgs,
  GoogleCredentialArgs,
  OidcArgs,
  WorkloadIdentityArgs,
} from "./credentialArgs";
import type { ModelArgs } from "./modelArgs";
import type { LocalArgs, ModelGatewayArgs } from "./modelGatewayArgs";
import type {
  AnthropicArgs,
  AzureOpenAIArgs,
  BackendTlsArgs,
  BedrockAnthropicArgs,
  BedrockArgs,
  CohereArgs,
  OpenAIArgs,
  OpenAICompatibleArgs,
  VertexAnthropicArgs,
  VertexArgs,
} from "./providerArgs";
import type { CanaryArgs, RouteArgs, RouteTargetArgs } from "./routeArgs";
import type {
  BodyMutationArgs,
  HeaderMutationArgs,
  ModelPriceArgs,
  RequestCostArgs,
  RetryArgs,
  TimeoutArgs,
} from "./trafficArgs";
import type { VllmArgs, VllmCacheArgs, VllmResourceArgs } from "./vllmArgs";

/** What stands behind a member: a value, an object with members of its own, or a map of such objects. */
type Shape = true | Members | { readonly eachOf: Members };
interface Members {
  readonly [member: string]: Shape;
}
/** Names every member of an args type, so that the compiler finds one that was forgotten here. */
type MembersOf<Args> = { readonly [Member in keyof Required<Args>]: Shape };

const oidc: MembersOf<OidcArgs> = { issuer: true, clientId: true, clientSecretName: true, scopes: true };
const aws: MembersOf<AwsCredentialArgs> = {
  accessKeyId: true,
  secretAccessKey: true,
  sessionToken: true,
  secretName: true,
  oidc,
  roleArn: true,
};
const entra: MembersOf<EntraCredentialArgs> = {
  clientId: true,
  tenantId: true,
  clientSecret: true,
  secretName: true,
  oidc,
};
const workloadIdentity: MembersOf<WorkloadIdentityArgs> = {
  projectId: true,
  poolName: true,
  providerName: true,
  oidc,
  serviceAccountName: true,
};
const google: MembersOf<GoogleCredentialArgs> = {
  serviceAccountKey: true,
  secretName: true,
  workloadIdentity,
};
const credential: MembersOf<CredentialArgs> = { apiKey: true, secretName: true, aws, entra, google };
const apiKey = { credential: true, apiKey: true, secretName: true } as const;
const tls: MembersOf<BackendTlsArgs> = { hostname: true, caConfigMapName: true, insecureSkipVerify: true };

const openai: MembersOf<OpenAIArgs> = { ...apiKey, url: true, tls };
const anthropic: MembersOf<AnthropicArgs> = { ...apiKey, url: true, tls };
const bedrock: MembersOf<BedrockArgs> = { modelId: true, region: true, url: true, credential: true, aws };
const bedrockAnthropic: MembersOf<BedrockAnthropicArgs> = { ...bedrock, version: true };
const azureOpenAI: MembersOf<AzureOpenAIArgs> = {
  ...apiKey,
  url: true,
  deployment: true,
  apiVersion: true,
  entra,
};
const vertex: MembersOf<VertexArgs> = {
  modelId: true,
  project: true,
  region: true,
  url: true,
  credential: true,
  google,
};
const vertexAnthropic: MembersOf<VertexAnthropicArgs> = { ...vertex, version: true };
const cohere: MembersOf<CohereArgs> = { ...apiKey, url: true };
const openAICompatible: MembersOf<OpenAICompatibleArgs> = { ...apiKey, url: true, tls, h2c: true };

const cache: MembersOf<VllmCacheArgs> = { size: true, storageClassName: true };
const resources: MembersOf<VllmResourceArgs> = { cpu: true, memory: true };
const vllm: MembersOf<VllmArgs> = {
  source: true,
  revision: true,
  pool: true,
  accelerator: true,
  gpus: true,
  replicas: true,
  maxModelLen: true,
  image: true,
  hfToken: true,
  hfTokenSecretName: true,
  cache,
  resources,
  startupSeconds: true,
  shutdownSeconds: true,
  extraArgs: true,
};

const target: MembersOf<RouteTargetArgs> = { weight: true };
const canary: MembersOf<CanaryArgs> = { model: true, percent: true };
const route: MembersOf<RouteArgs> = { targets: { eachOf: target }, fallback: true, canary };

const timeouts: MembersOf<TimeoutArgs> = { request: true, backendRequest: true, streamIdle: true };
const retries: MembersOf<RetryArgs> = {
  attempts: true,
  on: true,
  statusCodes: true,
  perTryTimeout: true,
  backoff: true,
};
const headers: MembersOf<HeaderMutationArgs> = { set: true, remove: true };
const body: MembersOf<BodyMutationArgs> = { set: true, remove: true };
const price: MembersOf<ModelPriceArgs> = {
  usdPerMillionInputTokens: true,
  usdPerMillionCachedInputTokens: true,
  usdPerMillionOutputTokens: true,
};
const requestCost: MembersOf<RequestCostArgs> = { type: true, cel: true };

const model: MembersOf<ModelArgs> = {
  vllm,
  openai,
  anthropic,
  bedrock,
  bedrockAnthropic,
  azureOpenAI,
  vertex,
  vertexAnthropic,
  cohere,
  openAICompatible,
  route,
  public: true,
  fallback: true,
  upstreamName: true,
  ownedBy: true,
  createdAt: true,
  hostnames: true,
  namespace: true,
  serves: true,
  timeouts,
  retries,
  headers,
  body,
  price,
  requestCosts: { eachOf: requestCost },
};

const http: MembersOf<HttpListenerArgs> = { enabled: true, port: true };
const https: MembersOf<HttpsListenerArgs> = { certificateSecretName: true, port: true };
const proxy: MembersOf<ProxyArgs> = {
  replicas: true,
  cpu: true,
  memory: true,
  serviceType: true,
  internal: true,
  annotations: true,
  loadBalancerClass: true,
  accessLog: true,
};
const gateway: MembersOf<GatewayArgs> = {
  className: true,
  http,
  https,
  proxy,
  bufferLimit: true,
  removeHeaders: true,
};
const local: MembersOf<LocalArgs> = {
  port: true,
  host: true,
  accessLog: true,
  engines: true,
  upstreams: true,
  real: true,
};

const modelGateway: MembersOf<ModelGatewayArgs> = {
  models: { eachOf: model },
  credentials: { eachOf: credential },
  gateway,
  namespace: true,
  createNamespace: true,
  release: true,
  timeouts,
  retries,
  target: true,
  local,
};

/**
 * Finds members that nothing reads: a misspelled one would be dropped without a word where no compiler looks, as
 * in a program that is run without type checks, or in declarations that come from a file.
 */
export function checkMembers(args: ModelGatewayArgs, problems: Problems): void {
  checkObject("", args, modelGateway, problems);
}

function checkObject(path: string, value: unknown, members: Members, problems: Problems): void {
  if (!isPlainObject(value)) {
    return;
  }
  for (const [name, inner] of Object.entries(value)) {
    const shape = Object.hasOwn(members, name) ? members[name] : undefined;
    const innerPath = path === "" ? name : `${path}.${name}`;
    if (shape === undefined) {
      const near = nearest(name, Object.keys(members));
      const remedy =
        near === undefined ? `known are ${Object.keys(members).join(", ")}` : `did you mean "${near}"?`;
      problems.add(innerPath, `is not a member that anything reads; ${remedy}`);
    } else if (shape !== true) {
      checkShape(innerPath, inner, shape, problems);
    }
  }
}

function checkShape(path: string, value: unknown, shape: Exclude<Shape, true>, problems: Problems): void {
  if (!isMap(shape)) {
    checkObject(path, value, shape, problems);
  } else if (isPlainObject(value)) {
    for (const [key, entry] of Object.entries(value)) {
      checkObject(at(path, key), entry, shape.eachOf, problems);
    }
  }
}

function isMap(shape: Members | { readonly eachOf: Members }): shape is { readonly eachOf: Members } {
  return typeof shape["eachOf"] === "object";
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
