import { checkTwice } from "../shared/checkTwice";
import type { Problems } from "../shared/problems";
import { type PoolArgs, PoolCapacity } from "./poolArgs";
import type { PoolZone } from "./resolvedPool";

/**
 * The zones of a pool with their shares. A node group for each zone, since the Cluster Autoscaler takes the nodes of
 * a group for equal, and an Auto Scaling group over zones moves nodes to even them out, running models or not.
 */
export function resolveZones(
  path: string,
  args: PoolArgs,
  known: readonly string[],
  problems: Problems,
): readonly PoolZone[] {
  const zones = args.zones ?? defaultZones(args, known);
  checkTwice(`${path}.zones`, zones, problems);
  for (const zone of zones) {
    if (!known.includes(zone)) {
      problems.add(
        `${path}.zones`,
        `${JSON.stringify(zone)} is no zone of the cluster; use ${known.map((each) => `"${each}"`).join(", ")}`,
      );
    }
  }
  checkNumber(path, args, zones, problems);
  const sorted = [...zones].sort();
  return sorted.map((zone, index) => ({
    zone,
    min: share(args.min ?? 0, sorted.length, index),
    max: share(args.max, sorted.length, index),
  }));
}

function checkNumber(path: string, args: PoolArgs, zones: readonly string[], problems: Problems): void {
  if (zones.length === 0) {
    problems.add(`${path}.zones`, "is empty; name a zone or leave it out");
  }
  if (args.zones !== undefined && zones.length > args.max) {
    problems.add(
      `${path}.zones`,
      `names ${zones.length} zones and max is ${args.max}, so some would never have a node; name ${args.max} or raise max`,
    );
  }
  if (zones.length > 1 && isReservation(args.capacity ?? PoolCapacity.OnDemand)) {
    const fault = args.zones === undefined ? "is missing" : `names ${zones.length} zones`;
    problems.add(
      `${path}.zones`,
      `${fault}, and a reservation is in one zone; name it, and declare a pool for each further reservation`,
    );
  }
  if (zones.length > 1 && args.efa === true) {
    problems.add(
      `${path}.zones`,
      `names ${zones.length} zones and interfaces of EFA reach only their own; name one, and declare a pool for each zone`,
    );
  }
}

/** A reservation's zone cannot be guessed: all of them, which is one too many unless the cluster has one zone. */
function defaultZones(args: PoolArgs, known: readonly string[]): readonly string[] {
  // A max that is no number is reported where it stands.
  const most = args.efa === true || Number.isNaN(args.max) ? 1 : args.max;
  return isReservation(args.capacity ?? PoolCapacity.OnDemand)
    ? known
    : [...known].sort().slice(0, Math.max(1, most));
}

export function isReservation(capacity: PoolCapacity): boolean {
  return capacity === PoolCapacity.Reserved || capacity === PoolCapacity.CapacityBlock;
}

/** The part of a whole number that falls to one of several; the first ones take what does not divide. */
function share(total: number, parts: number, index: number): number {
  return Math.floor(total / parts) + (index < total % parts ? 1 : 0);
}
