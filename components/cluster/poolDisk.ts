import type { Problems } from "../shared/problems";
import type { AcceleratorShape } from "./acceleratorShape";
import { type PoolDiskArgs, poolDefaults } from "./poolArgs";
import { PoolKind, type ResolvedDisk } from "./resolvedPool";

const leastGiB = 100;
const leastThroughput = 600;
/** Operations a second that gp3 asks for with each MiB/s of throughput. */
const iopsPerMiB = 4;

/** How EC2 takes a key: its ARN, its id (several regions: `mrk-`), or an alias. */
const keyPattern =
  /^(arn:aws[a-z-]*:kms:\S+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}|alias\/\S+)$/;

/**
 * What gp3 can do (EC2 API, EbsBlockDevice and ModifyVolume, and AWS EBS user guide, 2026: 3,000 to 80,000 operations a
 * second, up to 2,000 MiB/s), and what the node class of EKS Auto Mode takes of it (August 2026).
 */
const most = {
  general: { size: 65_536, throughput: 2_000, iops: 80_000 },
  autoMode: { size: 59_000, throughput: 1_000, iops: 16_000 },
} as const;

/** Fills in the defaults of a pool's disk, and reports one that is too small, too slow, or that gp3 cannot be. */
export function resolveDisk(
  path: string,
  args: PoolDiskArgs,
  kind: PoolKind,
  shape: AcceleratorShape | undefined,
  problems: Problems,
): ResolvedDisk {
  const disk: ResolvedDisk = {
    size: args.size ?? defaultSize(shape),
    throughput: args.throughput ?? poolDefaults.throughput,
    iops: args.iops ?? poolDefaults.iops,
    kmsKeyId: args.kmsKeyId,
  };
  if (typeof disk.kmsKeyId === "string" && !keyPattern.test(disk.kmsKeyId)) {
    problems.add(
      `${path}.kmsKeyId`,
      `${JSON.stringify(disk.kmsKeyId)} is no key of KMS; give its ARN, its id, or "alias/" and its name`,
    );
  }
  const limits = kind === PoolKind.AutoMode ? most.autoMode : most.general;
  checkRange(
    `${path}.size`,
    disk.size,
    leastGiB,
    limits.size,
    "GiB",
    "images and weights need them",
    problems,
  );
  checkRange(
    `${path}.throughput`,
    disk.throughput,
    leastThroughput,
    limits.throughput,
    "MiB/s",
    "a slower disk makes each start of a model wait for its image",
    problems,
  );
  checkRange(`${path}.iops`, disk.iops, 3_000, limits.iops, "operations a second", "gp3 has them", problems);
  if (disk.throughput > disk.iops / iopsPerMiB) {
    problems.add(
      `${path}.iops`,
      `${disk.iops} is too few for ${disk.throughput} MiB/s; use ${disk.throughput * iopsPerMiB} or more`,
    );
  }
  return disk;
}

/** Weights are never larger than all GPUs of the node, so this holds any model that runs there beside its image. */
function defaultSize(shape: AcceleratorShape | undefined): number {
  const gpuGiB = shape === undefined ? 0 : (shape.gpus * shape.gpuMemoryMiB) / 1024;
  return Math.ceil((poolDefaults.imageGiB + gpuGiB) / 50) * 50;
}

function checkRange(
  path: string,
  value: number,
  from: number,
  to: number,
  unit: string,
  why: string,
  problems: Problems,
): void {
  if (!Number.isInteger(value) || value < from || value > to) {
    const [least, largest] = [from.toLocaleString("en"), to.toLocaleString("en")];
    problems.add(path, `${value} is not a whole number from ${least} to ${largest} ${unit}; ${why}`);
  }
}
