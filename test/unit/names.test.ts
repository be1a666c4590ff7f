import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkObjectName, isDnsName, maxObjectNameLength, objectName } from "../../components/shared/names";
import { Problems } from "../../components/shared/problems";

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

/** Keys that look like each other once sanitised, and keys that look like names made here. */
const trickyKeys = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: fc.constantFrom("a", "A", "-", "/", ".", "_", "0", " ") }),
  fc.string({ unit: fc.constantFrom("a", "b", "-"), minLength: 40, maxLength: 60 }),
  fc.string({ unit: fc.constantFrom("a", "/", "-"), maxLength: 40 }).map(objectName),
  fc
    .tuple(fc.string({ unit: fc.constantFrom("a", "-"), maxLength: 40 }), fc.stringMatching(/^[0-9a-f]{8}$/))
    .map(([start, hash]) => `${start}-x${hash}`),
);

describe("objectName", () => {
  it.each([
    ["qwen3-1", "qwen3-1"],
    ["claude", "claude"],
    ["7b", "7b"],
    ["Qwen/Qwen3-1.7B", "qwen-qwen3-1-7b-x64739e94"],
    ["qwen.qwen3", "qwen-qwen3-xf2c83c15"],
    ["QWEN/qwen3", "qwen-qwen3-x775ed673"],
    ["///", "model-x732c4e97"],
    ["a-x12345678", "a-x12345678-x352d76c8"],
  ])("%s becomes %s, whatever else changes", (key, name) => {
    expect(objectName(key)).toBe(name);
  });

  it("is a DNS-1123 label within the length, for any text", () => {
    fc.assert(
      fc.property(trickyKeys, (key) => {
        const name = objectName(key);
        expect(name).toMatch(label);
        expect(name.length).toBeLessThanOrEqual(maxObjectNameLength);
      }),
    );
  });

  it("never gives one name to two keys", () => {
    fc.assert(
      fc.property(fc.uniqueArray(trickyKeys, { maxLength: 60 }), (keys) => {
        expect(new Set(keys.map(objectName)).size).toBe(keys.length);
      }),
    );
    const alike = ["Qwen/Qwen3", "qwen-qwen3", "qwen.qwen3", "QWEN/qwen3", "qwen--qwen3", "qwen-qwen3-"];
    expect(new Set(alike.map(objectName)).size).toBe(alike.length);
  });

  it("keeps a name that was made here apart from the key that it was made for", () => {
    fc.assert(
      fc.property(trickyKeys, (key) => {
        const name = objectName(key);
        expect(name === key || objectName(name) !== name).toBe(true);
      }),
    );
  });

  it("leaves a label as it is, up to the length that pods need", () => {
    const longest = "a".repeat(maxObjectNameLength);
    expect(objectName(longest)).toBe(longest);
    expect(objectName(`${longest}a`)).toMatch(/^a{36}-x[0-9a-f]{8}$/);
  });
});

describe("checkObjectName", () => {
  it.each([
    ["openai-key", true],
    ["a.b.c", true],
    ["", false],
    ["Key", false],
    ["a..b", false],
    ["a_b", false],
    ["a".repeat(254), false],
  ])("%j: %s", (name, ok) => {
    const problems = new Problems();
    checkObjectName("path", name, problems);
    expect(problems.count).toBe(ok ? 0 : 1);
    expect(isDnsName(name)).toBe(ok);
  });

  it("takes what is not known yet", () => {
    const problems = new Problems();
    checkObjectName("path", { isKnown: false }, problems);
    checkObjectName("path", undefined, problems);
    expect(problems.count).toBe(0);
  });
});
