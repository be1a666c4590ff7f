import type { AcceleratorShape } from "../cluster/acceleratorShape";
import { podDisk } from "../cluster/podDisk";

/** What a pod of vLLM takes of its node, beside GPUs. */
export interface PodNeeds {
  /** Memory of the pod in MiB, `/dev/shm` included. */
  readonly memoryMiB: number;
  /** Size of `/dev/shm` in MiB, which counts as memory. */
  readonly sharedMiB: number;
  readonly cpus: number;
  /** Disk of the node in GB: weights, compiled kernels. */
  readonly diskGB: number;
}

/** What a pod may be given, where that is not left to the defaults. */
export interface PodOptions {
  /** Memory in MiB. Default: what is needed. */
  readonly memoryMiB?: number;
  /** CPUs. Default: what is needed. */
  readonly cpus?: number;
  /** Whether weights lie on the node's own disks. Default: true. */
  readonly weightsOnNode?: boolean;
}

/** What is wrong with a pod on a node. */
export interface PodProblem {
  readonly what: "memory" | "sharedMemory" | "cpus" | "disk";
  /** What is wrong, with the numbers. */
  readonly fact: string;
  /** The fact, and what to do about it. */
  readonly sentence: string;
}

/**
 * Memory of the server itself, and of each GPU's worker: PyTorch, CUDA and pinned buffers. Files of weights that are
 * read through the page cache do not count: the kernel takes that memory back.
 */
const serverMiB = 4_096;
const workerMiB = 3_072;
/** CPUs of the server, and of each worker, which spins while it waits for its GPU. */
const serverCpus = 1;
const workerCpus = 1;
/** CPUs that a node keeps for itself and its agents. */
const systemCpus = 0.5;
/** Disk beside the weights in GB, for compiled kernels and logs. */
const beside = 10;

/** Pod of a replica on one node, with so many GPUs there and so many bytes of weights in its files. */
export function podNeeds(gpus: number, weightBytes: number): PodNeeds {
  const sharedMiB = gpus === 1 ? 2_048 : gpus <= 4 ? 8_192 : 16_384;
  return {
    memoryMiB: serverMiB + gpus * workerMiB + sharedMiB,
    sharedMiB,
    cpus: serverCpus + gpus * workerCpus,
    diskGB: Math.ceil(weightBytes / 1e9) + beside,
  };
}

/** Why a pod does not run on a node. A pool without disks of its own is not judged: its volume is made to measure. */
export function podProblems(
  node: AcceleratorShape,
  needs: PodNeeds,
  options: PodOptions = {},
): readonly PodProblem[] {
  const found: PodProblem[] = [];
  const memory = options.memoryMiB ?? needs.memoryMiB;
  const cpus = options.cpus ?? needs.cpus;
  const add = (what: PodProblem["what"], fact: string, remedy: string) =>
    found.push({ what, fact, sentence: `${fact}; ${remedy}` });
  if (memory > node.allocatableMiB) {
    const fact = `a pod of ${mib(memory)} does not fit into the ${mib(node.allocatableMiB)} that ${node.name} leaves for pods`;
    add("memory", fact, remedyOf(needs.memoryMiB, node.allocatableMiB, mib));
  }
  if (memory < needs.memoryMiB) {
    const fact = `a pod of ${mib(memory)} is too small for vLLM, which needs ${mib(needs.memoryMiB)}, ${mib(needs.sharedMiB)} of them as /dev/shm`;
    add("memory", fact, `ask for ${mib(needs.memoryMiB)} or more`);
  }
  const left = node.vcpus - systemCpus;
  if (cpus > left) {
    add(
      "cpus",
      `${cpus} CPUs are more than the ${left} that ${node.name} leaves for pods`,
      remedyOf(needs.cpus, left, String),
    );
  }
  const disk = podDisk(node.nvmeGB);
  if ((options.weightsOnNode ?? true) && node.nvmeGB > 0 && needs.diskGB > disk) {
    add(
      "disk",
      `${needs.diskGB} GB for weights are more than the ${disk} GB that the disks of ${node.name} leave for pods`,
      "use a larger node, or weights from S3 or a shared volume",
    );
  }
  return found;
}

/** What to ask for in place of more than there is; `mib` or a number as it is written. */
function remedyOf(needed: number, left: number, written: (value: number) => string): string {
  return needed > left
    ? "use a larger node"
    : `ask for ${written(needed)} to ${written(left)}, or use a larger node`;
}

function mib(value: number): string {
  return value % 1_024 === 0 ? `${value / 1_024}Gi` : `${value}Mi`;
}
