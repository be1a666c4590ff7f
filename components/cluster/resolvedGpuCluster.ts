import type { Input } from "@pulumi/pulumi";
import type { EksAddOnVersions } from "../gateway/releases";
import type { AccessPolicy, ApiPath, ClusterCertManager } from "./gpuClusterArgs";
import type { ResolvedHybridNetworks } from "./hybridNetworks";
import type { ClusterCompute } from "./poolPlace";
import type { ResolvedPool } from "./resolvedPool";
import type { ResolvedNetwork } from "./resolveNetwork";

/** How the API server is reached. */
export interface ResolvedClusterAccess {
  readonly path: ApiPath;
  readonly fromCidrs: readonly string[];
  readonly proxyUrl: string | undefined;
  readonly roleArn: Input<string> | undefined;
  readonly profileName: Input<string> | undefined;
}

export interface ResolvedAccessEntry {
  readonly key: string;
  readonly principalArn: Input<string>;
  readonly policy: AccessPolicy | undefined;
  /** Empty for all. */
  readonly namespaces: readonly string[];
  readonly kubernetesGroups: readonly string[];
}

export interface ResolvedSystemNodes {
  readonly instanceType: string;
  readonly amiType: string;
  readonly nodesPerZone: number;
  readonly zones: readonly string[];
  readonly diskGiB: number;
}

/** A `GpuCluster` with every default filled in. */
export interface ResolvedGpuCluster {
  readonly name: string;
  readonly clusterName: string;
  readonly partition: string;
  readonly network: ResolvedNetwork;
  readonly access: ResolvedClusterAccess;
  readonly accessEntries: readonly ResolvedAccessEntry[];
  readonly compute: ClusterCompute;
  /** `undefined` with Auto Mode. */
  readonly systemNodes: ResolvedSystemNodes | undefined;
  readonly pools: readonly ResolvedPool[];
  /** `undefined`: with the first pool that needs it. */
  readonly certManager: ClusterCertManager | undefined;
  readonly hybrid: ResolvedHybridNetworks | undefined;
  readonly kubernetesVersion: string;
  readonly addOns: EksAddOnVersions;
  readonly serviceCidr: string;
  readonly deletionProtection: boolean;
  readonly kmsKeyArn: Input<string> | undefined;
  readonly logRetentionDays: number;
  readonly tags: Readonly<Record<string, Input<string>>>;
}
