import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeValues, valueAt } from "../../components/gateway/helmValues";
import { parseRedisUrl } from "../../components/gateway/redisUrl";

describe("parseRedisUrl", () => {
  it.each([
    ["redis://cache:6379", { host: "cache", port: 6379, tls: false }],
    [
      "rediss://master.abc.cache.amazonaws.com:6380",
      { host: "master.abc.cache.amazonaws.com", port: 6380, tls: true },
    ],
    ["redis://10.0.0.7", { host: "10.0.0.7", port: 6379, tls: false }],
    ["redis://[fd00::1]:6379/", { host: "[fd00::1]", port: 6379, tls: false }],
  ])("reads %s", (url, address) => {
    expect(parseRedisUrl(url)).toEqual(address);
  });

  it.each([
    ["", /redis:\/\/host:port/],
    ["cache:6379", /redis:\/\/host:port/],
    ["http://cache:6379", /redis:\/\/host:port/],
    ["redis://", /neither a host name/],
    ["redis://:6379", /neither a host name/],
    ["redis://a b:6379", /neither a host name/],
    ["redis://cache:0", /use 1 to 65535/],
    ["redis://cache:65536", /use 1 to 65535/],
    ["redis://cache:http", /use 1 to 65535/],
    ["redis://cache:6379/2", /"\/2"/],
    ["redis://cache:6379?db=2", /leave out database/],
    ["redis://a:1,b:2", /several servers/],
    ["redis://user:pw@cache:6379", /in clear/],
  ])("refuses %j", (url, reason) => {
    expect(parseRedisUrl(url)).toMatch(reason);
  });

  it("never repeats a password", () => {
    const secret = fc.stringMatching(/^[a-z]{8,20}[/?#:,]?[a-z]{8,20}$/);
    fc.assert(
      fc.property(secret, fc.constantFrom("", "/1", "?x=1"), (password, rest) => {
        const answer = parseRedisUrl(`redis://user:${password}@cache:6379${rest}`);
        expect(typeof answer).toBe("string");
        for (const part of password.split(/[^a-z]/)) {
          expect(answer).not.toContain(part);
        }
      }),
    );
  });
});

const tree = fc.letrec<{ map: Record<string, unknown>; value: unknown }>((tie) => ({
  map: fc.dictionary(fc.constantFrom("a", "b", "c", "__proto__"), tie("value"), { maxKeys: 4 }),
  value: fc.oneof(
    { depthSize: "small" },
    fc.integer(),
    fc.constant(null),
    fc.array(fc.integer()),
    tie("map"),
  ),
})).map;

describe("mergeValues", () => {
  it("joins maps, replaces lists and keeps null, by which Helm removes a default", () => {
    expect(mergeValues({ a: { x: 1, y: [1, 2] }, b: 1 }, { a: { y: [3], z: null }, c: 2 })).toEqual({
      a: { x: 1, y: [3], z: null },
      b: 1,
      c: 2,
    });
  });

  it("takes an output as one value, on either side", () => {
    const output = pulumi.output({ x: 1 });
    expect(mergeValues({ a: output }, { a: { y: 2 } })).toEqual({ a: { y: 2 } });
    expect(mergeValues({ a: { y: 2 } }, { a: output })["a"]).toBe(output);
  });

  it("lets every value of the second win and loses no other, and changes neither", () => {
    fc.assert(
      fc.property(tree, tree, (base, over) => {
        const before = JSON.stringify([base, over]);
        const merged = mergeValues(base, over);
        expect(JSON.stringify([base, over])).toBe(before);
        expect(mergeValues(merged, over)).toEqual(merged);
        expect(new Set(Object.keys(merged))).toEqual(new Set([...Object.keys(base), ...Object.keys(over)]));
        expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
      }),
    );
  });
});

describe("valueAt", () => {
  it("finds what is there and nothing that every object has", () => {
    expect(valueAt({ a: { b: 0 } }, ["a", "b"])).toBe(0);
    expect(valueAt({ a: { b: 0 } }, ["a", "toString"])).toBeUndefined();
    expect(valueAt({ a: [1] }, ["a", "0"])).toBeUndefined();
  });
});
