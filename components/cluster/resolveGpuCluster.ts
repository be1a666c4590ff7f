import { defaultReleaseSet, type EksAddOnVersions, releaseSets } from "../gateway/releases";
import { checkMembers } from "../models/checkMembers";
import { nearestRemedy } from "../shared/nearest";
import { partitionOf } from "../shared/partition";
import { at, Problems } from "../shared/problems";
import { checkAccess, checkAccessEntries } from "./checkClusterAccess";
import {
  checkArn,
  checkCertManager,
  checkClusterName,
  checkDerivedNames,
  checkRetention,
  checkServiceCidr,
  checkTags,
  checkVersion,
} from "./checkGpuCluster";
import { ClusterPurpose, type GpuClusterArgs, gpuClusterDefaults, NatMode } from "./gpuClusterArgs";
import { gpuClusterMembers } from "./gpuClusterMembers";
import { resolveHybridNetworks } from "./hybridNetworks";
import { ClusterCompute } from "./poolPlace";
import type { ResolvedAccessEntry, ResolvedGpuCluster } from "./resolvedGpuCluster";
import { type ResolvedNetwork, resolveExistingNetwork, resolveOwnNetwork } from "./resolveNetwork";
import { resolvePools } from "./resolvePools";
import { resolveSystemNodes } from "./resolveSystemNodes";

const { eks } = releaseSets[defaultReleaseSet];
const exampleKey = "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef";
const nowhere: ResolvedNetwork = {
  region: "",
  zones: [],
  controlPlaneZones: [],
  own: undefined,
  given: undefined,
};

/**
 * Fills in the defaults and checks the declaration.
 *
 * @throws DeclarationError with every problem that was found.
 */
export function resolveGpuCluster(name: string, args: GpuClusterArgs): ResolvedGpuCluster {
  const subject = `GpuCluster "${name}"`;
  const problems = new Problems();
  checkMembers(args, problems, gpuClusterMembers);
  if (args?.access === undefined) {
    problems.add(
      "access",
      `is missing; say where \`pulumi up\` runs, for example { path: "vpc", fromCidrs: ["10.0.0.0/16"] }`,
    );
  }
  problems.throwIfAny(subject);
  const plan = fillIn(name, args, problems);
  problems.throwIfAny(subject);
  return plan;
}

function fillIn(name: string, args: GpuClusterArgs, problems: Problems): ResolvedGpuCluster {
  const purpose = purposeOf(args, problems);
  const compute = computeOf(args, problems);
  const network = networkOf(args, purpose, problems);
  const clusterName = args.clusterName ?? name;
  const serviceCidr = args.serviceCidr ?? gpuClusterDefaults.serviceCidr;
  const vpcCidr = network.own?.cidr ?? network.given?.cidr;
  const kubernetesVersion = args.kubernetesVersion ?? eks.kubernetesVersion;
  const logRetentionDays = args.logRetentionDays ?? gpuClusterDefaults.logRetentionDays[purpose];
  checkClusterName(args.clusterName === undefined ? "name" : "clusterName", clusterName, problems);
  checkDerivedNames(name, compute, network.zones, problems);
  checkServiceCidr("serviceCidr", serviceCidr, vpcCidr, problems);
  checkVersion("kubernetesVersion", kubernetesVersion, problems);
  checkRetention("logRetentionDays", logRetentionDays, problems);
  checkTags("tags", args.tags ?? {}, problems);
  checkAccess("access", args.access, args.hybrid !== undefined, problems);
  checkAccessEntries("accessEntries", args.accessEntries ?? {}, problems);
  checkCertManager("certManager", args.certManager, problems);
  checkArn("kmsKeyArn", args.kmsKeyArn, "kms", exampleKey, problems);
  checkArn("access.roleArn", args.access.roleArn, "iam", "arn:aws:iam::123456789012:role/name", problems);
  checkKarpenter(compute, network, problems);
  const hybrid =
    args.hybrid === undefined
      ? undefined
      : resolveHybridNetworks("hybrid", args.hybrid, { "the VPC's network": vpcCidr, serviceCidr }, problems);
  const context = { name, compute, zones: network.zones, hasHybridNetworks: hybrid !== undefined };
  const pools = resolvePools(args.pools ?? {}, context, problems);
  return {
    name,
    clusterName,
    partition: partitionOf(network.region),
    network,
    access: {
      path: args.access.path,
      fromCidrs: args.access.fromCidrs,
      proxyUrl: args.access.proxyUrl,
      roleArn: args.access.roleArn,
      profileName: args.access.profileName,
    },
    accessEntries: Object.entries(args.accessEntries ?? {}).map(
      ([key, entry]): ResolvedAccessEntry => ({
        key,
        principalArn: entry.principalArn,
        policy: entry.policy,
        namespaces: entry.namespaces ?? [],
        kubernetesGroups: entry.kubernetesGroups ?? [],
      }),
    ),
    compute,
    systemNodes: resolveSystemNodes("systemNodes", args.systemNodes, compute, network.zones, problems),
    pools,
    certManager: args.certManager,
    hybrid,
    kubernetesVersion,
    addOns: addOnsOf(args, kubernetesVersion, compute, problems),
    serviceCidr,
    deletionProtection: args.deletionProtection ?? purpose === ClusterPurpose.Prod,
    kmsKeyArn: args.kmsKeyArn,
    logRetentionDays,
    tags: args.tags ?? {},
  };
}

function purposeOf(args: GpuClusterArgs, problems: Problems): ClusterPurpose {
  const purpose = args.purpose ?? gpuClusterDefaults.purpose;
  if (purpose !== ClusterPurpose.Dev && purpose !== ClusterPurpose.Prod) {
    problems.add("purpose", `${JSON.stringify(purpose)} is no purpose; use "dev" or "prod"`);
    return gpuClusterDefaults.purpose;
  }
  return purpose;
}

function computeOf(args: GpuClusterArgs, problems: Problems): ClusterCompute {
  const compute = args.compute ?? ClusterCompute.ManagedGroups;
  const known = Object.values(ClusterCompute);
  if (!known.includes(compute)) {
    problems.add(
      "compute",
      `${JSON.stringify(compute)} is nothing that makes nodes; use ${known.map((each) => `"${each}"`).join(", ")}`,
    );
    return ClusterCompute.ManagedGroups;
  }
  return compute;
}

function networkOf(args: GpuClusterArgs, purpose: ClusterPurpose, problems: Problems): ResolvedNetwork {
  if (args.network !== undefined && args.existingNetwork !== undefined) {
    problems.add("existingNetwork", "stands beside network; give exactly one of the two");
    return nowhere;
  }
  if (args.network !== undefined) {
    return resolveOwnNetwork("network", args.network, purpose, problems);
  }
  if (args.existingNetwork !== undefined) {
    return resolveExistingNetwork("existingNetwork", args.existingNetwork, problems);
  }
  problems.add(
    "network",
    `is missing; give it, for example { zones: { "us-east-1a": {}, "us-east-1b": {} }, controlPlaneZones: ["us-east-1a", "us-east-1b"] }, or existingNetwork`,
  );
  return nowhere;
}

/** IAM and the price list, which Karpenter asks, have no endpoint in a VPC. */
function checkKarpenter(compute: ClusterCompute, network: ResolvedNetwork, problems: Problems): void {
  if (compute === ClusterCompute.Karpenter && network.own?.nat === NatMode.None) {
    problems.add(
      "compute",
      `"karpenter" with network.nat "none": it calls IAM and the price list, which have no endpoint in a VPC; use "managed-groups" or another nat`,
    );
  }
}

/** Each version has to be known before anything is made: "the newest" would change previews from day to day. */
function addOnsOf(
  args: GpuClusterArgs,
  kubernetesVersion: string,
  compute: ClusterCompute,
  problems: Problems,
): EksAddOnVersions {
  const given = args.addOnVersions ?? {};
  const names = Object.keys(eks.addOns);
  const used = compute === ClusterCompute.AutoMode ? ["metrics-server"] : names;
  for (const [name, version] of Object.entries(given)) {
    const path = at("addOnVersions", name);
    if (!names.includes(name)) {
      problems.add(
        path,
        `is no add-on of this package; ${nearestRemedy(name, names, `known are ${names.join(", ")}`)}`,
      );
    } else if (!used.includes(name)) {
      problems.add(path, `is built into compute "${compute}"; leave it out`);
    } else if (!/^v\d+\.\d+\.\d+-eksbuild\.\d+$/.test(version)) {
      problems.add(
        path,
        `${JSON.stringify(version)} is no version of an add-on; write it as "v1.2.3-eksbuild.1"`,
      );
    }
  }
  const missing = used.filter((name) => !Object.hasOwn(given, name));
  if (kubernetesVersion !== eks.kubernetesVersion && missing.length > 0) {
    problems.add(
      "addOnVersions",
      `lacks ${missing.join(", ")} for Kubernetes "${kubernetesVersion}"; give what \`aws eks describe-addon-versions --kubernetes-version ${kubernetesVersion}\` lists, or use "${eks.kubernetesVersion}", whose versions are known`,
    );
  }
  return { ...eks.addOns, ...given };
}
