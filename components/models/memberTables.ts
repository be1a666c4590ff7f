import { accessMembers, budgetMembers, quotaMembers } from "../budgets/budgetMembers";
import { processorMembers } from "../budgets/processorMembers";
import { acceleratorMembers } from "../cluster/acceleratorArgs";
import type { GatewayArgs, HttpListenerArgs, HttpsListenerArgs, ProxyArgs } from "../gateway/gatewayArgs";
import type {
  AwsCredentialArgs,
  CredentialArgs,
  EntraCredentialArgs,
  GoogleCredentialArgs,
  OidcArgs,
  WorkloadIdentityArgs,
} from "./credentialArgs";
import { type MembersOf, requiring } from "./memberShapes";
import type { ModelArgs } from "./modelArgs";
import type { LocalArgs, ModelGatewayArgs } from "./modelGatewayArgs";
import type { ModelPoolArgs } from "./modelPoolArgs";
import type { ModelPriceArgs, TokenPriceArgs } from "./priceArgs";
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
  RequestCostArgs,
  RetryArgs,
  TimeoutArgs,
} from "./trafficArgs";
import { vllmMembers } from "./vllmMembers";

const texts = { listOf: "text" } as const;

const oidc = requiring<OidcArgs>(
  {
    issuer: "input",
    clientId: "input",
    clientSecretName: "input",
    scopes: texts,
  },
  "issuer",
  "clientId",
  "clientSecretName",
);
const aws: MembersOf<AwsCredentialArgs> = {
  accessKeyId: "input",
  secretAccessKey: "secret",
  sessionToken: "secret",
  secretName: "input",
  oidc,
  roleArn: "input",
};
const entra = requiring<EntraCredentialArgs>(
  {
    clientId: "input",
    tenantId: "input",
    clientSecret: "secret",
    secretName: "input",
    oidc,
  },
  "clientId",
  "tenantId",
);
const workloadIdentity = requiring<WorkloadIdentityArgs>(
  {
    projectId: "input",
    poolName: "input",
    providerName: "input",
    oidc,
    serviceAccountName: "input",
  },
  "projectId",
  "poolName",
  "providerName",
  "oidc",
);
const google: MembersOf<GoogleCredentialArgs> = {
  serviceAccountKey: "secret",
  secretName: "input",
  workloadIdentity,
};
const credential: MembersOf<CredentialArgs> = { apiKey: "secret", secretName: "input", aws, entra, google };
const apiKey = { credential: "text", apiKey: "secret", secretName: "input" } as const;
const tls: MembersOf<BackendTlsArgs> = {
  hostname: "text",
  caConfigMapName: "input",
  insecureSkipVerify: "flag",
};

const openai: MembersOf<OpenAIArgs> = { ...apiKey, url: "text", tls };
const anthropic: MembersOf<AnthropicArgs> = { ...apiKey, url: "text", tls };
const bedrock: MembersOf<BedrockArgs> = {
  modelId: "text",
  region: "text",
  url: "text",
  credential: "text",
  aws,
};
const bedrockAnthropic: MembersOf<BedrockAnthropicArgs> = { ...bedrock, version: "text" };
const azureOpenAI: MembersOf<AzureOpenAIArgs> = {
  ...apiKey,
  url: "text",
  deployment: "text",
  apiVersion: "text",
  entra,
};
const vertex: MembersOf<VertexArgs> = {
  modelId: "text",
  project: "text",
  region: "text",
  url: "text",
  credential: "text",
  google,
};
const vertexAnthropic: MembersOf<VertexAnthropicArgs> = { ...vertex, version: "text" };
const cohere: MembersOf<CohereArgs> = { ...apiKey, url: "text" };
const openAICompatible: MembersOf<OpenAICompatibleArgs> = { ...apiKey, url: "text", tls, h2c: "flag" };

const target: MembersOf<RouteTargetArgs> = { weight: "number" };
const canary = requiring<CanaryArgs>({ model: "text", percent: "number" }, "model", "percent");
const route: MembersOf<RouteArgs> = { targets: { eachOf: target }, fallback: texts, canary };

const timeouts: MembersOf<TimeoutArgs> = { request: "text", streamIdle: "text" };
const retries: MembersOf<RetryArgs> = {
  attempts: "number",
  on: texts,
  statusCodes: { listOf: "number" },
  perTryTimeout: "text",
  backoff: "text",
};
const headers: MembersOf<HeaderMutationArgs> = { set: { eachOf: "text" }, remove: texts };
const body: MembersOf<BodyMutationArgs> = { set: { eachOf: "json" }, remove: texts };
const tokenPrice: MembersOf<TokenPriceArgs> = {
  usdPerMillionInputTokens: "number",
  usdPerMillionCachedInputTokens: "number",
  usdPerMillionCacheWrite5mTokens: "number",
  usdPerMillionCacheWrite1hTokens: "number",
  usdPerMillionOutputTokens: "number",
  usdPerMillionReasoningTokens: "number",
  usdPerMillionAudioInputTokens: "number",
  usdPerMillionAudioOutputTokens: "number",
};
const price: MembersOf<ModelPriceArgs> = {
  ...tokenPrice,
  usdPerImage: "number",
  usdPerRequest: "number",
  contextTiers: { eachOf: tokenPrice },
};
const requestCost: MembersOf<RequestCostArgs> = { type: "text", cel: "text" };

const model: MembersOf<ModelArgs> = {
  vllm: vllmMembers,
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
  public: "flag",
  fallback: texts,
  upstreamName: "text",
  ownedBy: "text",
  createdAt: "text",
  hostnames: texts,
  namespace: "text",
  serves: texts,
  timeouts,
  retries,
  headers,
  body,
  price,
  contextTokens: "number",
  maxOutputTokens: "number",
  requestCosts: { eachOf: requestCost },
};

const http: MembersOf<HttpListenerArgs> = { enabled: "flag", port: "number" };
const https: MembersOf<HttpsListenerArgs> = { certificateSecretName: "input", port: "number" };
const proxy: MembersOf<ProxyArgs> = {
  replicas: "number",
  cpu: "text",
  memory: "text",
  serviceType: "text",
  internal: "flag",
  annotations: { eachOf: "input" },
  loadBalancerClass: "text",
  accessLog: "flag",
};
const gateway: MembersOf<GatewayArgs> = {
  className: "text",
  http,
  https,
  proxy,
  bufferLimit: "text",
  removeHeaders: texts,
};
const local: MembersOf<LocalArgs> = {
  port: "number",
  host: "text",
  accessLog: "text",
  processorPort: "number",
  engines: { eachOf: "text" },
  upstreams: { eachOf: "text" },
  real: texts,
};

/** What the nodes of a pool are. */
export const poolMembers: MembersOf<ModelPoolArgs> = {
  instanceType: "text",
  accelerator: acceleratorMembers,
  maxNodes: "number",
};

/** Every member of a declaration, and what it must be. */
export const modelGatewayMembers: MembersOf<ModelGatewayArgs> = {
  models: { eachOf: model },
  pools: { eachOf: poolMembers },
  credentials: { eachOf: credential },
  gateway,
  namespace: "text",
  createNamespace: "flag",
  release: "text",
  timeouts,
  retries,
  access: accessMembers,
  budgets: { eachOf: budgetMembers },
  processor: processorMembers,
  quotas: quotaMembers,
  target: "text",
  local,
};
