import type { Input } from "@pulumi/pulumi";
import type { AccessArgs } from "./budgets/accessArgs";
import type { BudgetArgs } from "./budgets/budgetArgs";
import type { ProcessorArgs } from "./budgets/processorArgs";
import type { QuotaServiceArgs } from "./budgets/quotaArgs";
import type { GpuClusterArgs } from "./cluster/gpuClusterArgs";
import type { GatewayArgs } from "./gateway/gatewayArgs";
import type { GatewayInstallArgs, InstallMode } from "./gateway/installArgs";
import type { ReleaseSet } from "./gateway/releases";
import type { CredentialArgs } from "./models/credentialArgs";
import type { ModelArgs } from "./models/modelArgs";
import type { ModelPoolArgs } from "./models/modelPoolArgs";
import type { RetryArgs, TimeoutArgs } from "./models/trafficArgs";

/** Who installs what some models need beside the gateway. Nothing is installed that no model needs. */
export interface PlatformControllersArgs {
  /**
   * KEDA, for models that it scales (`vllm.autoscaling`): "install" or "external", which is somebody else. Default:
   * "install" with `cluster`, else "external".
   */
  keda?: InstallMode;
  /** The LeaderWorkerSet controller, for models on several nodes (`vllm.nodes`). Default: as of `keda`. */
  leaderWorkerSet?: InstallMode;
}

/** A platform for models: the cluster, what it needs to have a gateway, and the models. */
export interface AiPlatformArgs {
  // Where it runs
  /**
   * The cluster to make. Default: the one that the component's Kubernetes provider reaches, or the one that the current
   * kubeconfig names.
   */
  cluster?: GpuClusterArgs;
  /**
   * Without `cluster`: what the nodes of pools offer, by the name that models give as `vllm.pool`, so that models are
   * checked against them. Default: not known, and nothing is checked.
   */
  pools?: Record<string, ModelPoolArgs>;
  /**
   * How controllers, definitions and Redis come into the cluster. Default: all are installed; with `cluster` that one
   * installs cert-manager, unless something is said about it here.
   */
  install?: GatewayInstallArgs;
  /** Who installs KEDA and the LeaderWorkerSet controller, where models need them. */
  controllers?: PlatformControllersArgs;
  /** Release set of everything inside the cluster. Default: `1.1`. */
  release?: ReleaseSet;
  /** Namespace of the Gateway and, unless a model says otherwise, of the models. Default: `ai-gateway`. */
  namespace?: string;
  /** Whether this namespace is made here; those that models name have to exist. Default: true. */
  createNamespace?: boolean;

  // What runs
  /** Models by the name that clients call them by, for example `Qwen/Qwen3-1.7B`. */
  models: Record<string, ModelArgs>;
  /** Credentials that models share, by name. Default: none. */
  credentials?: Record<string, CredentialArgs>;
  /** Time limits of models that name none of their own. */
  timeouts?: TimeoutArgs;
  /** Retries of models that name none of their own. */
  retries?: RetryArgs;

  // How it is called
  /** The Gateway, its listeners and its Envoy pods. In a `cluster` its load balancer is a Network Load Balancer. */
  gateway?: GatewayArgs;
  /**
   * Host name that clients call, whose DNS record (to the output `address`) is yours. Only the output `endpoint` depends
   * on it. Default: the address of the Gateway.
   */
  hostname?: Input<string>;

  // Who may call, and what it may cost
  /** Who may call, and what is known of each caller. Default: everybody who reaches the gateway. */
  access?: AccessArgs;
  /** What may be spent, by the name that refusals, warnings and metrics call it. Default: no budgets. */
  budgets?: Record<string, BudgetArgs>;
  /** The budget processor. With budgets its `image` or `build` is needed. */
  processor?: ProcessorArgs;
  /** The rate limit service behind budgets with `enforcedBy: "gateway"`. */
  quotas?: QuotaServiceArgs;
}
