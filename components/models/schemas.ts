/** An API that clients call on the gateway. */
export const ClientEndpoint = {
  /** `/v1/chat/completions` */
  Chat: "chat",
  /** `/v1/completions` */
  Completions: "completions",
  /** `/v1/embeddings` */
  Embeddings: "embeddings",
  /** `/v1/responses` */
  Responses: "responses",
  /** `/v1/images/generations` */
  Images: "images",
  /** `/v1/audio/speech`, `/v1/audio/transcriptions` and `/v1/audio/translations` */
  Audio: "audio",
  /** `/anthropic/v1/messages` */
  Messages: "messages",
  /** `/cohere/v2/rerank` */
  Rerank: "rerank",
} as const;
export type ClientEndpoint = (typeof ClientEndpoint)[keyof typeof ClientEndpoint];

/** The API that a backend speaks, as AIServiceBackend names it. */
export const ApiSchema = {
  OpenAI: "OpenAI",
  Cohere: "Cohere",
  AWSBedrock: "AWSBedrock",
  AzureOpenAI: "AzureOpenAI",
  GCPVertexAI: "GCPVertexAI",
  GCPAnthropic: "GCPAnthropic",
  Anthropic: "Anthropic",
  AWSAnthropic: "AWSAnthropic",
} as const;
export type ApiSchema = (typeof ApiSchema)[keyof typeof ApiSchema];

/**
 * Which client APIs AI Gateway can translate to which backend schema; any other pair is answered with 500.
 * Source: `internal/endpointspec` of envoyproxy/ai-gateway at v1.0.0 and v1.1.0, read on 2026-11-21.
 */
export const servedEndpoints: Readonly<Record<ApiSchema, readonly ClientEndpoint[]>> = {
  OpenAI: ["chat", "completions", "embeddings", "responses", "images", "audio", "messages"],
  AzureOpenAI: ["chat", "embeddings", "responses"],
  AWSBedrock: ["chat", "embeddings", "messages"],
  GCPVertexAI: ["chat", "embeddings"],
  GCPAnthropic: ["chat", "messages"],
  Anthropic: ["messages"],
  AWSAnthropic: ["chat", "messages"],
  Cohere: ["rerank"],
};
