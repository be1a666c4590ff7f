import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { GpuCluster } from "./cluster/gpuCluster";
import { GatewayInstall } from "./gateway/gatewayInstall";
import { ModelGateway } from "./models/modelGateway";
import { createControllers } from "./platform/controllers";
import { endpointOf, GatewayAddress } from "./platform/gatewayAddress";
import { namedCluster } from "./platform/namedCluster";
import { costSummary } from "./platform/platformCost";
import { sealPlatform } from "./platform/platformMembers";
import { type ResolvedPlatform, resolvePlatform } from "./platform/resolvePlatform";
import type { AiPlatformArgs } from "./platformArgs";
import { managedLabels } from "./shared/manifest";

interface Children {
  readonly cluster: GpuCluster | undefined;
  readonly install: GatewayInstall;
  readonly models: ModelGateway;
}

const childrenOf = new WeakMap<AiPlatform, Children>();

/**
 * A platform for models in one declaration: the cluster and its GPUs, the gateway's controllers, the gateway, the
 * models, who may call them and what it may cost. Without `cluster` it goes to a cluster of your own: pass a Kubernetes
 * provider.
 *
 * @example
 * const platform = new AiPlatform("dev", {
 *   cluster: { purpose: "dev", network, access, pools: { small: { instanceType: "g6.2xlarge", max: 4, capacity: "spot" } } },
 *   models: { "qwen3-1.7b": { vllm: { source: "Qwen/Qwen3-1.7B", pool: "small", maxModelLen: 16_384 } } },
 * });
 * export const { endpoint, kubeconfig } = platform;
 */
export class AiPlatform extends pulumi.ComponentResource {
  /**
   * What clients call, without `/v1`: `https://llm.example.com`. Unknown until the Gateway is made, unless `hostname`
   * is given.
   */
  public readonly endpoint: pulumi.Output<string>;
  /** Host name or IP address of the Gateway's load balancer, for a DNS record. Unknown until the Gateway is made. */
  public readonly address: pulumi.Output<string>;
  /** Kubeconfig of the cluster that was made, as JSON, a secret. Absent with a cluster of your own. */
  public readonly kubeconfig?: pulumi.Output<string>;
  /** Namespace of the Gateway; in it is what `gateway.https` and others name. */
  public readonly namespace: pulumi.Output<string>;
  /** Name of the Gateway. */
  public readonly gatewayName: pulumi.Output<string>;
  /** Names that clients can call, in order of declaration. */
  public readonly modelNames: pulumi.Output<string[]>;
  /** Names of the Secrets, in `namespace`, with the API keys of clients. */
  public readonly keySecretNames: pulumi.Output<string[]>;
  /** The API keys that were made here, a secret, by `name` or `name/version`. */
  public readonly apiKeys: pulumi.Output<Record<string, string>>;

  /** @throws DeclarationError with every problem of the declaration. */
  constructor(name: string, args: AiPlatformArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before super, which sends the arguments to the engine: a refused plain-text secret must not reach the state.
    const sealed = sealPlatform(args);
    const platform = resolvePlatform(name, sealed);
    super("ai-gateway:index:AiPlatform", name, sealed, opts);
    sayWhatMatters(platform, this);
    const cluster = platform.cluster && new GpuCluster(name, platform.cluster.args, { parent: this });
    // All that lives in the cluster is gone before the provider goes, and that before what it was made from.
    const inside = cluster === undefined ? { parent: this } : { parent: this, provider: cluster.provider };
    const install = new GatewayInstall(name, platform.install, inside);
    const controllers = createControllers(name, platform.controllers, inside);
    const namespace = createNamespace(name, platform, inside);
    const address = new GatewayAddress();
    // By the cluster's own output: what is tied to the cluster comes after it, and goes before.
    const declared =
      cluster === undefined ? platform.models : namedCluster(platform.models, cluster.clusterName);
    const models = new ModelGateway(name, declared, {
      ...inside,
      dependsOn: [install, ...(namespace === undefined ? [] : [namespace]), ...controllers],
      transformations: [address.transformation],
    });
    childrenOf.set(this, { cluster, install, models });

    this.address = address.output();
    this.endpoint = endpointOf(platform.plan.gateway, platform.hostname ?? this.address);
    if (cluster !== undefined) {
      this.kubeconfig = cluster.kubeconfig;
    }
    this.namespace = namespace?.metadata.name ?? models.namespace;
    this.gatewayName = models.gatewayName;
    this.modelNames = models.modelNames;
    this.keySecretNames = pulumi.output(keySecretNames(platform));
    this.apiKeys = models.apiKeys;
    this.registerOutputs({
      endpoint: this.endpoint,
      address: this.address,
      kubeconfig: this.kubeconfig,
      namespace: this.namespace,
      gatewayName: this.gatewayName,
      modelNames: this.modelNames,
      keySecretNames: this.keySecretNames,
      apiKeys: this.apiKeys,
    });
  }

  /** The cluster that was made; `undefined` with one of your own. */
  get cluster(): GpuCluster | undefined {
    return childrenOf.get(this)?.cluster;
  }

  /** The Kubernetes provider of the cluster that was made, for everything else that lives there. */
  get provider(): k8s.Provider | undefined {
    return this.cluster?.provider;
  }

  /** What was installed for the gateway, to depend on: cert-manager, definitions, controllers, Redis. */
  get install(): GatewayInstall {
    return children(this).install;
  }

  /** The models and their gateway. */
  get models(): ModelGateway {
    return children(this).models;
  }
}

function children(platform: AiPlatform): Children {
  const found = childrenOf.get(platform);
  if (found === undefined) {
    throw new Error("the platform was not made by its constructor");
  }
  return found;
}

/** Before the models, so that a certificate or a key of the user's can be in it when the Gateway looks for it. */
function createNamespace(
  name: string,
  { createNamespace: isOurs, plan }: ResolvedPlatform,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Namespace | undefined {
  return isOurs
    ? new k8s.core.v1.Namespace(name, { metadata: { name: plan.namespace, labels: managedLabels } }, opts)
    : undefined;
}

/** The preview says what somebody else has to install, and what a month costs. */
function sayWhatMatters({ cluster, controllers, plan }: ResolvedPlatform, resource: pulumi.Resource): void {
  for (const { notice } of controllers.filter(({ install }) => !install)) {
    void pulumi.log.info(notice, resource);
  }
  if (cluster !== undefined) {
    void pulumi.log.info(costSummary(cluster.plan, plan.models), resource);
  }
}

function keySecretNames({ plan }: ResolvedPlatform): pulumi.Input<string>[] {
  const keys = plan.access?.apiKeys;
  return [keys?.make?.name, keys?.existing].filter((secretName) => secretName !== undefined);
}
