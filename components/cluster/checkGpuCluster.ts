import type { Input } from "@pulumi/pulumi";
import { defaultReleaseSet, releaseSets } from "../gateway/releases";
import { at, type Problems } from "../shared/problems";
import { isPrivateCidr, overlap, parseCidr } from "./cidr";
import { ClusterCertManager } from "./gpuClusterArgs";
import { ClusterCompute } from "./poolPlace";

/** Days that CloudWatch Logs can keep a log (API reference of PutRetentionPolicy, 2026). */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Reports a name that EKS refuses. `path`: where the name comes from. */
export function checkClusterName(path: string, name: string, problems: Problems): void {
  if (!/^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/.test(name)) {
    problems.add(
      path,
      `${JSON.stringify(name)} cannot be the name of a cluster; use at most 100 letters, digits, "-" and "_", beginning with a letter or digit`,
    );
  }
}

/** What Pulumi appends to the names of resources: a hyphen and seven hex digits. */
const appended = 8;

/**
 * Reports a component's name from which names grow that AWS refuses: node groups take 63 characters, roles and rules 64.
 * The endings are the longest that are made; pools have names of their own to look after.
 */
export function checkDerivedNames(
  name: string,
  compute: ClusterCompute,
  zones: readonly string[],
  problems: Problems,
): void {
  const longestZone = Math.max(0, ...zones.map((zone) => zone.length));
  const endings = [
    { what: "roles", ending: "-eksRole-role".length, most: 64 },
    ...(compute === ClusterCompute.AutoMode
      ? []
      : [
          { what: "roles", ending: "-aws-ebs-csi-driver".length, most: 64 },
          { what: "node groups", ending: "-system-".length + longestZone, most: 63 },
        ]),
    ...(compute === ClusterCompute.Karpenter
      ? [{ what: "rules", ending: "-karpenter-rebalance".length, most: 64 }]
      : []),
  ];
  const found = endings
    .map((each) => ({ ...each, over: name.length + each.ending + appended - each.most }))
    .sort((a, b) => b.over - a.over);
  const [worst] = found;
  if (worst !== undefined && worst.over > 0) {
    problems.add(
      "name",
      `"${name}" makes the names of ${worst.what} ${worst.most + worst.over} characters long and AWS takes ${worst.most}; shorten the component's name by ${worst.over}`,
    );
  }
}

/** Reports a plain text that is no ARN of a service; outputs are not known yet. */
export function checkArn(
  path: string,
  arn: Input<string> | undefined,
  service: string,
  example: string,
  problems: Problems,
): void {
  if (typeof arn === "string" && !new RegExp(`^arn:aws(-[a-z-]+)?:${service}:\\S+$`).test(arn)) {
    problems.add(path, `${JSON.stringify(arn)} is no ARN of it; write it as "${example}"`);
  }
}

/** Reports a network of Services that EKS refuses. `vpcCidr`: that of the VPC, where it is known. */
export function checkServiceCidr(
  path: string,
  text: string,
  vpcCidr: string | undefined,
  problems: Problems,
): void {
  const cidr = parseCidr(text);
  const vpc = parseCidr(vpcCidr);
  if (cidr === undefined || cidr.prefix < 12 || cidr.prefix > 24 || !isPrivateCidr(cidr)) {
    problems.add(
      path,
      `${JSON.stringify(text)} cannot be the Services' network; use a /12 to /24 inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16`,
    );
  } else if (vpc !== undefined && overlap(cidr, vpc)) {
    problems.add(path, `"${text}" overlaps the VPC's "${vpcCidr}"; use addresses that nothing else has`);
  }
}

/** Reports what is no Kubernetes version, or one that is too old for the gateway. */
export function checkVersion(path: string, version: string, problems: Problems): void {
  const { minimumKubernetes } = releaseSets[defaultReleaseSet];
  const [, minor] = /^1\.(\d{2})$/.exec(version) ?? [];
  if (minor === undefined) {
    problems.add(path, `${JSON.stringify(version)} is no minor version; write it as "1.35"`);
  } else if (Number(minor) < Number(minimumKubernetes.slice(2))) {
    problems.add(path, `"${version}" is older than AI Gateway supports; use "${minimumKubernetes}" or newer`);
  }
}

export function checkCertManager(
  path: string,
  mode: ClusterCertManager | undefined,
  problems: Problems,
): void {
  const known = Object.values(ClusterCertManager);
  if (mode !== undefined && !known.includes(mode)) {
    const names = known.map((each) => `"${each}"`).join(" or ");
    problems.add(path, `${JSON.stringify(mode)} is nobody who installs it; use ${names}, or leave it out`);
  }
}

export function checkRetention(path: string, days: number, problems: Problems): void {
  if (!retentions.includes(days)) {
    problems.add(path, `${days} is no retention of CloudWatch; use one of ${retentions.join(", ")}`);
  }
}

export function checkTags(
  path: string,
  tags: Readonly<Record<string, Input<string>>>,
  problems: Problems,
): void {
  for (const [key, value] of Object.entries(tags)) {
    if (/^aws:/i.test(key) || key === "" || key.length > 128) {
      problems.add(
        at(path, key),
        `cannot be the key of a tag; use 1 to 128 characters that do not begin with "aws:"`,
      );
    }
    if (typeof value === "string" && value.length > 256) {
      problems.add(at(path, key), `has a value of ${value.length} characters; AWS takes 256`);
    }
  }
  if (Object.keys(tags).length > 40) {
    problems.add(
      path,
      `has ${Object.keys(tags).length} tags; use at most 40, since AWS takes 50 with those of EKS`,
    );
  }
}
