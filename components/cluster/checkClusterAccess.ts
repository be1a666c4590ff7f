import { checkTwice } from "../shared/checkTwice";
import { isDnsLabel } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import { isPrivateCidr, parseCidr } from "./cidr";
import { AccessPolicy, ApiPath, type ClusterAccessArgs, type ClusterAccessEntryArgs } from "./gpuClusterArgs";

const proxyPattern = /^(https?|socks5):\/\/[^\s/?#]+:\d{1,5}$/;

/** Reports a way to the API server that cannot work, or that is open to everybody. */
export function checkAccess(
  path: string,
  args: ClusterAccessArgs,
  hybrid: boolean,
  problems: Problems,
): void {
  const paths = Object.values(ApiPath);
  if (!paths.includes(args.path)) {
    const names = paths.map((each) => `"${each}"`).join(", ");
    problems.add(
      `${path}.path`,
      args.path === undefined
        ? `is missing; say how \`pulumi up\` reaches the API server: ${names}`
        : `${JSON.stringify(args.path)} is no path; use ${names}`,
    );
    return;
  }
  checkFromCidrs(`${path}.fromCidrs`, args, problems);
  if (args.path !== ApiPath.Proxy && args.proxyUrl !== undefined) {
    problems.add(
      `${path}.proxyUrl`,
      `is not used with path "${args.path}"; leave it out or use path "proxy"`,
    );
  }
  if (args.path === ApiPath.Proxy) {
    checkProxy(`${path}.proxyUrl`, args.proxyUrl, problems);
  }
  if (args.path === ApiPath.Public && hybrid) {
    problems.add(
      `${path}.path`,
      `"public" beside hybrid networks: hybrid nodes would resolve the API server to its public addresses; use "vpc" or "proxy"`,
    );
  }
}

function checkFromCidrs(path: string, args: ClusterAccessArgs, problems: Problems): void {
  if (args.fromCidrs.length === 0) {
    problems.add(
      path,
      `is empty, so nobody could reach the API server; name the network that \`pulumi up\` comes from`,
    );
  }
  checkTwice(path, args.fromCidrs, problems);
  for (const text of args.fromCidrs) {
    const cidr = parseCidr(text);
    const isPublic = args.path === ApiPath.Public;
    if (cidr === undefined) {
      problems.add(path, `${JSON.stringify(text)} is no network; write it as "203.0.113.0/24"`);
    } else if (cidr.prefix < 8) {
      problems.add(
        path,
        `"${text}" is open to more than a company; name the networks that need it, at most a /8`,
      );
    } else if (isPublic && isPrivateCidr(cidr)) {
      problems.add(
        path,
        `"${text}" is private and never arrives over the internet; name public addresses, or use path "vpc"`,
      );
    } else if (!isPublic && !isPrivateCidr(cidr) && !isShared(cidr.first)) {
      problems.add(
        path,
        `"${text}" is public and never arrives at a private API server; name private addresses, or use path "public"`,
      );
    }
  }
}

/** 100.64.0.0/10, which VPCs and VPNs use as private addresses too. */
function isShared(first: number): boolean {
  return first >= 100 * 2 ** 24 + 64 * 2 ** 16 && first < 100 * 2 ** 24 + 128 * 2 ** 16;
}

function checkProxy(path: string, url: string | undefined, problems: Problems): void {
  if (url === undefined) {
    problems.add(path, `is missing with path "proxy"; give one such as "socks5://localhost:1080"`);
  } else if (url.includes("@")) {
    // Not repeated: it may hold a password.
    problems.add(path, `holds a user or a password, which the stack's state would show; use a proxy without`);
  } else if (!proxyPattern.test(url)) {
    problems.add(
      path,
      `${JSON.stringify(url)} is no proxy; write it as "http://host:port" or "socks5://host:port"`,
    );
  }
}

/** Reports access entries that EKS would refuse. */
export function checkAccessEntries(
  path: string,
  entries: Readonly<Record<string, ClusterAccessEntryArgs>>,
  problems: Problems,
): void {
  for (const [key, entry] of Object.entries(entries)) {
    checkEntry(at(path, key), entry, problems);
  }
  const arns = Object.values(entries).flatMap(({ principalArn }) =>
    typeof principalArn === "string" ? [principalArn] : [],
  );
  checkTwice(path, arns, problems);
}

function checkEntry(path: string, entry: ClusterAccessEntryArgs, problems: Problems): void {
  const { principalArn, policy, namespaces, kubernetesGroups } = entry;
  const policies = Object.values(AccessPolicy);
  if (
    typeof principalArn === "string" &&
    !/^arn:aws(-us-gov)?:iam::\d{12}:(role|user)\/.+$/.test(principalArn)
  ) {
    problems.add(
      `${path}.principalArn`,
      `${JSON.stringify(principalArn)} is no role or user; write it as "arn:aws:iam::123456789012:role/name"`,
    );
  }
  if (policy !== undefined && !policies.includes(policy)) {
    problems.add(
      `${path}.policy`,
      `${JSON.stringify(policy)} is no policy; use ${policies.map((each) => `"${each}"`).join(", ")}`,
    );
  }
  if (policy === undefined && (kubernetesGroups ?? []).length === 0) {
    problems.add(path, "has no policy and no kubernetesGroups, so it may do nothing; give one of them");
  }
  for (const group of kubernetesGroups ?? []) {
    if (group.startsWith("system:")) {
      problems.add(
        `${path}.kubernetesGroups`,
        `"${group}" is Kubernetes' own, which EKS refuses; use a policy`,
      );
    }
  }
  if (namespaces !== undefined && (policy === undefined || policy === AccessPolicy.ClusterAdmin)) {
    const said = policy === undefined ? "no policy" : `policy "${policy}", which is for all of them`;
    problems.add(
      `${path}.namespaces`,
      `is not used with ${said}; leave it out or use "admin", "edit" or "view"`,
    );
  }
  if (namespaces?.length === 0) {
    problems.add(`${path}.namespaces`, "is empty; name a namespace, or leave it out for all");
  }
  for (const namespace of namespaces ?? []) {
    if (!isDnsLabel(namespace) && !/^[a-z0-9-]*\*$/.test(namespace)) {
      problems.add(
        `${path}.namespaces`,
        `${JSON.stringify(namespace)} is no namespace; use a-z, 0-9 and "-"`,
      );
    }
  }
}
