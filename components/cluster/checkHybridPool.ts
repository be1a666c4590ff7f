import { checkTwice } from "../shared/checkTwice";
import { isHostName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { checkEnum } from "./checkPool";
import { HybridCredentials, type HybridPoolArgs, type PoolArgs } from "./poolArgs";

/** Members of a pool that only instances of EC2 have. */
const ec2Members = [
  "capacity",
  "reservationId",
  "zones",
  "disk",
  "instanceStore",
  "ami",
  "amiId",
  "amiRelease",
  "userData",
  "efa",
  "nodeRepair",
] as const satisfies readonly (keyof PoolArgs)[];

/** Reports what hybrid hosts cannot have, and what their credentials lack. */
export function checkHybridPool(
  path: string,
  args: PoolArgs,
  hybrid: HybridPoolArgs,
  hasNetworks: boolean,
  problems: Problems,
): void {
  for (const member of ec2Members) {
    if (args[member] !== undefined) {
      problems.add(`${path}.${member}`, "is about instances of EC2, and hybrid hosts are not; leave it out");
    }
  }
  if (!hasNetworks) {
    problems.add(
      `${path}.hybrid`,
      "needs hybrid of the cluster: the networks of the hosts and of the pods on them",
    );
  }
  checkEnum(`${path}.hybrid.credentials`, hybrid.credentials, Object.values(HybridCredentials), problems);
  if (hybrid.credentials === HybridCredentials.RolesAnywhere) {
    checkRolesAnywhere(`${path}.hybrid`, args, hybrid, problems);
  } else {
    checkActivation(`${path}.hybrid`, hybrid, problems);
  }
}

function checkRolesAnywhere(path: string, args: PoolArgs, hybrid: HybridPoolArgs, problems: Problems): void {
  const authorities = [hybrid.privateCaArn, hybrid.caCertificate].filter((each) => each !== undefined);
  if (authorities.length !== 1) {
    problems.add(
      path,
      `has ${authorities.length} authorities; give privateCaArn or caCertificate, exactly one of them`,
    );
  }
  if (hybrid.activationExpires !== undefined) {
    problems.add(`${path}.activationExpires`, 'is used with credentials "ssm" only; leave it out');
  }
  const hosts = hybrid.hosts ?? [];
  if (hosts.length === 0) {
    problems.add(`${path}.hosts`, "is empty; name the hosts, as their certificates do");
  } else if (hosts.length > args.max) {
    problems.add(`${path}.hosts`, `names ${hosts.length} hosts and max is ${args.max}; raise max`);
  }
  checkTwice(`${path}.hosts`, hosts, problems);
  for (const host of hosts) {
    if (!isHostName(host) || host.length > 64) {
      problems.add(
        `${path}.hosts`,
        `${JSON.stringify(host)} is no name of a host; use at most 64 lower-case letters, digits, "-" and "."`,
      );
    }
  }
}

function checkActivation(path: string, hybrid: HybridPoolArgs, problems: Problems): void {
  for (const member of ["privateCaArn", "caCertificate", "hosts"] as const) {
    if (hybrid[member] !== undefined) {
      problems.add(`${path}.${member}`, 'is used with credentials "roles-anywhere" only; leave it out');
    }
  }
  const { activationExpires } = hybrid;
  if (
    activationExpires !== undefined &&
    !(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(activationExpires) && Date.parse(activationExpires) > 0)
  ) {
    problems.add(
      `${path}.activationExpires`,
      `${JSON.stringify(activationExpires)} is no time; write it as "2027-01-31T00:00:00Z"`,
    );
  }
}
