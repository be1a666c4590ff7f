import { createHash } from "node:crypto";
import type { CacheTime, PromptBlock } from "./prompt";
import { countTokens, tokenEnds } from "./tokens";

/** What of a prompt came from a cache and was written to one, in tokens. The rest is neither. */
export interface CacheUse {
  readonly read: number;
  /** Written to be kept for five minutes, or for a time that the provider does not tell. */
  readonly written5m: number;
  readonly written1h: number;
}

export const noCacheUse: CacheUse = Object.freeze({ read: 0, written5m: 0, written1h: 0 });

/** A beginning of a prompt. */
interface Beginning {
  readonly key: string;
  readonly tokens: number;
  readonly cacheTime?: CacheTime | undefined;
}

/** Blocks that are looked at from a mark backwards, itself included (Anthropic's prompt caching guide, August 2026). */
const lookback = 20;
/** Prompts of OpenAI's models are cached in steps of so many tokens (OpenAI's prompt caching guide, August 2026). */
const step = 128;
/** Beginnings that are remembered; those that were not used for longest go first. */
const mostKept = 20_000;

const minutes = 60_000;
const lifetimes: Readonly<Record<CacheTime, number>> = { "5m": 5 * minutes, "1h": 60 * minutes };

/** An engine's cache of prompts: it knows exact beginnings, and forgets what was not used for as long as it is kept. */
export class PromptCache {
  private readonly kept = new Map<string, { readonly cacheTime: CacheTime; readonly until: number }>();

  constructor(private readonly now: () => number = Date.now) {}

  /**
   * As Anthropic does: what ends in a marked block is written, and read from then on. The longest known beginning
   * counts; what follows on it, up to the last mark of each time, is written. Shorter beginnings than `fewest` tokens
   * are not cached, and nothing says so.
   */
  useMarked(model: string, blocks: readonly PromptBlock[], fewest: number): CacheUse {
    if (blocks.every(({ cacheTime }) => cacheTime === undefined)) {
      return noCacheUse;
    }
    const all = beginnings(model, blocks);
    const marks = all.flatMap(({ cacheTime, tokens }, at) =>
      cacheTime !== undefined && tokens >= fewest ? [at] : [],
    );
    let hit = -1;
    for (const mark of marks) {
      for (let at = mark; at > Math.max(hit, mark - lookback); at -= 1) {
        if (this.touch(all[at])) {
          hit = at;
        }
      }
    }
    const read = all[hit]?.tokens ?? 0;
    let until1h = read;
    let until5m = read;
    for (const mark of marks.filter((at) => at > hit).map((at) => all[at])) {
      if (mark?.cacheTime !== undefined) {
        this.keep(mark.key, mark.cacheTime);
        until1h = mark.cacheTime === "1h" ? mark.tokens : until1h;
        until5m = mark.cacheTime === "5m" ? mark.tokens : until5m;
      }
    }
    return { read, written5m: Math.max(0, until5m - until1h), written1h: until1h - read };
  }

  /** As OpenAI does: every long prompt is cached, whoever sends it, up to the last whole step. */
  useLong(model: string, blocks: readonly PromptBlock[], fewest: number): CacheUse {
    // No token is shorter than a character.
    if (blocks.reduce((sum, { text }) => sum + text.length, 0) < fewest) {
      return noCacheUse;
    }
    const all = steps(model, blocks, fewest);
    let read = 0;
    for (const { key, tokens } of all) {
      if (this.touch({ key, tokens })) {
        read = tokens;
      } else {
        this.keep(key, "5m");
      }
    }
    return { ...noCacheUse, read, written5m: (all.at(-1)?.tokens ?? 0) - read };
  }

  forget(): void {
    this.kept.clear();
  }

  /** Whether a beginning is known; using it keeps it for longer. */
  private touch(beginning: Beginning | undefined): boolean {
    const known = beginning === undefined ? undefined : this.kept.get(beginning.key);
    if (beginning === undefined || known === undefined || known.until <= this.now()) {
      return false;
    }
    this.keep(beginning.key, known.cacheTime);
    return true;
  }

  private keep(key: string, cacheTime: CacheTime): void {
    // Behind all others: the first one is the one that was not used for longest.
    this.kept.delete(key);
    this.kept.set(key, { cacheTime, until: this.now() + lifetimes[cacheTime] });
    const [oldest] = this.kept.keys();
    if (this.kept.size > mostKept && oldest !== undefined) {
      this.kept.delete(oldest);
    }
  }
}

/** The beginnings of a prompt that end with a block. */
function beginnings(model: string, blocks: readonly PromptBlock[]): readonly Beginning[] {
  const hash = createHash("sha256").update(JSON.stringify(model));
  let tokens = 0;
  return blocks.map(({ owner, text, identity = text, cacheTime }) => {
    hash.update(JSON.stringify([owner, identity]));
    tokens += countTokens(text);
    return { key: hash.copy().digest("base64url"), tokens, cacheTime };
  });
}

/** The beginnings of a prompt that end with a whole step, from `fewest` tokens on. */
function steps(model: string, blocks: readonly PromptBlock[], fewest: number): readonly Beginning[] {
  const hash = createHash("sha256").update(JSON.stringify(model));
  const found: Beginning[] = [];
  let tokens = 0;
  for (const { owner, text } of blocks) {
    hash.update(JSON.stringify(owner));
    let from = 0;
    for (const end of tokenEnds(text)) {
      tokens += 1;
      if (tokens >= fewest && (tokens - fewest) % step === 0) {
        hash.update(text.slice(from, end));
        from = end;
        found.push({ key: hash.copy().digest("base64url"), tokens });
      }
    }
    hash.update(text.slice(from));
  }
  return found;
}
