import type { ApiSchema } from "../../../components/models/schemas";
import { anthropicMessages, anthropicTokens } from "./anthropicMessages";
import {
  bedrockConverse,
  bedrockConverseStream,
  bedrockEmbedding,
  bedrockInvoke,
  bedrockInvokeStream,
} from "./bedrock";
import { cohereRerank } from "./cohereRerank";
import { openaiChat } from "./openaiChat";
import { openaiCompletions } from "./openaiCompletions";
import { openaiEmbeddings } from "./openaiEmbeddings";
import { openaiImages } from "./openaiImages";
import { openaiResponses } from "./openaiResponses";
import type { RefusalDetails } from "./refusal";
import type { Exchange, Handler } from "./reply";

/** What a backend of one schema answers, by how the path ends, and how it words an error. */
export interface Dialect {
  readonly paths: Readonly<Record<string, Handler>>;
  readonly error: (status: number, message: string, details?: RefusalDetails) => ErrorAnswer;
}

interface ErrorAnswer {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const openai: Dialect = {
  paths: {
    "/chat/completions": openaiChat,
    "/completions": openaiCompletions,
    "/embeddings": openaiEmbeddings,
    "/responses": openaiResponses,
    "/images/generations": openaiImages,
    "/models": listModels,
  },
  error: (status, message, { param = null, code = null } = {}) => ({
    body: { error: { message, type: openaiErrorType(status), param, code } },
  }),
};

const anthropicError: Dialect["error"] = (status, message) => ({
  body: { type: "error", error: { type: anthropicErrorType(status), message } },
});

const awsError: Dialect["error"] = (status, message) => ({
  body: { message },
  headers: { "x-amzn-errortype": awsErrorType(status) },
});

/** Google's schemas are missing: they need an access token, so local mode renders OpenAI's in their place. */
export type SimulatedSchema = Exclude<ApiSchema, "GCPVertexAI" | "GCPAnthropic">;

export const dialects: Readonly<Record<SimulatedSchema, Dialect>> = {
  OpenAI: openai,
  AzureOpenAI: openai,
  Anthropic: {
    paths: { "/messages": anthropicMessages, "/messages/count_tokens": anthropicTokens },
    error: anthropicError,
  },
  AWSBedrock: {
    paths: {
      "/converse": bedrockConverse,
      "/converse-stream": bedrockConverseStream,
      "/invoke": bedrockEmbedding,
    },
    error: awsError,
  },
  AWSAnthropic: {
    paths: { "/invoke": bedrockInvoke, "/invoke-with-response-stream": bedrockInvokeStream },
    error: awsError,
  },
  Cohere: {
    paths: { "/rerank": cohereRerank },
    error: (_status, message) => ({ body: { message } }),
  },
};

/** Whether there is an engine that speaks the schema. */
export function isSimulated(schema: ApiSchema): schema is SimulatedSchema {
  return Object.hasOwn(dialects, schema);
}

/** The handler of a path: the longest ending that the dialect knows. */
export function handlerOf(dialect: Dialect, path: string): Handler | undefined {
  const endings = Object.keys(dialect.paths).filter((ending) => path.endsWith(ending));
  const longest = endings.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : dialect.paths[longest];
}

async function listModels({ engine, reply }: Exchange): Promise<void> {
  const model = { id: engine, object: "model", created: 0, owned_by: "simulated" };
  await reply.json({ object: "list", data: [model] });
}

function openaiErrorType(status: number): string {
  if (status === 429) {
    return "rate_limit_error";
  }
  return status < 500 ? "invalid_request_error" : "server_error";
}

function anthropicErrorType(status: number): string {
  const types: Readonly<Record<number, string>> = {
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
  };
  return types[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}

function awsErrorType(status: number): string {
  if (status === 429) {
    return "ThrottlingException";
  }
  return status < 500 ? "ValidationException" : "InternalServerException";
}
