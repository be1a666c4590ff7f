import type { Input } from "@pulumi/pulumi";
import type {
  ApiKeyArgs,
  AwsCredentialArgs,
  EntraCredentialArgs,
  GoogleCredentialArgs,
} from "./credentialArgs";

/** OpenAI's own API. */
export interface OpenAIArgs extends ApiKeyArgs {
  /** Base URL with the API's version. Default: `https://api.openai.com/v1`. */
  url?: string;
  /** How the endpoint's certificate is checked. Default: the system's certificate authorities. */
  tls?: BackendTlsArgs;
}

/** Anthropic's own API, served to clients on `/anthropic/v1/messages`. */
export interface AnthropicArgs extends ApiKeyArgs {
  /** Base URL with the API's version. Default: `https://api.anthropic.com/v1`. */
  url?: string;
  /** How the endpoint's certificate is checked. Default: the system's certificate authorities. */
  tls?: BackendTlsArgs;
}

/** A model on Amazon Bedrock through the Converse API (schema AWSBedrock). */
export interface BedrockArgs {
  /** Bedrock model or inference profile ID, for example `us.amazon.nova-pro-v1:0`. */
  modelId: string;
  /** AWS region, for example `us-west-2`. */
  region: string;
  /** Endpoint, for a VPC endpoint of your own. Default: `https://bedrock-runtime.<region>.amazonaws.com`. */
  url?: string;
  /** Name of an entry in `credentials` that several models share. */
  credential?: string;
  /** Credentials of this model alone. Default: the SDK's default chain in the gateway's pods. */
  aws?: AwsCredentialArgs;
}

/** A Claude model on Amazon Bedrock in Anthropic's own schema (AWSAnthropic): `/anthropic/v1/messages` too. */
export interface BedrockAnthropicArgs extends BedrockArgs {
  /** Anthropic version that is sent. Default: `bedrock-2023-05-31`. */
  version?: string;
}

/** A deployment on Azure OpenAI. */
export interface AzureOpenAIArgs extends ApiKeyArgs {
  /** Endpoint of the resource, for example `https://my-resource.openai.azure.com`. */
  url: string;
  /** Name of the deployment. Default: the model's `upstreamName`, else its public name. */
  deployment?: string;
  /** Value of `api-version`, for example `2025-04-01-preview`. */
  apiVersion: string;
  /** Microsoft Entra ID instead of an API key. */
  entra?: EntraCredentialArgs;
}

/** A model on Google Vertex AI (schema GCPVertexAI). */
export interface VertexArgs {
  /** Model ID, for example `gemini-2.5-pro`. Default: the model's `upstreamName`, else its public name. */
  modelId?: string;
  /** Project name. */
  project: string;
  /** Region, for example `us-central1`, or one of `global`, `us` and `eu`. */
  region: string;
  /**
   * Endpoint. Default: `https://<region>-aiplatform.googleapis.com`; for `global` without the region, for `us` and
   * `eu` `https://aiplatform.<region>.rep.googleapis.com`.
   */
  url?: string;
  /** Name of an entry in `credentials` that several models share. */
  credential?: string;
  /** Credentials of this model alone. Default: Application Default Credentials in the gateway's pods. */
  google?: GoogleCredentialArgs;
}

/** A Claude model on Google Vertex AI (schema GCPAnthropic). */
export interface VertexAnthropicArgs extends VertexArgs {
  /** Anthropic version that is sent. Default: `vertex-2023-10-16`. */
  version?: string;
}

/** Cohere's API, served to clients on `/cohere/v2/rerank`. */
export interface CohereArgs extends ApiKeyArgs {
  /** Base URL with the API's version as its path. Default: `https://api.cohere.com/v2`. */
  url?: string;
}

/** Any endpoint that speaks OpenAI's API: a provider, a server in the cluster, an address. */
export interface OpenAICompatibleArgs extends ApiKeyArgs {
  /**
   * Base URL with the path prefix in front of `/chat/completions`, for example
   * `https://llm.example.com/openai/v1` or `http://llm.inference.svc.cluster.local:8000/v1`. Without a path: `v1`.
   * With a credential, `http` only to `*.svc`, `*.svc.cluster.local` and private addresses.
   */
  url: string;
  /** How the endpoint's certificate is checked; for `https` only. Default: the system's certificate authorities. */
  tls?: BackendTlsArgs;
  /** Speaks HTTP/2 without TLS to the endpoint (`h2c`). Default: false. */
  h2c?: boolean;
}

/** How the certificate of an endpoint is checked. */
export interface BackendTlsArgs {
  /** Name that the certificate must carry, also sent as SNI. Default: the URL's host; needed for an IP address. */
  hostname?: string;
  /** Name of a ConfigMap in the model's namespace with the certificate authority under `ca.crt`. */
  caConfigMapName?: Input<string>;
  /** Accepts any certificate. Default: false. */
  insecureSkipVerify?: boolean;
}
