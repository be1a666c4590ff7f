import type { Input } from "@pulumi/pulumi";
import type { AcceleratorShape } from "./acceleratorShape";
import { gibOf, podDisk } from "./podDisk";
import type { HybridCredentials, PoolAmi, PoolCapacity, TaintEffect } from "./poolArgs";

/** Who makes the nodes of a pool. */
export const PoolKind = {
  Managed: "managed",
  Karpenter: "karpenter",
  AutoMode: "auto-mode",
  Hybrid: "hybrid",
} as const;
export type PoolKind = (typeof PoolKind)[keyof typeof PoolKind];

/** A `PoolArgs` with every default filled in. */
export interface ResolvedPool {
  readonly name: string;
  readonly kind: PoolKind;
  readonly shape: AcceleratorShape;
  readonly min: number;
  readonly max: number;
  readonly capacity: PoolCapacity;
  readonly reservationId: Input<string> | undefined;
  /** In order of name; empty for hybrid hosts. */
  readonly zones: readonly PoolZone[];
  readonly disk: ResolvedDisk;
  readonly instanceStore: boolean;
  readonly taints: readonly ResolvedTaint[];
  /** All labels of the nodes, those of this package too. */
  readonly labels: Readonly<Record<string, string>>;
  readonly ami: PoolAmi;
  readonly amiId: Input<string> | undefined;
  readonly amiRelease: string | undefined;
  readonly userData: Input<string> | undefined;
  readonly efa: boolean;
  readonly nodeRepair: boolean;
  readonly devicePlugin: DevicePluginSource;
  readonly hybrid: ResolvedHybridPool | undefined;
}

/** A zone's share of a pool. */
export interface PoolZone {
  readonly zone: string;
  readonly min: number;
  readonly max: number;
}

export interface ResolvedDisk {
  /** GiB. */
  readonly size: number;
  /** MiB/s. */
  readonly throughput: number;
  readonly iops: number;
  readonly kmsKeyId: Input<string> | undefined;
}

export interface ResolvedTaint {
  readonly key: string;
  readonly value: string;
  readonly effect: TaintEffect;
}

export interface ResolvedHybridPool {
  readonly credentials: HybridCredentials;
  readonly activationExpires: string | undefined;
  readonly privateCaArn: Input<string> | undefined;
  readonly caCertificate: Input<string> | undefined;
  readonly hosts: readonly string[];
}

/** Where the device plugin of a pool's nodes comes from. Also the value of the label `devicePluginLabel`. */
export const DevicePluginSource = { Chart: "chart", Image: "image" } as const;
export type DevicePluginSource = (typeof DevicePluginSource)[keyof typeof DevicePluginSource];

/** Label of nodes: the maker of their GPUs. */
export const gpuVendorLabel = "ai-gateway/gpu-vendor";
/** Label of nodes: whether the device plugin is installed for them ("chart") or part of their image ("image"). */
export const devicePluginLabel = "ai-gateway/device-plugin";
/** Label by which the Cluster Autoscaler knows that a node without GPUs is one whose plugin has not started yet. */
export const acceleratorLabel = "k8s.amazonaws.com/accelerator";

/** Extended resource of EFA's interfaces. */
export const efaResource = "vpc.amazonaws.com/efa";

/** Whether an autoscaler decides how many nodes a pool has. */
export function isAutoscaled({ min, max }: Pick<ResolvedPool, "min" | "max">): boolean {
  return min < max;
}

/** What a node leaves to pods of its disk, in GiB. Not for hybrid hosts, of whose disks nobody has told. */
export function ephemeralGiB({ disk, instanceStore, shape }: ResolvedPool): number {
  return podDisk(instanceStore ? gibOf(shape.nvmeGB) : disk.size);
}
