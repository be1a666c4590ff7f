import type { AccessArgs } from "../budgets/accessArgs";
import type { BudgetArgs } from "../budgets/budgetArgs";
import type { ProcessorArgs } from "../budgets/processorArgs";
import type { QuotaServiceArgs } from "../budgets/quotaArgs";
import type { GatewayArgs } from "../gateway/gatewayArgs";
import type { ReleaseSet } from "../gateway/releases";
import type { CredentialArgs } from "./credentialArgs";
import type { ModelArgs } from "./modelArgs";
import type { ModelPoolArgs } from "./modelPoolArgs";
import type { Target } from "./resolved";
import type { RetryArgs, TimeoutArgs } from "./trafficArgs";

/** Models, and the gateway that answers for them. */
export interface ModelGatewayArgs {
  /** Models by the name that clients call them by, for example `Qwen/Qwen3-1.7B`. */
  models: Record<string, ModelArgs>;
  /**
   * What the nodes of pools offer, by the name that models give as `vllm.pool`: then models are checked against them.
   * `AiPlatform` knows it by itself. Default: not known, and nothing is checked.
   */
  pools?: Record<string, ModelPoolArgs>;
  /** Credentials that models share, by name. Default: none. */
  credentials?: Record<string, CredentialArgs>;
  /** The Gateway, its listeners and its Envoy pods. */
  gateway?: GatewayArgs;
  /** Namespace of the Gateway and, unless a model says otherwise, of the models. Default: `ai-gateway`. */
  namespace?: string;
  /** Whether this namespace is made here; those that models name have to exist. Default: true. */
  createNamespace?: boolean;
  /** Release set that the cluster runs; decides which fields exist. Default: `1.1`. */
  release?: ReleaseSet;
  /** Time limits of models that name none of their own. */
  timeouts?: TimeoutArgs;
  /** Retries of models that name none of their own. */
  retries?: RetryArgs;
  /** Who may call, and what is known of each caller. Default: everybody who reaches the gateway. */
  access?: AccessArgs;
  /** What may be spent, by the name that refusals, warnings and metrics call it. Default: no budgets. */
  budgets?: Record<string, BudgetArgs>;
  /** The budget processor. In a cluster its image is needed; on a laptop `ai-gateway local` runs it. */
  processor?: ProcessorArgs;
  /** The rate limit service behind budgets with `enforcedBy: "gateway"`. */
  quotas?: QuotaServiceArgs;
  /**
   * Where the declaration is carried out: `cluster`, or `local` for files that the standalone gateway of a
   * laptop takes. Default: `cluster`.
   */
  target?: Target;
  /** Settings of local mode; `ai-gateway local` fills them in. */
  local?: LocalArgs;
}

/** How local mode replaces what a laptop does not have. */
export interface LocalArgs {
  /** Port that the gateway listens on, 1024 to 65535. Default: 1975. */
  port?: number;
  /** Address that callers may come from: `127.0.0.1` for this machine alone, `0.0.0.0` for all. Default: `127.0.0.1`. */
  host?: string;
  /** File that the access log is written to. Default: `/dev/stdout`. */
  accessLog?: string;
  /** Port of this machine that the budget processor listens on. Default: 9002. */
  processorPort?: number;
  /** Simulated engines by model. Default: a port on this machine that follows from the model's name. */
  engines?: Record<string, string>;
  /** Real OpenAI-compatible endpoints by model, for example `http://localhost:11434/v1`. Default: none. */
  upstreams?: Record<string, string>;
  /** Models whose provider answers for real, with a key from the environment. Default: none. */
  real?: string[];
}
