import { ClusterCertManager, type GpuClusterArgs } from "../cluster/gpuClusterArgs";
import type { PoolArgs } from "../cluster/poolArgs";
import { ClusterCompute } from "../cluster/poolPlace";
import { type GatewayArgs, ServiceType } from "../gateway/gatewayArgs";
import { type GatewayInstallArgs, InstallMode } from "../gateway/installArgs";
import type { ModelGatewayArgs } from "../models/modelGatewayArgs";
import type { ModelPoolArgs } from "../models/modelPoolArgs";
import type { AiPlatformArgs } from "../platformArgs";
import { isPlainObject } from "../shared/plainObject";
import { modelMembers } from "./platformMembers";

/** Whether a part is there and an object, for callers without types; what it is otherwise is reported by the part. */
function isGiven(part: unknown): boolean {
  return isPlainObject(part);
}

/**
 * The arguments of the cluster. It installs cert-manager from the beginning: with the first pool that needs it there, it
 * would have to move from the installation, which comes after the pools.
 */
export function clusterArgs(cluster: GpuClusterArgs, { install }: AiPlatformArgs): GpuClusterArgs {
  return !isGiven(cluster) || cluster.certManager !== undefined || hasCertManager(install)
    ? cluster
    : { ...cluster, certManager: ClusterCertManager.Install };
}

/** Whether the installation says something about cert-manager: then it is the installation's own. */
export function hasCertManager(install: GatewayInstallArgs | undefined): boolean {
  return (
    install !== undefined &&
    isGiven(install) &&
    (install.certManager !== undefined ||
      install.namespaces?.certManager !== undefined ||
      install.aiGateway?.webhookSecretName !== undefined)
  );
}

/** The arguments of the installation. */
export function installArgs({ install = {}, release, cluster }: AiPlatformArgs): GatewayInstallArgs {
  if (!isGiven(install)) {
    return install;
  }
  return {
    ...install,
    ...(release === undefined ? {} : { release }),
    ...(cluster === undefined || hasCertManager(install)
      ? {}
      : { certManager: { mode: InstallMode.External } }),
  };
}

/** The arguments of the models. The namespace is the platform's, so that others can put things into it first. */
export function modelArgs(args: AiPlatformArgs): ModelGatewayArgs {
  const given = Object.fromEntries(
    modelMembers.flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])),
  );
  const processor = processorArgs(args);
  const { cluster } = args;
  return {
    ...given,
    models: args.models,
    createNamespace: false,
    ...(processor === undefined ? {} : { processor }),
    ...(cluster !== undefined && isGiven(cluster)
      ? { pools: poolsOf(cluster), gateway: inCluster(args.gateway, cluster) }
      : {}),
  };
}

/** The processor runs beside Envoy, wherever the installation puts that. */
function processorArgs({ processor, install }: AiPlatformArgs): ModelGatewayArgs["processor"] {
  const namespace = isGiven(install) ? install?.namespaces?.envoyGatewaySystem?.name : undefined;
  return namespace === undefined || !isGiven(processor) || processor?.envoyGatewayNamespace !== undefined
    ? processor
    : { ...processor, envoyGatewayNamespace: namespace };
}

/** What is known of a cluster's nodes, as models are told it. */
function poolsOf({ pools }: GpuClusterArgs): Record<string, ModelPoolArgs> {
  const entries = Object.entries(isGiven(pools) ? (pools ?? {}) : {}).flatMap(([name, pool]) =>
    isGiven(pool) ? [[name, modelPool(pool)] as const] : [],
  );
  return Object.fromEntries(entries);
}

function modelPool({ instanceType, accelerator, max, instanceStore, userData }: PoolArgs): ModelPoolArgs {
  // Pods are on the root volume there, whose size is looked at when all is known.
  const isOnRoot = !(instanceStore ?? userData === undefined);
  const numbers = isOnRoot && instanceType !== undefined ? { ...accelerator, nvmeGB: 0 } : accelerator;
  return {
    ...(instanceType === undefined ? {} : { instanceType }),
    ...(numbers === undefined ? {} : { accelerator: numbers }),
    maxNodes: max,
  };
}

const balancerType = "service.beta.kubernetes.io/aws-load-balancer-type";

/**
 * A Network Load Balancer, whose idle time of 350 seconds (AWS Elastic Load Balancing user guide, 2026) suits streams:
 * the Classic one that EKS makes unless told otherwise closes a connection after a minute of silence. EKS Auto Mode has
 * a class of its own and makes none without it.
 */
function inCluster(gateway: GatewayArgs = {}, { compute }: GpuClusterArgs): GatewayArgs {
  const proxy = (isGiven(gateway) ? gateway.proxy : undefined) ?? {};
  if (!isGiven(gateway) || !isGiven(proxy)) {
    return gateway;
  }
  const type = proxy.serviceType ?? ServiceType.LoadBalancer;
  if (type !== ServiceType.LoadBalancer || proxy.loadBalancerClass !== undefined) {
    return gateway;
  }
  return compute === ClusterCompute.AutoMode
    ? { ...gateway, proxy: { ...proxy, loadBalancerClass: "eks.amazonaws.com/nlb" } }
    : { ...gateway, proxy: { ...proxy, annotations: { [balancerType]: "nlb", ...proxy.annotations } } };
}
