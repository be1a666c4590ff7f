import { ApiPath } from "./gpuClusterArgs";
import type { ResolvedClusterAccess } from "./resolvedGpuCluster";

/** What the preview says about the way to the API server. */
export interface AccessNotice {
  readonly message: string;
  /** Whether it is a warning: the API server can be reached from outside. */
  readonly warning: boolean;
}

/** What the choice of `access` means, for whoever reads the preview. */
export function accessNotice(clusterName: string, access: ResolvedClusterAccess): AccessNotice {
  const networks = access.fromCidrs.join(", ");
  const subject = `The API server of the cluster "${clusterName}"`;
  switch (access.path) {
    case ApiPath.Public:
      return {
        warning: true,
        message: `${subject} answers on the internet, to ${networks} only. \`pulumi up\` has to come from there.`,
      };
    case ApiPath.Proxy:
      return {
        warning: false,
        message:
          `${subject} answers inside its VPC only. \`pulumi up\` reaches it through the proxy ` +
          `${access.proxyUrl}, which must run before every preview and update, and call from ${networks}.`,
      };
    case ApiPath.Vpc:
      return {
        warning: false,
        message:
          `${subject} answers inside its VPC only, to ${networks}. From anywhere else \`pulumi up\` makes the ` +
          `control plane and then fails at the first Kubernetes object with "cluster unreachable".`,
      };
  }
}

interface KubeconfigCluster {
  readonly cluster?: object;
}

/** A kubeconfig (JSON) whose clusters are reached through a proxy. */
export function withProxy(kubeconfig: string, proxyUrl: string): string {
  const config = JSON.parse(kubeconfig) as { readonly clusters?: readonly KubeconfigCluster[] };
  const clusters = (config.clusters ?? []).map((each) => ({
    ...each,
    cluster: { ...each.cluster, "proxy-url": proxyUrl },
  }));
  return JSON.stringify({ ...config, clusters });
}
