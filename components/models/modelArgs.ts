import type { ModelPriceArgs } from "./priceArgs";
import type {
  AnthropicArgs,
  AzureOpenAIArgs,
  BedrockAnthropicArgs,
  BedrockArgs,
  CohereArgs,
  OpenAIArgs,
  OpenAICompatibleArgs,
  VertexAnthropicArgs,
  VertexArgs,
} from "./providerArgs";
import type { RouteArgs } from "./routeArgs";
import type { ClientEndpoint } from "./schemas";
import type {
  BodyMutationArgs,
  HeaderMutationArgs,
  RequestCostArgs,
  RetryArgs,
  TimeoutArgs,
} from "./trafficArgs";
import type { VllmArgs } from "./vllmArgs";

/**
 * A model that clients call by name: exactly one of `vllm`, `openai`, `anthropic`, `bedrock`,
 * `bedrockAnthropic`, `azureOpenAI`, `vertex`, `vertexAnthropic`, `cohere`, `openAICompatible` and `route`.
 */
export interface ModelArgs {
  /** Served by this platform with vLLM. */
  vllm?: VllmArgs;
  /** Served by OpenAI. */
  openai?: OpenAIArgs;
  /** Served by Anthropic. */
  anthropic?: AnthropicArgs;
  /** Served by Amazon Bedrock through Converse. */
  bedrock?: BedrockArgs;
  /** Served by Amazon Bedrock in Anthropic's schema. */
  bedrockAnthropic?: BedrockAnthropicArgs;
  /** Served by Azure OpenAI. */
  azureOpenAI?: AzureOpenAIArgs;
  /** Served by Google Vertex AI. */
  vertex?: VertexArgs;
  /** Served by Google Vertex AI in Anthropic's schema. */
  vertexAnthropic?: VertexAnthropicArgs;
  /** Served by Cohere. */
  cohere?: CohereArgs;
  /** Served by an endpoint that speaks OpenAI's API. */
  openAICompatible?: OpenAICompatibleArgs;
  /** An alias: other models share its traffic. */
  route?: RouteArgs;

  /** Whether clients see the name. A model that is not public only serves as a target. Default: true. */
  public?: boolean;
  /**
   * Models that answer when this one cannot, in order. They belong to this name: as a target of an alias a model is
   * only its own backend, and the alias names its own in `route.fallback`. Default: none.
   */
  fallback?: string[];
  /** Name that the provider knows the model by (`modelNameOverride`). Default: the provider's ID, else the key. */
  upstreamName?: string;
  /** Owner shown by `/v1/models`. Default: `Envoy AI Gateway`, as the gateway itself says. */
  ownedBy?: string;
  /** Time of creation shown by `/v1/models`, RFC 3339. Default: when the route was made. */
  createdAt?: string;
  /** Host names that the model answers on, at most 16. Given for all public models or for none. Default: any. */
  hostnames?: string[];
  /** Namespace of the model's backend objects, which has to exist. Default: the gateway's own. */
  namespace?: string;
  /** APIs that clients must be able to call on this model; checked. Default: all that its targets share. */
  serves?: ClientEndpoint[];
  /** How long a request may take. */
  timeouts?: TimeoutArgs;
  /** When and how often a request is tried again. */
  retries?: RetryArgs;
  /** Changes to the headers that the provider gets. */
  headers?: HeaderMutationArgs;
  /** Changes to the top-level fields of the body that the provider gets. */
  body?: BodyMutationArgs;
  /** Price of the model. Default: unknown; then no budget in dollars may reach it. */
  price?: ModelPriceArgs;
  /**
   * Longest input in tokens that the model takes, 1 to 1,000,000,000; budgets estimate with it. Default:
   * `vllm.maxModelLen` of a model of your own, else not known.
   */
  contextTokens?: number;
  /**
   * Longest output in tokens, 1 to 1,000,000,000: what a request that names no limit of its own may cost at most.
   * Default: `vllm.maxModelLen` of a model of your own, else not known; budgets then take 4,096, and strict ones
   * refuse the model.
   */
  maxOutputTokens?: number;
  /** Further costs that the gateway reports with each request, by metadata key. */
  requestCosts?: Record<string, RequestCostArgs>;
}
