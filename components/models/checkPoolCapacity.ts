import type { Problems } from "../shared/problems";
import type { PoolSizes } from "./modelPools";
import type { VllmPlace } from "./vllmPlace";

/** Reports more replicas than all nodes of a pool could hold, where it is known how many there may be. */
export function checkPoolCapacity(
  path: string,
  replicas: number,
  { pool, node, layout }: VllmPlace,
  sizes: PoolSizes,
  problems: Problems,
): void {
  const nodes = pool !== undefined && Object.hasOwn(sizes, pool) ? sizes[pool] : undefined;
  if (nodes === undefined || node === undefined || layout.gpus > node.gpus) {
    return;
  }
  // A node's GPUs are not shared with another's: of 8 GPUs two replicas of 3 leave two behind.
  const most = Math.floor((Math.floor(node.gpus / layout.gpus) * nodes) / layout.nodes);
  if (replicas > most) {
    const each = layout.nodes > 1 ? `${layout.nodes} nodes with ${layout.gpus} GPUs` : `${layout.gpus}`;
    problems.add(
      path,
      `${replicas} replicas are more than the ${most} that the pool "${pool}" can hold (at most ${nodes} ${nodes === 1 ? "node" : "nodes"} with ${node.gpus} ${node.gpus === 1 ? "GPU" : "GPUs each"}, ${each} for a replica); use at most ${most}, or let the pool grow`,
    );
  }
}
