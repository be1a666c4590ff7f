import { type MembersOf, requiring } from "../models/memberShapes";
import type {
  ClusterAccessArgs,
  ClusterAccessEntryArgs,
  ClusterNetworkArgs,
  ClusterZoneArgs,
  ExistingNetworkArgs,
  GpuClusterArgs,
  SystemNodesArgs,
} from "./gpuClusterArgs";
import type { HybridNetworksArgs } from "./poolArgs";
import { poolMembers } from "./poolMembers";

const texts = { listOf: "text" } as const;

const zone: MembersOf<ClusterZoneArgs> = { privateCidr: "text", publicCidr: "text" };
const network = requiring<ClusterNetworkArgs>(
  {
    cidr: "text",
    zones: { eachOf: zone },
    controlPlaneZones: texts,
    nat: "text",
    natZone: "text",
    publicSubnets: "flag",
    interfaceEndpoints: "flag",
  },
  "zones",
  "controlPlaneZones",
);
const existingNetwork = requiring<ExistingNetworkArgs>(
  { vpcId: "input", privateSubnetIds: { eachOf: "input" }, controlPlaneZones: texts, cidr: "text" },
  "vpcId",
  "privateSubnetIds",
  "controlPlaneZones",
);
const access = requiring<ClusterAccessArgs>(
  { path: "text", fromCidrs: texts, proxyUrl: "text", roleArn: "input", profileName: "input" },
  "fromCidrs",
);
const accessEntry = requiring<ClusterAccessEntryArgs>(
  { principalArn: "input", policy: "text", namespaces: texts, kubernetesGroups: texts },
  "principalArn",
);
const systemNodes: MembersOf<SystemNodesArgs> = {
  instanceType: "text",
  nodesPerZone: "number",
  zones: texts,
  diskGiB: "number",
};
const hybrid = requiring<HybridNetworksArgs>(
  { nodeCidrs: texts, podCidrs: texts, podMaskSize: "number" },
  "nodeCidrs",
  "podCidrs",
);

/** Every member of `GpuClusterArgs`, and what it must be. */
export const gpuClusterMembers: MembersOf<GpuClusterArgs> = {
  clusterName: "text",
  purpose: "text",
  network,
  existingNetwork,
  access,
  accessEntries: { eachOf: accessEntry },
  compute: "text",
  systemNodes,
  pools: { eachOf: poolMembers },
  certManager: "text",
  hybrid,
  kubernetesVersion: "text",
  addOnVersions: { eachOf: "text" },
  serviceCidr: "text",
  deletionProtection: "flag",
  kmsKeyArn: "input",
  logRetentionDays: "number",
  tags: { eachOf: "input" },
};
