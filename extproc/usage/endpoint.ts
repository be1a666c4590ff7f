import { Dialect } from "../answers/dialect";

/** What a request asks for, after its path. */
export const Endpoint = {
  Chat: "chat",
  Completions: "completions",
  Responses: "responses",
  Embeddings: "embeddings",
  Images: "images",
  Speech: "speech",
  Transcriptions: "transcriptions",
  Translations: "translations",
  Rerank: "rerank",
  Messages: "messages",
} as const;
export type Endpoint = (typeof Endpoint)[keyof typeof Endpoint];

/** Where AI Gateway serves them. It takes these paths to the letter, and refuses all others. */
const paths: ReadonlyMap<string, Endpoint> = new Map([
  ["/v1/chat/completions", Endpoint.Chat],
  ["/v1/completions", Endpoint.Completions],
  ["/v1/responses", Endpoint.Responses],
  ["/v1/embeddings", Endpoint.Embeddings],
  ["/v1/images/generations", Endpoint.Images],
  ["/v1/audio/speech", Endpoint.Speech],
  ["/v1/audio/transcriptions", Endpoint.Transcriptions],
  ["/v1/audio/translations", Endpoint.Translations],
  ["/cohere/v2/rerank", Endpoint.Rerank],
  ["/anthropic/v1/messages", Endpoint.Messages],
]);

/** The endpoint of a request path, or `undefined` when no model is called there. */
export function endpointOf(path: string): Endpoint | undefined {
  const query = path.indexOf("?");
  return paths.get(query === -1 ? path : path.slice(0, query));
}

/** How the clients of a path expect to be spoken to, whether it is an endpoint or not. */
export function dialectOf(path: string): Dialect {
  return path.startsWith("/anthropic/") ? Dialect.Anthropic : Dialect.OpenAi;
}
