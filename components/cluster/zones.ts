import { checkTwice } from "../shared/checkTwice";
import { partitionOf } from "../shared/partition";
import { at, type Problems } from "../shared/problems";

/** Name of an availability zone; local and wavelength zones, where EKS puts no control plane, do not match. */
export const zonePattern = /^[a-z]{2}(-[a-z]+)+-\d[a-h]$/;

/** The region that zones are in; they were checked to be of one. */
export function regionOf(zones: readonly string[]): string {
  return (zones.find((zone) => zonePattern.test(zone)) ?? "").slice(0, -1);
}

/** Partitions whose services have the names that are used here. */
const knownPartitions: readonly string[] = ["aws", "aws-us-gov"];

/** Reports what cannot be the zones of a cluster. `member`: that of the zones' names. */
export function checkZoneList(
  path: string,
  member: string,
  zones: readonly string[],
  controlPlaneZones: readonly string[],
  problems: Problems,
): void {
  const zonesPath = `${path}.${member}`;
  if (zones.length < 2) {
    problems.add(zonesPath, `has ${zones.length === 1 ? "one zone" : "no zone"}; EKS needs at least two`);
  }
  for (const zone of zones) {
    if (!zonePattern.test(zone)) {
      problems.add(
        at(zonesPath, zone),
        `${JSON.stringify(zone)} is no availability zone; use a name such as "us-east-1a"`,
      );
    } else if (zone.startsWith("cn-")) {
      problems.add(
        at(zonesPath, zone),
        `"${zone}" is in China, whose services have other names; not supported`,
      );
    } else if (!knownPartitions.includes(partitionOf(zone))) {
      problems.add(
        at(zonesPath, zone),
        `"${zone}" is in the partition "${partitionOf(zone)}", whose services have other names; not supported`,
      );
    }
  }
  const regions = [
    ...new Set(zones.filter((zone) => zonePattern.test(zone)).map((zone) => zone.slice(0, -1))),
  ];
  if (regions.length > 1) {
    problems.add(zonesPath, `are of ${regions.join(" and ")}; a cluster is in one region`);
  }
  checkControlPlaneZones(`${path}.controlPlaneZones`, zones, controlPlaneZones, problems);
}

function checkControlPlaneZones(
  path: string,
  zones: readonly string[],
  chosen: readonly string[],
  problems: Problems,
): void {
  checkTwice(path, chosen, problems);
  if (new Set(chosen).size < 2) {
    problems.add(
      path,
      `names ${new Set(chosen).size} zones; EKS needs at least two, and fixes them for ever`,
    );
  }
  for (const zone of chosen) {
    if (!zones.includes(zone)) {
      const names = zones.map((each) => `"${each}"`).join(", ");
      problems.add(path, `"${zone}" is none of the zones; use those of ${names}`);
    }
  }
}
