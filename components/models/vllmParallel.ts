import type { Problems } from "../shared/problems";
import { checkInteger } from "./checkInteger";
import type { VllmArgs } from "./vllmArgs";

/** How a replica's GPUs share the model. */
export interface VllmLayout {
  /** GPUs that a replica has on each of its nodes. */
  readonly gpus: number;
  readonly nodes: number;
  /** GPUs that share every layer; never more than a node's. */
  readonly tensorParallel: number;
  /** Stages that the layers are cut into. */
  readonly pipelineParallel: number;
}

/** The layout that a declaration asks for; reports one that does not come out even. */
export function resolveLayout(path: string, args: VllmArgs, problems: Problems): VllmLayout {
  const { gpus = 1, nodes = 1 } = args;
  const { pipelineParallel = nodes } = args;
  const before = problems.count;
  checkInteger(`${path}.gpus`, gpus, 1, 16, problems);
  checkInteger(`${path}.nodes`, nodes, 1, 16, problems);
  if (args.pipelineParallel !== undefined) {
    checkInteger(`${path}.pipelineParallel`, args.pipelineParallel, 1, 256, problems);
  }
  if (problems.count > before) {
    return { gpus, nodes, tensorParallel: 1, pipelineParallel: 1 };
  }
  const possible = divisorsOf(gpus).map((stages) => stages * nodes);
  if (!possible.includes(pipelineParallel)) {
    const total = nodes === 1 ? `${gpus} GPUs` : `${nodes} nodes of ${gpus} GPUs`;
    problems.add(
      `${path}.pipelineParallel`,
      `${pipelineParallel} stages do not come out even on ${total}; use ${orList(possible)}`,
    );
    return { gpus, nodes, tensorParallel: gpus, pipelineParallel: nodes };
  }
  return { gpus, nodes, tensorParallel: (gpus * nodes) / pipelineParallel, pipelineParallel };
}

function divisorsOf(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter((each) => count % each === 0);
}

function orList(numbers: readonly number[]): string {
  const last = numbers.at(-1);
  const others = numbers.slice(0, -1);
  return others.length === 0 ? String(last) : `${others.join(", ")} or ${last}`;
}
