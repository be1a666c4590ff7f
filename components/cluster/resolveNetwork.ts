import type { Input } from "@pulumi/pulumi";
import { at, type Problems } from "../shared/problems";
import { type Cidr, contains, formatCidr, isPrivateCidr, overlap, parseCidr, subnetOf } from "./cidr";
import {
  type ClusterNetworkArgs,
  ClusterPurpose,
  type ExistingNetworkArgs,
  gpuClusterDefaults,
  NatMode,
} from "./gpuClusterArgs";
import { checkZoneList, regionOf, zonePattern } from "./zones";

/** The subnets of a zone. */
export interface ZonePlan {
  readonly zone: string;
  readonly privateCidr: string;
  /** `undefined` where the zone has no public subnet. */
  readonly publicCidr: string | undefined;
  /** Zone of the NAT gateway that its private subnet goes through; `undefined` without one. */
  readonly natZone: string | undefined;
}

/** A VPC that is made here. */
export interface OwnNetwork {
  readonly cidr: string;
  readonly zones: readonly ZonePlan[];
  readonly nat: NatMode;
  readonly interfaceEndpoints: boolean;
}

/** A VPC that exists. */
export interface GivenNetwork {
  readonly vpcId: Input<string>;
  readonly subnetIds: Readonly<Record<string, Input<string>>>;
  /** The VPC's network, where it was said. */
  readonly cidr: string | undefined;
}

/** Where the cluster lives: exactly one of `own` and `given` is there. */
export interface ResolvedNetwork {
  readonly region: string;
  readonly zones: readonly string[];
  readonly controlPlaneZones: readonly string[];
  readonly own: OwnNetwork | undefined;
  readonly given: GivenNetwork | undefined;
}

const zoneLetters = "abcdefgh";

/**
 * The subnets of a zone, from its letter alone, so that a zone that comes later moves no other: the VPC is cut into
 * eighths, one for each letter. The first half of an eighth is private; its last 1/32 is public; the rest is free.
 */
export function planZone(vpc: Cidr, zone: string): { privateCidr: Cidr; publicCidr: Cidr } {
  const eighth = subnetOf(vpc, vpc.prefix + 3, zoneLetters.indexOf(zone.slice(-1)));
  return {
    privateCidr: subnetOf(eighth, vpc.prefix + 4, 0),
    publicCidr: subnetOf(eighth, vpc.prefix + 8, 31),
  };
}

/** Fills in the defaults of a VPC of our own, and reports what AWS would refuse. */
export function resolveOwnNetwork(
  path: string,
  args: ClusterNetworkArgs,
  purpose: ClusterPurpose,
  problems: Problems,
): ResolvedNetwork {
  const zones = Object.keys(args.zones).sort();
  checkZoneList(path, "zones", zones, args.controlPlaneZones, problems);
  const nat = args.nat ?? (purpose === ClusterPurpose.Prod ? NatMode.PerZone : NatMode.One);
  checkNat(path, args, nat, zones, purpose, problems);
  const cidr = args.cidr ?? gpuClusterDefaults.cidr;
  const vpc = vpcOf(`${path}.cidr`, cidr, problems);
  const publicSubnets = args.publicSubnets ?? nat !== NatMode.None;
  const plans = zones
    .filter((zone) => zonePattern.test(zone))
    .map((zone): ZonePlan => {
      const { privateCidr, publicCidr } = planZone(vpc, zone);
      const given = args.zones[zone] ?? {};
      return {
        zone,
        privateCidr: given.privateCidr ?? formatCidr(privateCidr),
        publicCidr: publicSubnets ? (given.publicCidr ?? formatCidr(publicCidr)) : undefined,
        natZone: nat === NatMode.None ? undefined : nat === NatMode.One ? args.natZone : zone,
      };
    });
  checkPublicCidrs(path, args, publicSubnets, problems);
  checkSubnets(path, vpc, plans, problems);
  const own = {
    cidr,
    zones: plans,
    nat,
    interfaceEndpoints: args.interfaceEndpoints ?? (purpose === ClusterPurpose.Prod || nat === NatMode.None),
  };
  return {
    region: regionOf(zones),
    zones,
    controlPlaneZones: [...args.controlPlaneZones].sort(),
    own,
    given: undefined,
  };
}

/** Checks what is said about a VPC that exists. */
export function resolveExistingNetwork(
  path: string,
  args: ExistingNetworkArgs,
  problems: Problems,
): ResolvedNetwork {
  const zones = Object.keys(args.privateSubnetIds).sort();
  checkZoneList(path, "privateSubnetIds", zones, args.controlPlaneZones, problems);
  if (typeof args.vpcId === "string" && !/^vpc-[0-9a-f]+$/.test(args.vpcId)) {
    problems.add(
      `${path}.vpcId`,
      `${JSON.stringify(args.vpcId)} is no VPC; give an id such as "vpc-0a1b2c3d"`,
    );
  }
  for (const [zone, id] of Object.entries(args.privateSubnetIds)) {
    if (typeof id === "string" && !/^subnet-[0-9a-f]+$/.test(id)) {
      problems.add(
        at(`${path}.privateSubnetIds`, zone),
        `${JSON.stringify(id)} is no subnet; give an id such as "subnet-0a1b2c3d"`,
      );
    }
  }
  if (args.cidr !== undefined && parseCidr(args.cidr) === undefined) {
    problems.add(`${path}.cidr`, `${JSON.stringify(args.cidr)} is no network; write it as "10.0.0.0/16"`);
  }
  return {
    region: regionOf(zones),
    zones,
    controlPlaneZones: [...args.controlPlaneZones].sort(),
    own: undefined,
    given: { vpcId: args.vpcId, subnetIds: args.privateSubnetIds, cidr: args.cidr },
  };
}

function checkNat(
  path: string,
  args: ClusterNetworkArgs,
  nat: NatMode,
  zones: readonly string[],
  purpose: ClusterPurpose,
  problems: Problems,
): void {
  const names = zones.map((zone) => `"${zone}"`).join(", ");
  if (!Object.values(NatMode).includes(nat)) {
    problems.add(`${path}.nat`, `${JSON.stringify(nat)} is no way out; use "none", "one" or "per-zone"`);
  } else if (nat === NatMode.One && args.natZone === undefined) {
    const origin = args.nat === undefined ? `, which is what purpose "${purpose}" gets` : "";
    problems.add(`${path}.natZone`, `is missing with nat: "one"${origin}; give the gateway's zone: ${names}`);
  } else if (nat !== NatMode.One && args.natZone !== undefined) {
    problems.add(`${path}.natZone`, `"${args.natZone}" is not used with nat: "${nat}"; leave it out`);
  } else if (args.natZone !== undefined && !zones.includes(args.natZone)) {
    problems.add(`${path}.natZone`, `"${args.natZone}" is none of the zones; use one of ${names}`);
  }
  if (nat === NatMode.None && args.interfaceEndpoints === false) {
    problems.add(
      `${path}.interfaceEndpoints`,
      `false with nat: "none" leaves nodes without a way to join; leave it out or use another nat`,
    );
  }
  if (nat !== NatMode.None && args.publicSubnets === false) {
    problems.add(
      `${path}.publicSubnets`,
      `false with nat: "${nat}" leaves NAT gateways without a place; leave it out or use nat: "none"`,
    );
  }
}

/** A VPC of the right size to go on with, whatever was given. */
function vpcOf(path: string, cidr: string, problems: Problems): Cidr {
  const parsed = parseCidr(cidr);
  if (parsed === undefined || parsed.prefix < 16 || parsed.prefix > 20 || !isPrivateCidr(parsed)) {
    problems.add(
      path,
      `${JSON.stringify(cidr)} cannot be the VPC's network; use a /16 to /20 inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, such as "10.0.0.0/16"`,
    );
    return { first: 10 * 2 ** 24, prefix: 16 };
  }
  return parsed;
}

function checkPublicCidrs(
  path: string,
  args: ClusterNetworkArgs,
  publicSubnets: boolean,
  problems: Problems,
): void {
  for (const [zone, { publicCidr }] of Object.entries(args.zones)) {
    if (publicCidr !== undefined && !publicSubnets) {
      problems.add(
        `${at(`${path}.zones`, zone)}.publicCidr`,
        `"${publicCidr}" is not used without public subnets; leave it out or set publicSubnets: true`,
      );
    }
  }
}

function checkSubnets(path: string, vpc: Cidr, plans: readonly ZonePlan[], problems: Problems): void {
  const seen: { path: string; cidr: Cidr }[] = [];
  for (const { zone, privateCidr, publicCidr } of plans) {
    for (const [member, text] of [
      ["privateCidr", privateCidr],
      ["publicCidr", publicCidr],
    ] as const) {
      const where = `${at(`${path}.zones`, zone)}.${member}`;
      const cidr = parseCidr(text);
      if (text === undefined) {
        continue;
      }
      if (cidr === undefined || cidr.prefix > 28) {
        problems.add(where, `${JSON.stringify(text)} is no subnet; use a network of /28 or larger`);
        continue;
      }
      if (!contains(vpc, cidr)) {
        problems.add(where, `"${text}" is outside the VPC's ${formatCidr(vpc)}; use a part of it`);
      }
      const other = seen.find((each) => overlap(each.cidr, cidr));
      if (other !== undefined) {
        problems.add(where, `"${text}" overlaps ${other.path}; give each subnet addresses of its own`);
      }
      seen.push({ path: where, cidr });
    }
  }
}
