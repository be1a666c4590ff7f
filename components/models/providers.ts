import type { Problems } from "../shared/problems";
import type { ModelArgs } from "./modelArgs";
import type { BackendTlsArgs } from "./providerArgs";
import type { CredentialFields, CredentialSlot } from "./resolveCredential";
import type { ProviderKind } from "./resolved";
import type { ApiSchema } from "./schemas";

/** What a provider block means for the gateway, before URL, credential and names are checked. */
export interface ProviderDraft {
  readonly schema: ApiSchema;
  /** Where the path of the URL goes; `none` when the gateway ignores it. */
  readonly urlPath: "prefix" | "version" | "none";
  readonly version?: string;
  readonly url: string;
  readonly tls?: BackendTlsArgs | undefined;
  readonly h2c?: boolean | undefined;
  /** The provider's own name of the model, and the field that gives it. */
  readonly modelId?: { readonly field: string; readonly value: string } | undefined;
  readonly block: CredentialFields;
  readonly slot: CredentialSlot | undefined;
}

type Drafts = {
  readonly [Kind in Exclude<ProviderKind, "vllm">]: (
    block: NonNullable<ModelArgs[Kind]>,
    path: string,
    problems: Problems,
  ) => ProviderDraft;
};

const apiKey = (type: "APIKey" | "AnthropicAPIKey" | "AzureAPIKey"): CredentialSlot => ({
  type,
  isOptional: false,
});

/** The provider blocks of `ModelArgs` that are called over the network; vLLM is resolved on its own. */
export const drafts: Drafts = {
  openai: (block) => ({
    schema: "OpenAI",
    urlPath: "prefix",
    url: block.url ?? "https://api.openai.com/v1",
    tls: block.tls,
    block,
    slot: apiKey("APIKey"),
  }),
  anthropic: (block) => ({
    schema: "Anthropic",
    urlPath: "prefix",
    url: block.url ?? "https://api.anthropic.com/v1",
    tls: block.tls,
    block,
    slot: apiKey("AnthropicAPIKey"),
  }),
  bedrock: (block, path, problems) => ({ schema: "AWSBedrock", ...bedrock(block, path, problems) }),
  bedrockAnthropic: (block, path, problems) => ({
    schema: "AWSAnthropic",
    version: versionOf(block, "bedrock-2023-05-31", path, problems),
    ...bedrock(block, path, problems),
  }),
  azureOpenAI: (block, path, problems) => {
    requireText(`${path}.apiVersion`, block.apiVersion, "2025-04-01-preview", problems);
    return {
      schema: "AzureOpenAI",
      urlPath: "none",
      version: block.apiVersion,
      url: block.url,
      modelId: modelId("deployment", block.deployment),
      block,
      slot: { type: "AzureAPIKey", isOptional: false, entra: true },
    };
  },
  vertex: (block, path, problems) => ({ schema: "GCPVertexAI", ...vertex(block, path, problems) }),
  vertexAnthropic: (block, path, problems) => ({
    schema: "GCPAnthropic",
    version: versionOf(block, "vertex-2023-10-16", path, problems),
    ...vertex(block, path, problems),
  }),
  cohere: (block) => ({
    schema: "Cohere",
    urlPath: "version",
    url: block.url ?? "https://api.cohere.com/v2",
    block,
    slot: apiKey("APIKey"),
  }),
  openAICompatible: (block) => ({
    schema: "OpenAI",
    urlPath: "prefix",
    url: block.url,
    tls: block.tls,
    h2c: block.h2c,
    block,
    slot: { type: "APIKey", isOptional: true },
  }),
};

function bedrock(block: NonNullable<ModelArgs["bedrock"]>, path: string, problems: Problems) {
  requireText(`${path}.modelId`, block.modelId, "us.amazon.nova-pro-v1:0", problems);
  checkRegion(`${path}.region`, block.region, "us-west-2", problems);
  return {
    urlPath: "none" as const,
    url: block.url ?? `https://bedrock-runtime.${block.region}.amazonaws.com`,
    modelId: modelId("modelId", block.modelId),
    block,
    slot: { type: "AWSCredentials" as const, region: block.region },
  };
}

function vertex(block: NonNullable<ModelArgs["vertex"]>, path: string, problems: Problems) {
  requireText(`${path}.project`, block.project, "my-project", problems);
  checkRegion(`${path}.region`, block.region, "us-central1", problems);
  return {
    urlPath: "none" as const,
    url: block.url ?? `https://${vertexHost(block.region)}`,
    modelId: modelId("modelId", block.modelId),
    block,
    slot: { type: "GCPCredentials" as const, project: block.project, region: block.region },
  };
}

/** Besides regions there are `global` and, for data that stays in one, the multi-regions `us` and `eu`. */
function vertexHost(region: string): string {
  switch (region) {
    case "global":
      return "aiplatform.googleapis.com";
    case "us":
    case "eu":
      return `aiplatform.${region}.rep.googleapis.com`;
    default:
      return `${region}-aiplatform.googleapis.com`;
  }
}

/** Without a version the gateway would answer chat, but fail on every message. */
function versionOf(
  block: { readonly version?: string },
  usual: string,
  path: string,
  problems: Problems,
): string {
  const version = block.version ?? usual;
  requireText(`${path}.version`, version, usual, problems);
  return version;
}

function modelId(field: string, value: string | undefined): ProviderDraft["modelId"] {
  return value === undefined ? undefined : { field, value };
}

function requireText(path: string, value: unknown, example: string, problems: Problems): void {
  if (typeof value !== "string" || value.trim() === "") {
    problems.add(path, `${JSON.stringify(value) ?? "undefined"} is not a name; write it as ${example}`);
  }
}

function checkRegion(path: string, region: unknown, example: string, problems: Problems): void {
  if (typeof region !== "string" || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(region)) {
    problems.add(path, `${JSON.stringify(region) ?? "undefined"} is not a region; write it as ${example}`);
  }
}
