import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EngineMemory } from "../../cli/local/engine/engineMemory";
import type { CacheTime, PromptBlock } from "../../cli/local/engine/prompt";
import { noCacheUse, PromptCache } from "../../cli/local/engine/promptCache";

/** A block of so many tokens of a letter, perhaps marked. */
function block(letter: string, tokens: number, cacheTime?: CacheTime): PromptBlock {
  return { owner: "user", text: letter.repeat(4 * tokens), cacheTime };
}

const use = (read: number, written5m = 0, written1h = 0) => ({ read, written5m, written1h });
const minute = 60_000;

describe("marked prompts", () => {
  const cached = (blocks: readonly PromptBlock[], cache = new PromptCache(), model = "m") =>
    cache.useMarked(model, blocks, 0);

  it("are written at first sight, read afterwards, and written on where they go on", () => {
    const cache = new PromptCache();
    const rules = block("a", 100, "5m");
    expect(cached([rules, block("b", 10)], cache)).toEqual(use(0, 100));
    expect(cached([rules, block("c", 20)], cache)).toEqual(use(100));
    expect(cached([rules, block("b", 10), block("d", 5, "5m")], cache)).toEqual(use(100, 15));
    expect(cached([rules, block("b", 10), block("d", 5), block("e", 1, "5m")], cache)).toEqual(use(115, 1));
  });

  it("are written for an hour up to the last such mark, and for five minutes from there", () => {
    const cache = new PromptCache();
    const request = (last: string) => [
      block("a", 100, "1h"),
      block("b", 20, "1h"),
      block("c", 7),
      block(last, 3, "5m"),
    ];
    expect(cached(request("d"), cache)).toEqual(use(0, 10, 120));
    expect(cached(request("d"), cache)).toEqual(use(130));
    expect(cached(request("e"), cache)).toEqual(use(120, 10));
    expect(cached([block("a", 100, "1h"), block("x", 20, "1h")], cache)).toEqual(use(100, 0, 20));
  });

  it.each<[string, readonly PromptBlock[], string]>([
    ["of another model", [block("a", 100, "5m")], "other"],
    ["with another text", [block("b", 100, "5m")], "m"],
    ["by somebody else", [{ ...block("a", 100, "5m"), owner: "system" }], "m"],
    ["with the same text in another shape", [{ ...block("a", 100, "5m"), identity: "x" }], "m"],
    ["behind something else", [block("x", 1), block("a", 100, "5m")], "m"],
    ["cut into other blocks", [block("a", 50), block("a", 50, "5m")], "m"],
  ])("are not read where the prompt is one %s", (_, blocks, model) => {
    const cache = new PromptCache();
    expect(cached([block("a", 100, "5m")], cache)).toEqual(use(0, 100));
    expect(cached(blocks, cache, model)).toMatchObject({ read: 0 });
  });

  it("are known by their marks alone: what nobody marked was not written", () => {
    const cache = new PromptCache();
    cached([block("a", 100), block("b", 10, "5m")], cache);
    expect(cached([block("a", 100, "5m"), block("c", 10)], cache)).toEqual(use(0, 100));
    expect(cached([block("a", 100), block("c", 10)], cache)).toEqual(noCacheUse);
  });

  it("are looked for among the twenty blocks up to a mark", () => {
    const cache = new PromptCache();
    cached([block("a", 100, "5m")], cache);
    const more = (count: number) => Array.from({ length: count }, () => block("z", 1));
    expect(cached([block("a", 100), ...more(18), block("b", 1, "5m")], cache)).toEqual(use(100, 19));
    expect(cached([block("a", 100), ...more(20), block("c", 1, "5m")], cache)).toEqual(use(0, 121));
    expect(cached([block("a", 100, "5m"), ...more(40), block("d", 1, "5m")], cache)).toEqual(use(100, 41));
  });

  it("are cached from the shortest length on", () => {
    const cache = new PromptCache();
    const request = [block("a", 1_023, "5m"), block("b", 1, "5m")];
    expect(cache.useMarked("m", request, 1_025)).toEqual(noCacheUse);
    expect(cache.useMarked("m", request, 1_024)).toEqual(use(0, 1_024));
    expect(cache.useMarked("m", request, 1_024)).toEqual(use(1_024));
    // The shorter beginning never was in the cache.
    expect(cache.useMarked("m", [request[0] ?? block("a", 1)], 0)).toEqual(use(0, 1_023));
  });

  it.each<[CacheTime, number]>([
    ["5m", 5 * minute],
    ["1h", 60 * minute],
  ])("are forgotten when they were not used for %s", (time, lifetime) => {
    let now = 0;
    const cache = new PromptCache(() => now);
    const request = [block("a", 100, time)];
    const written = time === "5m" ? use(0, 100) : use(0, 0, 100);
    expect(cached(request, cache)).toEqual(written);
    // Each use makes it last as long again.
    for (let times = 0; times < 3; times += 1) {
      now += lifetime - 1;
      expect(cached(request, cache)).toEqual(use(100));
    }
    now += lifetime;
    expect(cached(request, cache)).toEqual(written);
  });

  it("a prompt that is asked again is read as far as it was read or written, whatever came before", () => {
    const blocks = fc.array(
      fc.record({
        letter: fc.constantFrom("a", "b", "c"),
        tokens: fc.integer({ min: 0, max: 9 }),
        time: fc.constantFrom<CacheTime | undefined>("5m", "1h", undefined),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(fc.array(blocks, { minLength: 1, maxLength: 8 }), (requests) => {
        const cache = new PromptCache(() => 0);
        for (const request of requests) {
          const prompt = request.map(({ letter, tokens, time }) => block(letter, tokens, time));
          const first = cached(prompt, cache);
          const marked = prompt.findLastIndex(({ cacheTime }) => cacheTime !== undefined) + 1;
          const whole = request.slice(0, marked).reduce((sum, { tokens }) => sum + tokens, 0);
          expect(Math.min(first.read, first.written5m, first.written1h)).toBeGreaterThanOrEqual(0);
          // A mark for an hour behind one for five minutes is refused before it comes here, but never counts twice.
          expect(first.read + first.written5m + first.written1h).toBe(whole);
          expect(cached(prompt, cache)).toEqual(use(whole));
        }
      }),
    );
  });

  it("are kept in a bounded number: those that were not used for longest go first", () => {
    const cache = new PromptCache(() => 0);
    const request = (number: number) => [{ owner: "user", text: `n${number}`, cacheTime: "5m" } as const];
    const isKnown = (number: number) => cache.useMarked("m", request(number), 0).read > 0;
    for (let number = 0; number < 20_000; number += 1) {
      isKnown(number);
    }
    expect(isKnown(0)).toBe(true);
    // One more takes the place of the second, since the first was just used.
    expect(isKnown(20_000)).toBe(false);
    expect(isKnown(0)).toBe(true);
    expect(isKnown(1)).toBe(false);
  });
});

describe("long prompts of OpenAI's models", () => {
  const cached = (cache: PromptCache, ...blocks: PromptBlock[]) => cache.useLong("m", blocks, 1_024);

  it("are cached from 1,024 tokens on, in steps of 128", () => {
    const cache = new PromptCache();
    expect(cached(cache, block("a", 1_023))).toEqual(noCacheUse);
    expect(cached(cache, block("a", 1_024))).toEqual(use(0, 1_024));
    expect(cached(cache, block("a", 1_024))).toEqual(use(1_024));
    expect(cached(cache, block("a", 1_279))).toEqual(use(1_024, 128));
    expect(cached(cache, block("a", 1_151), block("b", 200))).toEqual(use(1_024, 256));
  });

  it("are read as far as they are the same, wherever their blocks end", () => {
    const cache = new PromptCache();
    cached(cache, block("a", 1_500), block("b", 500));
    expect(cached(cache, block("a", 1_500), block("c", 500))).toEqual(use(1_408, 512));
    expect(cached(cache, { ...block("a", 1_500), owner: "system" })).toEqual(use(0, 1_408));
    expect(cache.useLong("other", [block("a", 1_500)], 1_024)).toEqual(use(0, 1_408));
  });

  it("are forgotten after five minutes without use", () => {
    let now = 0;
    const cache = new PromptCache(() => now);
    cached(cache, block("a", 2_000));
    now += 5 * minute - 1;
    expect(cached(cache, block("a", 2_000))).toEqual(use(1_920));
    now += 5 * minute;
    expect(cached(cache, block("a", 2_000))).toEqual(use(0, 1_920));
  });
});

describe("an engine's memory", () => {
  it("keeps the last thousand responses, and nothing after it was told to forget", () => {
    const memory = new EngineMemory();
    for (let number = 0; number <= 1_000; number += 1) {
      memory.storeResponse(`r${number}`, [block("a", number)]);
    }
    expect(memory.conversation("r0")).toBeUndefined();
    expect(memory.conversation("r1")).toEqual([block("a", 1)]);
    memory.prompts.useMarked("m", [block("a", 9, "5m")], 0);
    memory.forget();
    expect(memory.conversation("r1000")).toBeUndefined();
    expect(memory.prompts.useMarked("m", [block("a", 9, "5m")], 0)).toEqual(use(0, 9));
  });
});
