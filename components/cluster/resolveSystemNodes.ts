import { checkTwice } from "../shared/checkTwice";
import { checkNumber, type NumberRule } from "../shared/numberRules";
import type { Problems } from "../shared/problems";
import { gpuClusterDefaults, type SystemNodesArgs } from "./gpuClusterArgs";
import { ClusterCompute } from "./poolPlace";
import type { ResolvedSystemNodes } from "./resolvedGpuCluster";

const nodesRule: NumberRule = { noun: "the nodes of a zone", least: 1, most: 20, whole: true };
const diskRule: NumberRule = { noun: "the size of the disk in GiB", least: 20, most: 1024, whole: true };

const typePattern = /^([a-z][a-z0-9-]*)\.([a-z0-9-]+)$/;
/** Families with GPUs or other accelerators: their nodes would wait for pods that ask for one. */
const acceleratorFamily = /^(g\d|gr\d|p\d|inf\d|trn\d|dl\d|vt\d|f\d)/;
const tooSmall = /^(nano|micro|small)$/;

/** Fills in the defaults of the system nodes. `undefined` with Auto Mode, which has its own. */
export function resolveSystemNodes(
  path: string,
  args: SystemNodesArgs | undefined,
  compute: ClusterCompute,
  zones: readonly string[],
  problems: Problems,
): ResolvedSystemNodes | undefined {
  if (compute === ClusterCompute.AutoMode) {
    if (args !== undefined) {
      problems.add(path, `is not used with compute "auto-mode", which makes nodes of its own; leave it out`);
    }
    return undefined;
  }
  const instanceType = args?.instanceType ?? gpuClusterDefaults.systemInstanceType;
  const chosen = args?.zones ?? zones;
  const nodesPerZone = args?.nodesPerZone ?? gpuClusterDefaults.systemNodesPerZone;
  const diskGiB = args?.diskGiB ?? gpuClusterDefaults.systemDiskGiB;
  checkType(`${path}.instanceType`, instanceType, problems);
  checkNumber(`${path}.nodesPerZone`, nodesPerZone, nodesRule, problems);
  checkNumber(`${path}.diskGiB`, diskGiB, diskRule, problems);
  checkTwice(`${path}.zones`, chosen, problems);
  if (chosen.length === 0) {
    problems.add(`${path}.zones`, "is empty; name a zone, or leave it out for all");
  }
  for (const zone of chosen) {
    if (!zones.includes(zone)) {
      const names = zones.map((each) => `"${each}"`).join(", ");
      problems.add(`${path}.zones`, `"${zone}" is no zone of the cluster; use ${names}`);
    }
  }
  return {
    instanceType,
    amiType: isArm(instanceType) ? "AL2023_ARM_64_STANDARD" : "AL2023_x86_64_STANDARD",
    nodesPerZone,
    zones: [...chosen].sort(),
    diskGiB,
  };
}

/** Graviton types have a "g" behind the generation: m7g, c8gd, t4g, r8gn. */
function isArm(instanceType: string): boolean {
  return /^[a-z]+\d+[a-z]*g[a-z]*\./.test(instanceType) || /^a1\./.test(instanceType);
}

function checkType(path: string, type: string, problems: Problems): void {
  const [, family = "", size = ""] = typePattern.exec(type) ?? [];
  if (family === "") {
    problems.add(path, `${JSON.stringify(type)} is no instance type; write it as "m7i.large"`);
  } else if (acceleratorFamily.test(family)) {
    problems.add(
      path,
      `"${type}" has accelerators, which system nodes never use; use a type such as "m7i.large", and a pool for models`,
    );
  } else if (tooSmall.test(size)) {
    problems.add(
      path,
      `"${type}" is too small for DNS, drivers and the gateway; use one with 2 vCPUs and 4 GiB or more, such as "m7i.large"`,
    );
  }
}
