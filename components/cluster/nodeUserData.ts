import { all, type Input, type Output, output } from "@pulumi/pulumi";
import { stringify } from "yaml";
import { mapInput } from "../shared/mapInput";
import { PoolAmi } from "./poolArgs";
import type { ResolvedPool } from "./resolvedPool";

/** How a node finds its cluster, for images to which EKS does not tell it. */
export interface ClusterConnection {
  readonly name: string;
  readonly endpoint: string;
  /** In base64. */
  readonly certificateAuthority: string;
  readonly serviceCidr: string;
}

/** Stripes the local NVMe disks and puts images, pod volumes and logs there (Bottlerocket documentation, 2026). */
const bottlerocketInstanceStore = `[settings.bootstrap-commands.k8s-ephemeral-storage]
commands = [
  ["apiclient", "ephemeral-storage", "init"],
  ["apiclient", "ephemeral-storage", "bind", "--dirs", "/var/lib/containerd", "/var/lib/kubelet", "/var/log/pods"],
]
essential = true
mode = "always"
`;

/** Whether the user data of a pool's nodes has to say where the cluster is. */
export function needsConnection({ amiId, userData }: ResolvedPool): boolean {
  return amiId !== undefined && userData === undefined;
}

/**
 * The user data of a pool's nodes in base64, beyond what EKS merges into it; `undefined` for none.
 * `connection`: needed where `needsConnection` says so.
 */
export function nodeUserData(
  pool: ResolvedPool,
  connection: Output<ClusterConnection> | undefined,
): Input<string> | undefined {
  if (pool.userData !== undefined) {
    return mapInput(pool.userData, base64);
  }
  if (needsConnection(pool)) {
    return connection?.apply((cluster) => base64(multipart(nodeConfig(pool, cluster))));
  }
  if (!pool.instanceStore) {
    return undefined;
  }
  return base64(
    pool.ami === PoolAmi.BottlerocketNvidia
      ? bottlerocketInstanceStore
      : multipart(nodeConfig(pool, undefined)),
  );
}

/** Configuration of Amazon Linux 2023's `nodeadm`. */
function nodeConfig(pool: ResolvedPool, cluster: ClusterConnection | undefined): object {
  return {
    apiVersion: "node.eks.aws/v1alpha1",
    kind: "NodeConfig",
    spec: {
      ...(cluster && {
        cluster: {
          name: cluster.name,
          apiServerEndpoint: cluster.endpoint,
          certificateAuthority: cluster.certificateAuthority,
          cidr: cluster.serviceCidr,
        },
        kubelet: { flags: kubeletFlags(pool) },
      }),
      ...(pool.instanceStore && { instance: { localStorage: { strategy: "RAID0" } } }),
    },
  };
}

/** Flags by which a node labels and taints itself before its first pod: nobody else does it in time. */
export function kubeletFlags({ labels, taints }: ResolvedPool): readonly string[] {
  const labelList = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const taintList = taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`);
  return [`--node-labels=${labelList.join(",")}`, `--register-with-taints=${taintList.join(",")}`];
}

function multipart(config: object): string {
  return [
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="//"',
    "",
    "--//",
    "Content-Type: application/node.eks.aws",
    "",
    "---",
    stringify(config, { lineWidth: 0 }).trimEnd(),
    "",
    "--//--",
    "",
  ].join("\n");
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The connection of a cluster from what EKS says about it. */
export function clusterConnection(
  name: Input<string>,
  described: Output<{
    readonly endpoint: string;
    readonly certificateAuthorities: readonly { readonly data: string }[];
    readonly kubernetesNetworkConfigs: readonly { readonly serviceIpv4Cidr: string }[];
  }>,
): Output<ClusterConnection> {
  return all([output(name), described]).apply(([cluster, { endpoint, ...lists }]) => ({
    name: cluster,
    endpoint,
    certificateAuthority: lists.certificateAuthorities[0]?.data ?? "",
    serviceCidr: lists.kubernetesNetworkConfigs[0]?.serviceIpv4Cidr ?? "",
  }));
}
