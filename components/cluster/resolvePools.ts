import { checkMembers } from "../models/checkMembers";
import { autoPool } from "../models/vllmArgs";
import { GpuVendor, gpuResources, poolLabel } from "../shared/gpuNodes";
import { isDnsLabel } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import type { AcceleratorShape } from "./acceleratorShape";
import { checkHybridPool } from "./checkHybridPool";
import { checkPool, checkPoolShape } from "./checkPool";
import { PoolAmi, type PoolArgs, poolDefaults, TaintEffect } from "./poolArgs";
import { resolveDisk } from "./poolDisk";
import { poolMembers } from "./poolMembers";
import { ClusterCompute } from "./poolPlace";
import { resolveShape } from "./poolShape";
import { resolveZones } from "./poolZones";
import {
  acceleratorLabel,
  DevicePluginSource,
  devicePluginLabel,
  gpuVendorLabel,
  PoolKind,
  type PoolZone,
  type ResolvedPool,
} from "./resolvedPool";

/** What pools have to know of their cluster before it exists. */
export interface PoolContext {
  /** Name that the Pulumi names of a pool's resources begin with. */
  readonly name: string;
  readonly compute: ClusterCompute;
  /** Names of the zones that the cluster has private subnets in. */
  readonly zones: readonly string[];
  /** Whether the cluster has networks of hybrid hosts. */
  readonly hasHybridNetworks: boolean;
}

/** Longest name of a node group, less the eight characters that Pulumi appends. */
const longestGroupName = 63 - 8;

/** Names that mean something else, as the end of a sentence. */
const reservedNames: Readonly<Record<string, string>> = {
  system: "is the name of the cluster's own nodes",
  [autoPool]: `is what models write for the cheapest pool, so that none could name this one`,
};

/**
 * Fills in the defaults of the cluster's `pools`, and reports all that is wrong. A pool whose nodes are not known is
 * left out; all are while a value is of a type that its member does not take.
 */
export function resolvePools(
  pools: Readonly<Record<string, PoolArgs>>,
  context: PoolContext,
  problems: Problems,
): readonly ResolvedPool[] {
  const path = "pools";
  const before = problems.count;
  checkMembers({ pools }, problems, { pools: { eachOf: poolMembers } });
  if (problems.count > before) {
    return [];
  }
  const resolved = Object.entries(pools).flatMap(([name, args]) => {
    checkName(path, name, context, problems);
    return resolvePool(path, name, args, context, problems) ?? [];
  });
  checkReservations(path, resolved, problems);
  return resolved;
}

/** A reservation is for one instance type in one zone. Ids that are outputs cannot be compared. */
function checkReservations(path: string, pools: readonly ResolvedPool[], problems: Problems): void {
  const first = new Map<string, ResolvedPool>();
  for (const pool of pools) {
    if (typeof pool.reservationId !== "string") {
      continue;
    }
    const other = first.get(pool.reservationId) ?? pool;
    first.set(pool.reservationId, other);
    if (other.shape.name !== pool.shape.name || other.zones[0]?.zone !== pool.zones[0]?.zone) {
      problems.add(
        `${at(path, pool.name)}.reservationId`,
        `"${pool.reservationId}" is the pool "${other.name}"'s too, with another instance type or zone, and a reservation is for one of each; give the id of its own`,
      );
    }
  }
}

function resolvePool(
  pools: string,
  name: string,
  args: PoolArgs,
  context: PoolContext,
  problems: Problems,
): ResolvedPool | undefined {
  const path = at(pools, name);
  const kind = args.hybrid === undefined ? kinds[context.compute] : PoolKind.Hybrid;
  checkPool(path, args, kind, problems);
  checkCompute(path, args, kind, problems);
  if (args.hybrid !== undefined) {
    checkHybridPool(path, args, args.hybrid, context.hasHybridNetworks, problems);
  }
  const shape = resolveShape(pools, name, args, problems);
  const zones = kind === PoolKind.Hybrid ? [] : resolveZones(path, args, context.zones, problems);
  const disk = resolveDisk(`${path}.disk`, args.disk ?? {}, kind, shape, problems);
  if (shape === undefined) {
    return undefined;
  }
  checkPoolShape(path, args, kind, shape, problems);
  return fillIn(name, args, { kind, shape, zones, disk });
}

const kinds: Readonly<Record<ClusterCompute, PoolKind>> = {
  [ClusterCompute.ManagedGroups]: PoolKind.Managed,
  [ClusterCompute.Karpenter]: PoolKind.Karpenter,
  [ClusterCompute.AutoMode]: PoolKind.AutoMode,
};

interface PoolParts {
  readonly kind: PoolKind;
  readonly shape: AcceleratorShape;
  readonly zones: readonly PoolZone[];
  readonly disk: ResolvedPool["disk"];
}

function fillIn(name: string, args: PoolArgs, { kind, shape, zones, disk }: PoolParts): ResolvedPool {
  const ami = args.ami ?? (args.amiId === undefined ? PoolAmi.Al2023Nvidia : PoolAmi.Custom);
  const inImage = kind === PoolKind.AutoMode || ami === PoolAmi.BottlerocketNvidia;
  const devicePlugin = (args.devicePlugin ?? !inImage) ? DevicePluginSource.Chart : DevicePluginSource.Image;
  return {
    name,
    kind,
    shape,
    min: args.min ?? poolDefaults.min,
    max: args.max,
    capacity: args.capacity ?? poolDefaults.capacity,
    reservationId: args.reservationId,
    zones,
    disk,
    instanceStore:
      args.instanceStore ?? (kind !== PoolKind.Hybrid && args.userData === undefined && shape.nvmeGB > 0),
    taints: [
      { key: gpuResources[shape.vendor], value: "true", effect: TaintEffect.NoSchedule },
      ...Object.entries(args.taints ?? {}).map(([key, { value, effect }]) => ({
        key,
        value: value ?? "true",
        effect: effect ?? TaintEffect.NoSchedule,
      })),
    ],
    labels: {
      ...args.labels,
      [poolLabel]: name,
      [gpuVendorLabel]: shape.vendor,
      [devicePluginLabel]: devicePlugin,
      ...(kind === PoolKind.Managed ? { [acceleratorLabel]: gpuLabel(shape) } : {}),
    },
    ami,
    amiId: args.amiId,
    amiRelease: args.amiRelease,
    userData: args.userData,
    efa: args.efa ?? false,
    nodeRepair: args.nodeRepair ?? true,
    devicePlugin,
    hybrid: args.hybrid && {
      credentials: args.hybrid.credentials,
      activationExpires: args.hybrid.activationExpires,
      privateCaArn: args.hybrid.privateCaArn,
      caCertificate: args.hybrid.caCertificate,
      hosts: args.hybrid.hosts ?? [],
    },
  };
}

/** The GPU as a label's value: "nvidia-rtx-pro-6000". */
function gpuLabel({ vendor, gpu }: AcceleratorShape): string {
  const readable = gpu.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return `${vendor === GpuVendor.Amd ? "amd" : "nvidia"}-${readable}`.slice(0, 63).replace(/-+$/, "");
}

/** Settings that only some makers of nodes take. */
function checkCompute(path: string, args: PoolArgs, kind: PoolKind, problems: Problems): void {
  if (kind !== PoolKind.Managed && kind !== PoolKind.Hybrid && args.nodeRepair !== undefined) {
    problems.add(`${path}.nodeRepair`, "is a setting of managed node groups; leave it out");
  }
  if (kind === PoolKind.AutoMode) {
    for (const member of ["ami", "amiId", "amiRelease", "userData", "instanceStore"] as const) {
      if (args[member] !== undefined) {
        problems.add(`${path}.${member}`, "is chosen by EKS Auto Mode; leave it out");
      }
    }
  }
}

function checkName(pools: string, name: string, context: PoolContext, problems: Problems): void {
  if (!isDnsLabel(name)) {
    problems.add(
      at(pools, name),
      'is no name of a pool; use lower-case letters, digits and "-", with a letter or digit at both ends',
    );
  }
  const meaning = Object.hasOwn(reservedNames, name) ? reservedNames[name] : undefined;
  if (meaning !== undefined) {
    problems.add(at(pools, name), `${meaning}; choose another one`);
  }
  const zone = context.zones.reduce((longest, each) => (each.length > longest.length ? each : longest), "");
  const length = `${context.name}-${name}-${zone}`.length;
  if (length > longestGroupName) {
    problems.add(
      at(pools, name),
      `makes the names of node groups ${length + 8} characters long and EKS takes 63; shorten it by ${length - longestGroupName}`,
    );
  }
}
