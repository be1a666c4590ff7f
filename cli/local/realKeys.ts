import type { ProviderKind } from "../../components/models/resolved";

/** Variables that hold the credentials of a provider when a model is asked for with `--real`. */
export const realKeyVariables: Readonly<Record<ProviderKind, readonly string[]>> = {
  openai: ["OPENAI_API_KEY"],
  anthropic: ["ANTHROPIC_API_KEY"],
  bedrock: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
  bedrockAnthropic: ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
  azureOpenAI: ["AZURE_OPENAI_API_KEY"],
  vertex: ["GOOGLE_APPLICATION_CREDENTIALS"],
  vertexAnthropic: ["GOOGLE_APPLICATION_CREDENTIALS"],
  cohere: ["COHERE_API_KEY"],
  openAICompatible: ["OPENAI_COMPATIBLE_API_KEY"],
  vllm: [],
};
