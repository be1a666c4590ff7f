/** An API that clients call on the gateway. */
export const ClientEndpoint = {
  Chat: "chat",
  Completions: "completions",
  Embeddings: "embeddings",
  Responses: "responses",
  Images: "images",
  Audio: "audio",
  Messages: "messages",
  Rerank: "rerank",
} as const;
export type ClientEndpoint = (typeof ClientEndpoint)[keyof typeof ClientEndpoint];

/** Paths of each API; the gateway knows no others. */
export const endpointPaths: Readonly<Record<ClientEndpoint, readonly [string, ...string[]]>> = {
  chat: ["/v1/chat/completions"],
  completions: ["/v1/completions"],
  embeddings: ["/v1/embeddings"],
  responses: ["/v1/responses"],
  images: ["/v1/images/generations"],
  audio: ["/v1/audio/speech", "/v1/audio/transcriptions", "/v1/audio/translations"],
  messages: ["/anthropic/v1/messages"],
  rerank: ["/cohere/v2/rerank"],
};

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
