import { GpuVendor, gpuResources } from "../shared/gpuNodes";
import type { Problems } from "../shared/problems";
import type { AcceleratorShape } from "./acceleratorShape";
import { acceleratorNamed } from "./accelerators";
import { checkLabels, checkTaintKey, checkValue } from "./labelSyntax";
import { PoolAmi, type PoolArgs, PoolCapacity, TaintEffect } from "./poolArgs";
import { isReservation } from "./poolZones";
import { PoolKind } from "./resolvedPool";

const mostNodes = 1_000;

/** Checks of what a pool says, without what its nodes offer. */
export function checkPool(path: string, args: PoolArgs, kind: PoolKind, problems: Problems): void {
  checkEnum(`${path}.capacity`, args.capacity, Object.values(PoolCapacity), problems);
  checkEnum(`${path}.ami`, args.ami, Object.values(PoolAmi), problems);
  checkSize(path, args, kind, problems);
  checkCapacity(path, args, problems);
  checkImage(path, args, kind, problems);
  checkLabels(`${path}.labels`, args.labels ?? {}, problems);
  checkTaints(path, args, problems);
}

/** Checks that need to know what the nodes offer. */
export function checkPoolShape(
  path: string,
  args: PoolArgs,
  kind: PoolKind,
  shape: AcceleratorShape,
  problems: Problems,
): void {
  if (kind === PoolKind.Hybrid) {
    return;
  }
  const type = args.instanceType ?? shape.name;
  if (args.efa === true && shape.efaInterfaces === 0) {
    problems.add(`${path}.efa`, `"${type}" has no interface of EFA; leave it out or use a larger type`);
  }
  if (args.instanceStore === true && shape.nvmeGB === 0) {
    problems.add(`${path}.instanceStore`, `"${type}" has no NVMe disk of its own; leave it out`);
  }
  if (shape.vendor === GpuVendor.Amd && args.amiId === undefined) {
    const remedy =
      kind === PoolKind.AutoMode
        ? "EKS Auto Mode takes no other image; use a cluster with managed groups or Karpenter"
        : "give amiId, an image of your own with AMD's driver, or declare hybrid hosts";
    const image = args.ami ?? "the image of EKS";
    problems.add(`${path}.ami`, `${image} has no driver for the ${shape.gpu} of "${type}"; ${remedy}`);
  }
  const capacity = args.capacity ?? PoolCapacity.OnDemand;
  const listed = acceleratorNamed(type) !== undefined;
  if (listed && shape.usdPerHour === undefined && !isReservation(capacity)) {
    problems.add(
      `${path}.capacity`,
      `"${type}" is not sold by the hour; use "capacity-block" with a block that was bought`,
    );
  }
}

function checkSize(path: string, { min = 0, max }: PoolArgs, kind: PoolKind, problems: Problems): void {
  if (!Number.isInteger(min) || min < 0 || min > mostNodes) {
    problems.add(`${path}.min`, `${min} is not a whole number from 0 to 1,000`);
  }
  if (!Number.isInteger(max) || max < 1 || max > mostNodes) {
    problems.add(
      `${path}.max`,
      `${max} is not a whole number from 1 to 1,000; a pool that may grow from none needs room for one node`,
    );
  } else if (min > max) {
    problems.add(`${path}.min`, `${min} is more than max, ${max}; lower it or raise max`);
  }
  if (min > 0 && kind === PoolKind.Hybrid) {
    problems.add(`${path}.min`, `${min} cannot be had: hybrid hosts join by themselves; leave it out`);
  } else if (min > 0 && kind !== PoolKind.Managed) {
    problems.add(
      `${path}.min`,
      `${min} cannot be had where nodes follow pods (compute "${kind}"); leave it out: the replicas of a model keep their nodes`,
    );
  }
}

function checkCapacity(path: string, args: PoolArgs, problems: Problems): void {
  const capacity = args.capacity ?? PoolCapacity.OnDemand;
  const { reservationId } = args;
  if (isReservation(capacity) && reservationId === undefined) {
    problems.add(
      `${path}.reservationId`,
      `is missing with capacity "${capacity}"; give the id of the reservation, cr-...`,
    );
  }
  if (!isReservation(capacity) && reservationId !== undefined) {
    problems.add(
      `${path}.reservationId`,
      `is not used with capacity "${capacity}"; use "reserved" or "capacity-block", or leave it out`,
    );
  }
  if (typeof reservationId === "string" && !/^cr-[0-9a-f]{8,17}$/.test(reservationId)) {
    problems.add(
      `${path}.reservationId`,
      `${JSON.stringify(reservationId)} is no id of a reservation, cr-...`,
    );
  }
  if (capacity === PoolCapacity.CapacityBlock && (args.min ?? 0) > 0) {
    problems.add(
      `${path}.min`,
      `${args.min} nodes cannot start before the block does; leave it out, and the autoscaler starts them when it has`,
    );
  }
}

function checkImage(path: string, args: PoolArgs, kind: PoolKind, problems: Problems): void {
  const { ami, amiId, amiRelease, userData, devicePlugin } = args;
  const stock = ami !== undefined && ami !== PoolAmi.Custom;
  if (ami === PoolAmi.Custom && amiId === undefined) {
    problems.add(`${path}.amiId`, 'is missing with ami "CUSTOM"; give it, or leave ami out');
  }
  if (amiId !== undefined && stock) {
    problems.add(`${path}.amiId`, `is not used with ami "${ami}"; leave one of the two out`);
  }
  if (typeof amiId === "string" && !/^ami-[0-9a-f]{8,17}$/.test(amiId)) {
    problems.add(`${path}.amiId`, `${JSON.stringify(amiId)} is no id of an image, ami-...`);
  }
  if (amiRelease !== undefined && (amiId !== undefined || !/^[\w.-]{1,64}$/.test(amiRelease))) {
    problems.add(
      `${path}.amiRelease`,
      amiId === undefined
        ? `${JSON.stringify(amiRelease)} is no release of an image, such as "1.35.2-20261105"`
        : "is not used with amiId; leave it out",
    );
  }
  if (userData !== undefined && amiId === undefined) {
    problems.add(
      `${path}.userData`,
      "is used with amiId only, since EKS writes that of its images; leave it out",
    );
  }
  const own = ami === PoolAmi.BottlerocketNvidia ? "Bottlerocket" : "EKS Auto Mode";
  if (devicePlugin === true && (ami === PoolAmi.BottlerocketNvidia || kind === PoolKind.AutoMode)) {
    problems.add(
      `${path}.devicePlugin`,
      `is part of ${own}, and a second one would hand out each GPU twice; leave it out`,
    );
  }
}

function checkTaints(path: string, { taints = {} }: PoolArgs, problems: Problems): void {
  for (const [key, { value, effect }] of Object.entries(taints)) {
    const at = `${path}.taints[${JSON.stringify(key)}]`;
    checkTaintKey(at, key, problems);
    checkValue(`${at}.value`, value ?? "true", problems);
    checkEnum(`${at}.effect`, effect, Object.values(TaintEffect), problems);
    if (Object.values(gpuResources).includes(key)) {
      problems.add(at, "is set by this package for every node with such GPUs; leave it out");
    }
  }
}

/** Reports a value that is none of an enum's. */
export function checkEnum(
  path: string,
  value: string | undefined,
  known: readonly string[],
  problems: Problems,
): void {
  if (value !== undefined && !known.includes(value)) {
    const names = known.map((each) => `"${each}"`).join(", ");
    problems.add(path, `${JSON.stringify(value)} is not known; use one of ${names}`);
  }
}
