import type { EksAddOnVersions } from "../gateway/releases";
import { ClusterCompute } from "./poolPlace";
import type { ResolvedGpuCluster } from "./resolvedGpuCluster";

/** When an add-on is made: nodes need some to become ready, and others need nodes to run on. */
export const AddOnStage = { BeforeNodes: "before-nodes", AfterNodes: "after-nodes" } as const;
export type AddOnStage = (typeof AddOnStage)[keyof typeof AddOnStage];

/** The service account of an add-on, and the policy of AWS that it works with. */
export interface AddOnIdentity {
  readonly serviceAccount: string;
  /** Path below "policy/". */
  readonly policy: string;
}

/** An add-on of EKS as it is made. */
export interface AddOnPlan {
  readonly name: keyof EksAddOnVersions;
  readonly version: string;
  readonly stage: AddOnStage;
  /** Empty for none. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly identity: AddOnIdentity | undefined;
}

type Kind = Omit<AddOnPlan, "version">;

const { BeforeNodes, AfterNodes } = AddOnStage;

/**
 * DNS, drivers' controllers and metrics run on nodes, so AWS calls these add-ons degraded until there is one. The
 * others are daemons, which are well without nodes; and without the network plugin no node becomes ready.
 */
const kinds: readonly Kind[] = [
  {
    name: "vpc-cni",
    stage: BeforeNodes,
    // NetworkPolicies, such as those of the budget processor, do nothing without it.
    configuration: { enableNetworkPolicy: "true" },
    identity: { serviceAccount: "aws-node", policy: "AmazonEKS_CNI_Policy" },
  },
  { name: "kube-proxy", stage: BeforeNodes, configuration: {}, identity: undefined },
  { name: "eks-pod-identity-agent", stage: BeforeNodes, configuration: {}, identity: undefined },
  { name: "coredns", stage: AfterNodes, configuration: {}, identity: undefined },
  {
    name: "aws-ebs-csi-driver",
    stage: AfterNodes,
    configuration: {},
    identity: {
      serviceAccount: "ebs-csi-controller-sa",
      policy: "service-role/AmazonEBSCSIDriverPolicy",
    },
  },
  { name: "eks-node-monitoring-agent", stage: AfterNodes, configuration: {}, identity: undefined },
  { name: "metrics-server", stage: AfterNodes, configuration: {}, identity: undefined },
];

/** On hosts outside AWS the agent of pod identity is a daemon of its own. */
const hybridConfiguration: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "eks-pod-identity-agent": { daemonsets: { hybrid: { create: true } } },
};

/** The add-ons of a cluster. EKS Auto Mode has all but metrics built in. */
export function addOnPlans({
  addOns,
  compute,
  hybrid,
}: Pick<ResolvedGpuCluster, "addOns" | "compute" | "hybrid">): readonly AddOnPlan[] {
  const used = compute === ClusterCompute.AutoMode ? kinds.slice(-1) : kinds;
  return used.map((kind) => ({
    ...kind,
    version: addOns[kind.name],
    configuration:
      hybrid === undefined
        ? kind.configuration
        : { ...kind.configuration, ...hybridConfiguration[kind.name] },
  }));
}
