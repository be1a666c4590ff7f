import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { ModelArgs } from "../../../components/models/modelArgs";
import { providerKinds } from "../../../components/models/resolved";
import { objectsOf, specOf } from "./support";

const key = secret("key");

interface Expected {
  /** Kinds of its objects, in the order in which they are made. */
  readonly kinds: readonly string[];
  readonly host: readonly [string, number];
  readonly schema: unknown;
  /** The policy without its target. */
  readonly policy?: unknown;
  /** Keys of its Secret. */
  readonly secret?: readonly string[];
  readonly override?: string;
}

const provider = [
  "Backend",
  "BackendTLSPolicy",
  "AIServiceBackend",
  "BackendSecurityPolicy",
  "AIGatewayRoute",
  "BackendTrafficPolicy",
];
const withSecret = ["Secret", ...provider];
const keyPolicy = (type: string, block: string) => ({ type, [block]: { secretRef: { name: "m" } } });
const oidc = {
  issuer: "https://issuer.example.com",
  clientId: "client",
  clientSecretName: "oidc",
  scopes: ["a"],
};
const oidcSpec = {
  provider: { issuer: "https://issuer.example.com" },
  clientID: "client",
  clientSecret: { name: "oidc" },
  scopes: ["a"],
};
const bedrock = { modelId: "us.amazon.nova-pro-v1:0", region: "us-west-2" };
const bedrockHost = ["bedrock-runtime.us-west-2.amazonaws.com", 443] as const;
const azure = { url: "https://r.openai.azure.com", apiVersion: "2025-04-01-preview" };
const azureSchema = { name: "AzureOpenAI", version: "2025-04-01-preview" };
const vertex = { modelId: "gemini-2.5-pro", project: "p", region: "us-central1" };
const vertexHost = ["us-central1-aiplatform.googleapis.com", 443] as const;
const gcp = { projectName: "p", region: "us-central1" };

const cases: readonly (readonly [string, ModelArgs, Expected])[] = [
  [
    "openai",
    { openai: { apiKey: key } },
    {
      kinds: withSecret,
      host: ["api.openai.com", 443],
      schema: { name: "OpenAI" },
      policy: keyPolicy("APIKey", "apiKey"),
      secret: ["apiKey"],
    },
  ],
  [
    "openai with the key in a Secret of yours",
    { openai: { secretName: "mine" }, upstreamName: "gpt-5" },
    {
      kinds: provider,
      host: ["api.openai.com", 443],
      schema: { name: "OpenAI" },
      policy: { type: "APIKey", apiKey: { secretRef: { name: "mine" } } },
      override: "gpt-5",
    },
  ],
  [
    "anthropic",
    { anthropic: { apiKey: key }, upstreamName: "claude-sonnet-4-5" },
    {
      kinds: withSecret,
      host: ["api.anthropic.com", 443],
      schema: { name: "Anthropic" },
      policy: keyPolicy("AnthropicAPIKey", "anthropicAPIKey"),
      secret: ["apiKey"],
      override: "claude-sonnet-4-5",
    },
  ],
  [
    "bedrock with what the pods run as",
    { bedrock },
    {
      kinds: provider,
      host: bedrockHost,
      schema: { name: "AWSBedrock" },
      policy: { type: "AWSCredentials", awsCredentials: { region: "us-west-2" } },
      override: bedrock.modelId,
    },
  ],
  [
    "bedrock with an access key",
    { bedrock: { ...bedrock, aws: { accessKeyId: "AKIA", secretAccessKey: key } } },
    {
      kinds: withSecret,
      host: bedrockHost,
      schema: { name: "AWSBedrock" },
      policy: {
        type: "AWSCredentials",
        awsCredentials: { region: "us-west-2", credentialsFile: { secretRef: { name: "m" } } },
      },
      secret: ["credentials"],
      override: bedrock.modelId,
    },
  ],
  [
    "bedrock with a role for a token",
    { bedrock: { ...bedrock, aws: { oidc, roleArn: "arn:aws:iam::1:role/r" } } },
    {
      kinds: provider,
      host: bedrockHost,
      schema: { name: "AWSBedrock" },
      policy: {
        type: "AWSCredentials",
        awsCredentials: {
          region: "us-west-2",
          oidcExchangeToken: { oidc: oidcSpec, awsRoleArn: "arn:aws:iam::1:role/r" },
        },
      },
      override: bedrock.modelId,
    },
  ],
  [
    "bedrock through an endpoint of yours",
    { bedrock: { ...bedrock, url: "https://vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com" } },
    {
      kinds: provider,
      host: ["vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com", 443],
      schema: { name: "AWSBedrock" },
      policy: { type: "AWSCredentials", awsCredentials: { region: "us-west-2" } },
      override: bedrock.modelId,
    },
  ],
  [
    "bedrockAnthropic",
    { bedrockAnthropic: { ...bedrock, aws: { secretName: "aws" } } },
    {
      kinds: provider,
      host: bedrockHost,
      schema: { name: "AWSAnthropic", version: "bedrock-2023-05-31" },
      policy: {
        type: "AWSCredentials",
        awsCredentials: { region: "us-west-2", credentialsFile: { secretRef: { name: "aws" } } },
      },
      override: bedrock.modelId,
    },
  ],
  [
    "azureOpenAI",
    { azureOpenAI: { ...azure, deployment: "gpt-prod", apiKey: key } },
    {
      kinds: withSecret,
      host: ["r.openai.azure.com", 443],
      schema: azureSchema,
      policy: keyPolicy("AzureAPIKey", "azureAPIKey"),
      secret: ["apiKey"],
      override: "gpt-prod",
    },
  ],
  [
    "azureOpenAI with Entra ID",
    { azureOpenAI: { ...azure, entra: { clientId: "c", tenantId: "t", clientSecret: key } } },
    {
      kinds: withSecret,
      host: ["r.openai.azure.com", 443],
      schema: azureSchema,
      policy: {
        type: "AzureCredentials",
        azureCredentials: { clientID: "c", tenantID: "t", clientSecretRef: { name: "m" } },
      },
      secret: ["client-secret"],
    },
  ],
  [
    "azureOpenAI with Entra ID for a token",
    { azureOpenAI: { ...azure, entra: { clientId: "c", tenantId: "t", oidc } } },
    {
      kinds: provider,
      host: ["r.openai.azure.com", 443],
      schema: azureSchema,
      policy: {
        type: "AzureCredentials",
        azureCredentials: { clientID: "c", tenantID: "t", oidcExchangeToken: { oidc: oidcSpec } },
      },
    },
  ],
  [
    "vertex with what the pods run as",
    { vertex },
    {
      kinds: provider,
      host: vertexHost,
      schema: { name: "GCPVertexAI" },
      policy: { type: "GCPCredentials", gcpCredentials: gcp },
      override: "gemini-2.5-pro",
    },
  ],
  [
    "vertex with a service account key",
    { vertex: { ...vertex, google: { serviceAccountKey: key } } },
    {
      kinds: withSecret,
      host: vertexHost,
      schema: { name: "GCPVertexAI" },
      policy: {
        type: "GCPCredentials",
        gcpCredentials: { ...gcp, credentialsFile: { secretRef: { name: "m" } } },
      },
      secret: ["service_account.json"],
      override: "gemini-2.5-pro",
    },
  ],
  [
    "vertexAnthropic everywhere, with a federated identity",
    {
      vertexAnthropic: {
        ...vertex,
        modelId: "claude",
        region: "global",
        google: {
          workloadIdentity: {
            projectId: "1",
            poolName: "pool",
            providerName: "eks",
            oidc,
            serviceAccountName: "sa",
          },
        },
      },
    },
    {
      kinds: provider,
      host: ["aiplatform.googleapis.com", 443],
      schema: { name: "GCPAnthropic", version: "vertex-2023-10-16" },
      policy: {
        type: "GCPCredentials",
        gcpCredentials: {
          projectName: "p",
          region: "global",
          workloadIdentityFederationConfig: {
            projectID: "1",
            workloadIdentityPoolName: "pool",
            workloadIdentityProviderName: "eks",
            oidcExchangeToken: { oidc: oidcSpec },
            serviceAccountImpersonation: { serviceAccountName: "sa" },
          },
        },
      },
      override: "claude",
    },
  ],
  [
    "cohere",
    { cohere: { apiKey: key }, upstreamName: "rerank-v3.5" },
    {
      kinds: withSecret,
      host: ["api.cohere.com", 443],
      schema: { name: "Cohere", version: "v2" },
      policy: keyPolicy("APIKey", "apiKey"),
      secret: ["apiKey"],
      override: "rerank-v3.5",
    },
  ],
  [
    "openAICompatible without a key",
    { openAICompatible: { url: "http://llm.inference.svc.cluster.local:8000/v1" } },
    {
      kinds: ["Backend", "AIServiceBackend", "AIGatewayRoute", "BackendTrafficPolicy"],
      host: ["llm.inference.svc.cluster.local", 8000],
      schema: { name: "OpenAI" },
    },
  ],
  [
    "openAICompatible with a key",
    { openAICompatible: { url: "https://llm.example.com/api/v1", apiKey: key } },
    {
      kinds: withSecret,
      host: ["llm.example.com", 443],
      schema: { name: "OpenAI", prefix: "api/v1" },
      policy: keyPolicy("APIKey", "apiKey"),
      secret: ["apiKey"],
    },
  ],
  [
    "vllm",
    { vllm: { source: "owner/name" } },
    {
      kinds: [
        "Deployment",
        "Service",
        "Backend",
        "AIServiceBackend",
        "AIGatewayRoute",
        "BackendTrafficPolicy",
      ],
      host: ["m.ai-gateway.svc.cluster.local", 8000],
      schema: { name: "OpenAI" },
    },
  ],
];

describe("objects of a model", () => {
  it.each(cases)("%s", (_, model, expected) => {
    const objects = objectsOf({ models: { m: model } });
    const own = objects.filter(({ key: of }) => of === "m");
    expect(own.map(({ manifest }) => manifest.kind)).toEqual(expected.kinds);
    expect(own.map(({ manifest }) => [manifest.metadata.namespace, manifest.metadata.name])).toEqual(
      own.map(() => ["ai-gateway", "m"]),
    );
    const [hostname, port] = expected.host;
    expect(specOf(objects, "Backend", "m")).toEqual({ endpoints: [{ fqdn: { hostname, port } }] });
    expect(specOf(objects, "AIServiceBackend", "m")).toEqual({
      schema: expected.schema,
      backendRef: { group: "gateway.envoyproxy.io", kind: "Backend", name: "m" },
      // A client's own credentials never travel on.
      headerMutation: { remove: ["authorization", "x-api-key", "api-key"] },
    });
    if (expected.policy !== undefined) {
      expect(specOf(objects, "BackendSecurityPolicy", "m")).toEqual({
        targetRefs: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend", name: "m" }],
        ...(expected.policy as object),
      });
    }
    const secretObject = own.find(({ manifest }) => manifest.kind === "Secret")?.manifest;
    expect(secretObject && Object.keys(secretObject["stringData"] as object)).toEqual(expected.secret);
    expect(specOf(objects, "AIGatewayRoute", "m")).toEqual({
      parentRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" }],
      rules: [
        {
          matches: [{ headers: [{ type: "Exact", name: "x-ai-eg-model", value: "m" }] }],
          backendRefs: [
            {
              name: "m",
              ...(expected.override === undefined ? {} : { modelNameOverride: expected.override }),
              weight: 1,
              priority: 0,
            },
          ],
          timeouts: { request: "30m" },
        },
      ],
    });
  });

  it("every kind of provider has a case", () => {
    const seen = new Set(cases.flatMap(([, model]) => Object.keys(model)));
    expect(providerKinds.filter((kind) => !seen.has(kind))).toEqual([]);
  });

  it("a name that Kubernetes refuses stays as it is for clients", () => {
    const objects = objectsOf({ models: { "Qwen/Qwen3-1.7B": { vllm: { source: "Qwen/Qwen3-1.7B" } } } });
    const name = "qwen-qwen3-1-7b-x64739e94";
    const { matches, backendRefs } = specOf(objects, "AIGatewayRoute", name).rules[0];
    expect(matches[0].headers[0].value).toBe("Qwen/Qwen3-1.7B");
    expect(backendRefs).toEqual([{ name, weight: 1, priority: 0 }]);
    const own = objects.filter(({ key: of }) => of === "Qwen/Qwen3-1.7B");
    for (const { manifest } of own) {
      expect(manifest.metadata.annotations?.["pulumi-ai-gateway/model"]).toBe("Qwen/Qwen3-1.7B");
    }
  });

  it("an option that is given shows in the route, and only there", () => {
    const objects = objectsOf({
      models: {
        m: {
          vllm: { source: "a/b" },
          ownedBy: "us",
          createdAt: "2026-01-31T00:00:00Z",
          hostnames: ["llm.example.com"],
          timeouts: { request: "10m", streamIdle: "30s" },
        },
      },
    });
    expect(specOf(objects, "AIGatewayRoute", "m")).toMatchObject({
      hostnames: ["llm.example.com"],
      rules: [
        {
          timeouts: { request: "10m" },
          streamIdleTimeout: "30s",
          modelsOwnedBy: "us",
          modelsCreatedAt: "2026-01-31T00:00:00Z",
        },
      ],
    });
  });

  it("a hidden model has no route", () => {
    const objects = objectsOf({
      models: {
        a: { vllm: { source: "a/b" }, fallback: ["m"] },
        m: { vllm: { source: "a/b" }, public: false },
      },
    });
    expect(objects.filter(({ key: of }) => of === "m").map(({ manifest }) => manifest.kind)).toEqual([
      "Deployment",
      "Service",
      "Backend",
      "AIServiceBackend",
    ]);
  });

  it("mutations reach the provider's backend as JSON", () => {
    const objects = objectsOf({
      models: {
        m: {
          vllm: { source: "a/b" },
          headers: { set: { "x-team": "a" }, remove: ["X-Trace", "Authorization"] },
          body: { set: { temperature: 0, stop: ["."], user: "gateway" }, remove: ["logprobs"] },
        },
      },
    });
    expect(specOf(objects, "AIServiceBackend", "m")).toMatchObject({
      headerMutation: {
        set: [{ name: "x-team", value: "a" }],
        remove: ["authorization", "x-api-key", "api-key", "X-Trace"],
      },
      bodyMutation: {
        set: [
          { path: "temperature", value: "0" },
          { path: "stop", value: '["."]' },
          { path: "user", value: '"gateway"' },
        ],
        remove: ["logprobs"],
      },
    });
  });
});

describe("the host of Vertex", () => {
  it.each([
    ["us-central1", "us-central1-aiplatform.googleapis.com"],
    ["europe-west4", "europe-west4-aiplatform.googleapis.com"],
    ["global", "aiplatform.googleapis.com"],
    ["us", "aiplatform.us.rep.googleapis.com"],
    ["eu", "aiplatform.eu.rep.googleapis.com"],
  ])("for %s is %s", (region, hostname) => {
    const objects = objectsOf({ models: { m: { vertex: { ...vertex, region } } } });
    expect(specOf(objects, "Backend", "m").endpoints).toEqual([{ fqdn: { hostname, port: 443 } }]);
  });
});
