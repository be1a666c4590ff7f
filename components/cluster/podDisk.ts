/**
 * What a node leaves to pods of its disk, in the unit of the capacity: kubelet evicts when a tenth is left, and file
 * system and reserve take the rest. An autoscaler that counts on more starts nodes on which the pod does not fit.
 */
export function podDisk(capacity: number): number {
  return Math.floor(capacity * 0.85);
}

/** Gigabytes of a disk, as makers count them, in GiB. */
export function gibOf(gigabytes: number): number {
  return (gigabytes * 1e9) / 2 ** 30;
}
