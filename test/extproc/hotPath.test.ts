import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryLedger } from "../../extproc/ledger/memoryLedger";
import { backendPrice } from "../../extproc/policy/backendPrice";
import { bindingsOf } from "../../extproc/policy/match";
import { budgetStore } from "../../extproc/service/budgetStore";
import { boundsOf } from "../../extproc/service/candidates";
import { knownBounds } from "../../extproc/service/knownBounds";
import { requestId } from "../../extproc/service/requestId";
import { readRequest } from "../../extproc/wire/readRequest";
import { FlakyLedger } from "./store/flakyLedger";
import { claimsOf, hour, policyOf, Recorder } from "./store/support";
import { namespaces } from "./wire/arbitraries";
import { encodeRequest, toMetadata } from "./wire/protos";

describe("metadata of which some members are asked for", () => {
  it("has these as the whole has them, and nothing inherited", () => {
    const names = ["__proto__", "constructor", "toString", "", "a"];
    fc.assert(
      fc.property(namespaces, (metadata) => {
        const encoded = encodeRequest({ responseBody: {}, metadataContext: toMetadata(metadata) });
        const request = readRequest(encoded);
        const found = "metadata" in request ? request.metadata : undefined;
        for (const namespace of [...Object.keys(metadata), "not-there"]) {
          const whole = found?.get(namespace);
          const some = found?.get(namespace, names);
          expect(some === undefined).toBe(whole === undefined);
          for (const name of names) {
            expect(JSON.stringify(some?.[name])).toBe(JSON.stringify(whole?.[name]));
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("ids of requests", () => {
  it("are random UUIDs, and never the same", () => {
    const ids = new Set(Array.from({ length: 2_000 }, requestId));
    expect(ids.size).toBe(2_000);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});

describe("a store whose ledger is in this process", () => {
  const policy = policyOf({ all: hour, each: { ...hour, per: ["user"], warnAt: [0.5] } });
  const now = () => 1_770_000_000_000;
  const claims = (amount: number) => [claimsOf(policy, amount, { user: "u" })];
  const chargesOf = (amount: number) =>
    claimsOf(policy, amount, { user: "u" }).map(({ binding: { budget, subject } }) => ({
      account: `${budget.name}:${budget.unit}:${subject}`,
      budget: budget.name,
      amount,
    }));

  it("decides and settles at once what it would later", async () => {
    const told = [new Recorder(), new Recorder()] as const;
    const direct = budgetStore({ ledger: memoryLedger({ now }), telemetry: told[0] });
    const wrapped = budgetStore({ ledger: new FlakyLedger(memoryLedger({ now })), telemetry: told[1] });
    for (const [id, amount] of [
      ["1", 30],
      ["2", 40],
      ["3", 50],
      ["4", 10],
    ] as const) {
      const request = { id, candidates: claims(amount), policy };
      expect(wrapped.decideAtOnce?.(request)).toBeUndefined();
      const decided = direct.decideAtOnce?.(request);
      expect(decided).toEqual(await wrapped.decide(request));
      if (decided?.admitted === true) {
        const settlement = {
          id,
          charges: chargesOf(amount + 1),
          kind: "exact",
          reason: "log",
          policy,
        } as const;
        expect(wrapped.settleAtOnce?.(settlement)).toBeUndefined();
        expect(direct.settleAtOnce?.(settlement)).toMatchObject(await wrapped.settle(settlement));
        expect(direct.settleAtOnce?.(settlement)?.outcome).toBe("repeated");
        await wrapped.settle(settlement);
      }
    }
    const events = told.map(({ events }) => events.map((event) => event.slice(0, 3)));
    expect(events[0]).toEqual(events[1]);
  });

  it("leaves what it cannot count to the calls that say why", () => {
    const told = new Recorder();
    const store = budgetStore({ ledger: memoryLedger(), telemetry: told });
    expect(store.decideAtOnce?.({ id: "r", candidates: claims(0.5), policy })).toBeUndefined();
    const settlement = { id: "r", charges: chargesOf(0.5), kind: "exact", reason: "log", policy } as const;
    expect(store.settleAtOnce?.(settlement)).toBeUndefined();
    expect(told.events).toEqual([]);
  });
});

describe("what is remembered of a policy", () => {
  const policy = policyOf({
    all: hour,
    teams: { ...hour, teams: ["x", "y"] },
    users: { ...hour, users: ["x"] },
    each: { ...hour, per: ["user", "team"] },
  });
  const model = policy.models.get("m");
  const value = fc.option(fc.constantFrom("x", "y", "", "x\n1 y", "1 x", "-"), { nil: undefined });

  it("binds every caller as it would without", () => {
    const callers = fc.record({ team: value, user: value, other: value });
    fc.assert(
      fc.property(callers, (attributes) => {
        const caller = new Map<string, string>();
        for (const [name, text] of Object.entries(attributes)) {
          if (text !== undefined) {
            caller.set(name, text);
          }
        }
        if (model === undefined) {
          throw new Error("no model");
        }
        expect(knownBounds(policy, model, caller)).toEqual(boundsOf(bindingsOf(policy, "m", caller), model));
      }),
      { numRuns: 1_000 },
    );
  });

  it("tells an unknown tier from none", () => {
    if (model === undefined) {
      throw new Error("no model");
    }
    expect(backendPrice(model, undefined).tier).toBeUndefined();
    expect(backendPrice(model, undefined, "").tier).toBe("");
    expect(backendPrice(model, undefined).tier).toBeUndefined();
    expect(backendPrice(model, "default/a", "").tier).toBe("");
  });
});
