import { secret } from "@pulumi/pulumi";
import type { ModelArgs } from "../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";

const key = secret("key");
const oidc = {
  issuer: "https://issuer.example.com",
  clientId: "client",
  clientSecretName: "oidc",
  scopes: ["a"],
};
const bedrock = { modelId: "us.amazon.nova-pro-v1:0", region: "us-west-2" };
const azure = { url: "https://r.openai.azure.com", apiVersion: "2025-04-01-preview" };
const vertex = { modelId: "gemini-2.5-pro", project: "p", region: "us-central1" };
const federation = { projectId: "1", poolName: "pool", providerName: "eks", oidc, serviceAccountName: "sa" };
const cost = {
  weighed: { cel: "input_tokens + output_tokens * 5u" },
  thought: { type: "ReasoningToken" as const },
};

/** Every provider with every kind of credential. */
const providers: Record<string, ModelArgs> = {
  "Qwen/Qwen3-1.7B": {
    vllm: {
      source: "Qwen/Qwen3-1.7B",
      revision: "main",
      pool: "small",
      gpus: 2,
      replicas: 2,
      maxModelLen: 16_384,
      hfToken: key,
      cache: { size: "200Gi", storageClassName: "efs", accessMode: "ReadWriteMany" },
      resources: { cpu: "8", memory: "64Gi" },
      extraArgs: ["--enable-auto-tool-choice"],
    },
  },
  "7b-amd": { vllm: { source: "owner/name", accelerator: "amd", hfTokenSecretName: "hf" }, namespace: "amd" },
  openai: { openai: { apiKey: key } },
  "openai-secret": { openai: { secretName: "mine" } },
  "openai-shared": { openai: { credential: "team" } },
  "openai-elsewhere": { openai: { credential: "team" }, namespace: "amd" },
  anthropic: { anthropic: { apiKey: key }, upstreamName: "claude-sonnet-4-5" },
  bedrock: { bedrock },
  "bedrock-key": {
    bedrock: { ...bedrock, aws: { accessKeyId: "AKIA", secretAccessKey: key, sessionToken: key } },
  },
  "bedrock-secret": { bedrockAnthropic: { ...bedrock, aws: { secretName: "aws" } } },
  "bedrock-role": {
    bedrockAnthropic: { ...bedrock, aws: { oidc, roleArn: "arn:aws:iam::123456789012:role/llm" } },
  },
  azure: { azureOpenAI: { ...azure, deployment: "gpt", apiKey: key } },
  "azure-entra": { azureOpenAI: { ...azure, entra: { clientId: "c", tenantId: "t", clientSecret: key } } },
  "azure-entra-secret": {
    azureOpenAI: { ...azure, entra: { clientId: "c", tenantId: "t", secretName: "s" } },
  },
  "azure-token": { azureOpenAI: { ...azure, entra: { clientId: "c", tenantId: "t", oidc } } },
  vertex: { vertex },
  "vertex-key": { vertex: { ...vertex, google: { serviceAccountKey: key } } },
  "vertex-secret": { vertexAnthropic: { ...vertex, google: { secretName: "gcp" } } },
  "vertex-federated": {
    vertexAnthropic: { ...vertex, region: "global", google: { workloadIdentity: federation } },
  },
  cohere: { cohere: { apiKey: key } },
  compatible: { openAICompatible: { url: "https://llm.example.com:8443/openai/v1", apiKey: key } },
  plain: { openAICompatible: { url: "http://llm.inference.svc.cluster.local:8000/v1" } },
  h2c: { openAICompatible: { url: "http://llm.example.com", h2c: true } },
  address: { openAICompatible: { url: "http://10.0.0.7:8000" } },
  address6: { openAICompatible: { url: "http://[2001:db8::1]:8000" } },
  "own-authority": {
    openAICompatible: {
      url: "https://10.0.0.8",
      tls: { hostname: "llm.example.com", caConfigMapName: "ca" },
    },
  },
  unchecked: { openAICompatible: { url: "https://llm.example.com", tls: { insecureSkipVerify: true } } },
  "unchecked-address": {
    openAICompatible: {
      url: "https://10.0.0.9",
      tls: { insecureSkipVerify: true, hostname: "llm.example.com" },
    },
  },
};

const full: ModelArgs = {
  openAICompatible: { url: "https://llm.example.com" },
  upstreamName: "full-1",
  ownedBy: "us",
  createdAt: "2026-01-31T00:00:00Z",
  namespace: "amd",
  serves: ["chat"],
  fallback: ["openai", "plain"],
  retries: {
    attempts: 3,
    on: ["5xx", "reset", "retriable-status-codes"],
    statusCodes: [429, 529],
    perTryTimeout: "4m",
    backoff: "250ms",
  },
  headers: { set: { "x-team": "search; a=1" }, remove: ["x-trace"] },
  body: { set: { temperature: 0.5, stop: ["."], metadata: { a: null } }, remove: ["logprobs"] },
  price: { usdPerMillionInputTokens: 3, usdPerMillionCachedInputTokens: 0.3, usdPerMillionOutputTokens: 15 },
  requestCosts: cost,
};

const own = { vllm: { source: "owner/name" }, public: false };

/** Aliases over aliases, shares, a canary and fallback; 16 targets in one rule. */
const aliases: Record<string, ModelArgs> = {
  inner: { route: { targets: { openai: { weight: 3 }, plain: { weight: 1 } } } },
  outer: {
    route: {
      targets: { inner: { weight: 60 }, compatible: { weight: 40 } },
      canary: { model: "openai-secret", percent: 0.5 },
      fallback: ["Qwen/Qwen3-1.7B", "7b-amd"],
    },
    requestCosts: { one: { cel: 'model == "openai" ? 2u : 1u' } },
  },
  ...Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`t${i}`, own])),
  sixteen: { route: { targets: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`t${i}`, {}])) } },
};

/** Every provider, every kind of credential and every option that the release set has. */
export function modelsDeclaration(release: "1.0" | "1.1"): ModelGatewayArgs {
  const streamIdle = release === "1.1" ? { streamIdle: "45s" } : {};
  const timeouts = { request: "1h30m", ...streamIdle };
  const models: Record<string, ModelArgs> = { ...providers, ...aliases, full: { ...full, timeouts } };
  const hostnames = ["llm.example.com", "*.models.example.com"];
  return {
    release,
    models: Object.fromEntries(
      Object.entries(models).map(([name, model]) => [
        name,
        model.public === false ? model : { ...model, hostnames },
      ]),
    ),
    credentials: { team: { apiKey: key } },
    gateway: {
      http: { enabled: true, port: 8080 },
      https: { certificateSecretName: "tls", port: 8443 },
      bufferLimit: "100Mi",
      removeHeaders: ["x-team", "X-User"],
      proxy: {
        replicas: 3,
        cpu: "2",
        memory: "4Gi",
        internal: false,
        annotations: { a: "b" },
        loadBalancerClass: "service.k8s.aws/nlb",
      },
    },
  };
}
