import type { HelmValues } from "../gateway/installArgs";
import type { ResolvedHybridNetworks } from "./hybridNetworks";

/** Label that EKS gives to hosts outside AWS. */
const computeTypeLabel = "eks.amazonaws.com/compute-type";

const onHybridNodes = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        { matchExpressions: [{ key: computeTypeLabel, operator: "In", values: ["hybrid"] }] },
      ],
    },
  },
};

/** Cilium on hybrid hosts only, as AWS supports it (AWS EKS user guide, 2026): in AWS the VPC's own network does it. */
export function ciliumValues({ podCidrs, podMaskSize }: ResolvedHybridNetworks): HelmValues {
  return {
    affinity: onHybridNodes,
    ipam: {
      mode: "cluster-pool",
      operator: { clusterPoolIPv4MaskSize: podMaskSize, clusterPoolIPv4PodCIDRList: [...podCidrs] },
    },
    loadBalancer: { serviceTopology: true },
    // It would restart pods of nodes in AWS, whose network is not its own.
    operator: { affinity: onHybridNodes, unmanagedPodWatcher: { restart: false } },
    envoy: { enabled: false },
    kubeProxyReplacement: "false",
  };
}
