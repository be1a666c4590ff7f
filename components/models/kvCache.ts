import type { AttentionLayers } from "./modelShape";
import { KvCacheFormat } from "./sizingArgs";
import type { Split } from "./weightBytes";

/** Tokens of a block of vLLM's KV cache. */
const blockTokens = 16;
/** Blocks that a sequence's state takes in a layer: the running one, and one at a boundary of the prefix cache. */
const stateBlocks = 2;

/** Layers of one kind, on one GPU. */
export interface KvGroup {
  readonly kind: AttentionLayers["kind"];
  /** Layers of a stage, with those that vLLM adds to make groups of one size. */
  readonly layers: number;
  readonly bytesPerToken: number;
  /** Tokens of one block; 0 where a block is a state. */
  readonly blockTokens: number;
  readonly window: number;
}

/** How a GPU keeps keys, values and states. */
export interface KvLayout {
  readonly groups: readonly KvGroup[];
  /** Layers that share a block: vLLM cuts all kinds into groups of so many. */
  readonly layersOfBlock: number;
  /** Bytes of a block of one layer; the same for all kinds of layers. */
  readonly blockBytes: number;
  /** Bytes of one more token of a long request. */
  readonly bytesPerToken: number;
}

interface Kept {
  readonly group: AttentionLayers;
  readonly layers: number;
  readonly bytesPerToken: number;
  readonly stateBytes: number;
}

const known = new WeakMap<readonly AttentionLayers[], Map<string, KvLayout>>();

/** What the fullest GPU keeps, as vLLM's hybrid KV cache manager lays it out. Remembered: no node changes it. */
export function kvLayout(
  attention: readonly AttentionLayers[],
  split: Split,
  format: KvCacheFormat,
): KvLayout {
  let layouts = known.get(attention);
  if (layouts === undefined) {
    layouts = new Map();
    known.set(attention, layouts);
  }
  const key = `${split.tensorParallel}/${split.pipelineParallel}/${format}`;
  let layout = layouts.get(key);
  if (layout === undefined) {
    layout = layOut(attention, split, format);
    layouts.set(key, layout);
  }
  return layout;
}

function layOut(
  attention: readonly AttentionLayers[],
  { tensorParallel, pipelineParallel }: Split,
  format: KvCacheFormat,
): KvLayout {
  const kept = attention
    .filter((group) => group.layers > 0)
    .map((group) => keptBy(group, tensorParallel, pipelineParallel, format));
  const counts = kept.map(({ layers }) => layers);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  // Kinds of about the same number of layers make groups of the larger one, others of the smaller one.
  const size = most < least * 1.5 ? most : least;
  const widest = Math.max(0, ...kept.map(({ bytesPerToken }) => bytesPerToken)) * blockTokens;
  const state = Math.max(0, ...kept.map(({ stateBytes }) => stateBytes));
  // A block is long enough to hold a state, so that all kinds of layers share one pool of blocks.
  const blockBytes = widest === 0 ? state : widest * Math.max(1, Math.ceil(state / widest));
  const groups = kept.map(({ group, layers, bytesPerToken }) => ({
    kind: group.kind,
    layers: Math.ceil(layers / size) * size,
    bytesPerToken,
    blockTokens: bytesPerToken === 0 ? 0 : Math.max(1, Math.floor(blockBytes / bytesPerToken)),
    window: group.kind === "sliding" ? group.window : 0,
  }));
  const growing = groups.filter(({ kind }) => kind === "full" || kind === "latent");
  return {
    groups,
    layersOfBlock: kept.length === 0 ? 0 : size,
    blockBytes,
    bytesPerToken: growing.reduce((sum, { layers, bytesPerToken }) => sum + layers * bytesPerToken, 0),
  };
}

function keptBy(group: AttentionLayers, tensorParallel: number, stages: number, format: KvCacheFormat): Kept {
  const layers = Math.ceil(group.layers / stages);
  const isShort = format === KvCacheFormat.Fp8;
  if (group.kind === "state") {
    // The number is that of all layers together.
    const stateBytes = group.bytesPerSequence / group.layers / tensorParallel;
    return { group, layers, bytesPerToken: 0, stateBytes };
  }
  if (group.kind === "latent") {
    // The same on every GPU. In 8 bits, but for the 64 numbers of position beside 512 of content, and with 16 bytes
    // of scales: 656 bytes for 576 numbers (vLLM's fp8_ds_mla). Short vectors have no position.
    const position = group.width > 512 ? 80 : 0;
    const bytesPerToken = isShort ? group.width + position : 2 * group.width;
    return { group, layers, bytesPerToken, stateBytes: 0 };
  }
  // With more GPUs than key-value heads, heads are kept several times.
  const heads = Math.max(1, group.kvHeads / tensorParallel);
  const bytesPerToken = 2 * heads * group.headSize * (isShort ? 1 : 2);
  return { group, layers, bytesPerToken, stateBytes: 0 };
}

/** Bytes that a request of so many tokens takes on a GPU at its worst. */
export function requestBytes(layout: KvLayout, tokens: number, batchedTokens: number): number {
  let blocks = 0;
  for (const group of layout.groups) {
    blocks += group.layers * blocksIn(group, tokens, batchedTokens);
  }
  return blocks * layout.blockBytes;
}

function blocksIn({ kind, blockTokens: size, window }: KvGroup, tokens: number, batchedTokens: number) {
  if (kind === "state") {
    return stateBlocks;
  }
  if (kind === "sliding") {
    // A whole step is written before old tokens go, and the window may begin inside a block.
    return Math.ceil(Math.min(window - 1 + batchedTokens, tokens) / size) + 1;
  }
  return Math.ceil(tokens / size);
}

/** Blocks of all layers of a group that so many bytes hold. */
export function blocksOf({ layersOfBlock, blockBytes }: KvLayout, bytes: number): number {
  return layersOfBlock === 0 ? 0 : Math.max(0, Math.floor(bytes / (layersOfBlock * blockBytes)));
}

/** Longest request that so many bytes hold, up to `most`. */
export function longestRequest(layout: KvLayout, bytes: number, batchedTokens: number, most: number): number {
  if (bytes < requestBytes(layout, 1, batchedTokens)) {
    return 0;
  }
  const [only] = layout.groups;
  if (layout.groups.length === 1 && only !== undefined && (only.kind === "full" || only.kind === "latent")) {
    return Math.min(most, Math.floor(bytes / (only.layers * layout.blockBytes)) * only.blockTokens);
  }
  if (requestBytes(layout, most, batchedTokens) <= bytes) {
    return most;
  }
  let fits = 1;
  let tooLong = most;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (requestBytes(layout, middle, batchedTokens) <= bytes) {
      fits = middle;
    } else {
      tooLong = middle;
    }
  }
  return fits;
}
