import { describe, expect, it } from "vitest";
import { callerOf, groupsOf } from "../../../extproc/service/caller";
import { policyOf } from "../store/support";
import { headersOf, metadataOf } from "./support/exchanges";

const policy = policyOf(
  {},
  {
    identities: {
      key: { header: "x-key" },
      user: { metadata: { namespace: "jwt", path: ["claims", "sub"] } },
    },
    lookups: { key: { batch: { team: "search" } } },
  },
);
const caller = (headers: Record<string, string>, claims: unknown) =>
  Object.fromEntries(callerOf(policy, headersOf(headers), metadataOf({ jwt: { claims } })));

describe("who calls", () => {
  it("is what authentication put into headers and metadata, and what is looked up from it", () => {
    expect(caller({ "x-key": "batch" }, { sub: "ann" })).toEqual({
      key: "batch",
      user: "ann",
      team: "search",
    });
  });

  it.each<[unknown, string | undefined]>([
    [7, "7"],
    [true, "true"],
    [["ann"], "ann"],
    [["ann", "bob"], undefined],
    [[], undefined],
    ["", undefined],
    [null, undefined],
    [{ name: "ann" }, undefined],
    [undefined, undefined],
  ])("is a single value: %j", (sub, user) => {
    expect(caller({}, { sub })).toEqual(user === undefined ? {} : { user });
  });

  it("has the lists of whichever issuer's token it is", () => {
    const place = (name: string) => ({ namespace: "jwt", path: [name, "teams"] });
    const either = policyOf({}, { identities: { team: { anyOf: [place("a"), place("b")] } } });
    const teams = ["red", "blue"];
    expect(groupsOf(either, metadataOf({ jwt: { b: { teams } } }))).toEqual(new Map([["team", teams]]));
    expect(groupsOf(either, metadataOf({ jwt: { b: { teams: ["red"] } } })).size).toBe(0);
  });

  it("is nobody where nothing is said, whatever shape that has", () => {
    for (const claims of [undefined, null, "sub", 7, []]) {
      expect(caller({ "x-key": "" }, claims)).toEqual({});
    }
    const inherited = policyOf(
      {},
      { identities: { user: { metadata: { namespace: "jwt", path: ["constructor", "name"] } } } },
    );
    expect(callerOf(inherited, headersOf({}), metadataOf({ jwt: {} })).size).toBe(0);
  });
});
