import type { ResolvedWeights } from "./resolvedVllm";

/** Seconds that starting usually takes beside the weights: Python, compiling, CUDA graphs, warming up. */
const warmUpSeconds = 150;
/** What a download from Hugging Face reaches at the least, in bytes a second. */
const hubRate = 100e6;
/** EFS in elastic mode for one client, and FSx of the smallest size, in bytes a second. */
const claimRate = 100e6;
/** A gp3 volume with the 600 MiB/s that pools have, in bytes a second; NVMe is faster. */
const diskRate = 600 * 2 ** 20;
/** The streamer takes most of a network's bandwidth (10.4 GB in 5 s on 20 Gbit/s, AWS, 2026); half is counted on. */
const streamerShare = 0.5;

/**
 * Seconds that a pod should take from its start until it answers. Weights come over the network once and are read from
 * disk once. The node and the image are not counted.
 */
export function loadSeconds(bytes: number, from: ResolvedWeights["kind"], networkGbps: number): number {
  const weights = {
    hub: bytes / hubRate + bytes / diskRate,
    claim: bytes / claimRate,
    s3: bytes / ((networkGbps * 1e9 * streamerShare) / 8),
  }[from];
  return warmUpSeconds + weights;
}
