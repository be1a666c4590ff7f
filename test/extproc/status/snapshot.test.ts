import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { PolicyDocument } from "../../../extproc/contract";
import { Board, withBoard } from "../../../extproc/service/status/board";
import { countersOf } from "../../../extproc/service/status/budgetCounters";
import { takeSnapshot } from "../../../extproc/service/status/snapshot";
import { DecisionOutcome } from "../../../extproc/service/telemetry";
import { Recorder } from "../store/support";
import { figuresOf, ordinaryDay, policyOf, policyWith, settlement, spend } from "./support/statusServer";

type Budgets = NonNullable<PolicyDocument["budgets"]>;
const day = { limit: { tokens: 100 }, period: "day" } as const;
const budgetsOf = (budgets: Budgets) => policyOf({ budgets });

describe("a board", () => {
  it("counts requests by model, and refusals with their reasons", () => {
    const board = new Board(() => 1_500);
    board.decided({ outcome: "admitted", model: "m", budget: "" });
    board.decided({ outcome: "refused", model: "m", budget: "b" });
    board.decided({ outcome: "unknown_model", model: "", budget: "" });
    expect(board.read()).toMatchObject({
      requests: 3,
      refused: 2,
      models: [{ name: "m", requests: 2, refused: 1 }],
      refusals: [
        { outcome: "refused", model: "m", budget: "b", count: 1 },
        { outcome: "unknown_model", model: "", budget: "", count: 1 },
      ],
    });
  });

  it.each(Object.values(DecisionOutcome))("knows whether %s is a refusal", (outcome) => {
    const board = new Board();
    board.decided({ outcome, model: "m", budget: "" });
    const goesOn = ["admitted", "overflow", "shrunk", "shadow", "unbudgeted"].includes(outcome);
    expect(board.read().refused).toBe(goesOn ? 0 : 1);
  });

  it("says why callers were refused, each once", () => {
    const board = new Board(() => 1_500);
    for (const reason of ["wrong", "wrong", "token"] as const) {
      board.decided({ outcome: "unauthenticated", model: "", budget: "" });
      board.callerRefused(reason);
    }
    expect(board.read()).toMatchObject({
      requests: 3,
      refused: 3,
      refusals: [
        { outcome: "caller_wrong", model: "", budget: "", count: 2 },
        { outcome: "caller_token", model: "", budget: "", count: 1 },
      ],
    });
  });

  it("adds up what models and teams spent, corrections too, each answer once", () => {
    const board = new Board(() => 0);
    board.settled(
      settlement({ kind: "estimated", reported: undefined, nanodollars: 900, firstTokenMs: undefined }),
    );
    board.settled(settlement({ kind: "corrected", nanodollars: -300 }));
    board.settled(
      settlement({ kind: "repeated", reported: undefined, nanodollars: 0, firstTokenMs: undefined }),
    );
    board.settled(settlement({ team: undefined, nanodollars: 50, firstTokenMs: undefined }));
    const { models, teams, firstToken } = board.read();
    expect(models).toMatchObject([{ name: "claude", nanodollars: 650, inputTokens: 200, outputTokens: 40 }]);
    expect(teams).toMatchObject([
      { name: "support", nanodollars: 600, requests: 1 },
      { name: "", nanodollars: 50, requests: 1 },
    ]);
    expect(firstToken?.count).toBe(1);
  });

  it("remembers the fullest counter of a budget, and follows it down", () => {
    const board = new Board();
    board.counter("b", "x", 0.2);
    board.counter("b", "y", 0.5);
    board.counter("b", "x", 0.4);
    expect(board.fullestOf("b")).toBe("y");
    board.counter("b", "y", 0.1);
    board.counter("b", "x", 0.4);
    expect(board.fullestOf("b")).toBe("x");
    expect(board.fullestOf("c")).toBeUndefined();
  });

  it("beside a telemetry changes nothing of what that is told", () => {
    const told = new Recorder();
    const counters: unknown[] = [];
    const board = new Board();
    const both = withBoard({ ...plain(told), counter: (...of) => counters.push(of) }, board);
    const decision = { outcome: "refused", model: "m", tier: "", budget: "b", by: "store" } as const;
    const event = settlement();
    both.decided(decision);
    both.settled(event);
    both.standing("b", "tokens", 10, 1, 2);
    both.counter?.("b", "x", 0.3);
    both.overshoot("b", 1);
    both.storeCall("reserve", 1, true);
    both.storeState(true, "");
    both.warned("b", 0.8, true);
    both.unknownPrice("m");
    both.overflowed("b", "", "t");
    both.failure("code", new Error("why"));
    expect(told.events).toEqual([
      ["decided", decision],
      ["settled", event],
      ["standing", "b", "tokens", 10, 1, 2],
      ["overshoot", "b", 1],
      ["storeCall", "reserve", true, 1],
      ["storeState", true, ""],
      ["warned", "b", 0.8, true],
      ["unknownPrice", "m"],
      ["overflowed", "b", "", "t"],
      ["failure", "code", "why"],
    ]);
    expect(counters).toEqual([["b", "x", 0.3]]);
    expect(board.read()).toMatchObject({
      requests: 1,
      refused: 1,
      models: [{ name: "claude" }, { name: "m" }],
    });
    expect(board.fullestOf("b")).toBe("x");
  });
});

/** The recorder as an object whose members are its own. */
function plain(told: Recorder) {
  return {
    ...told,
    storeCall: (operation: string, ms: number, isOk: boolean) => told.storeCall(operation, ms, isOk),
    failure: (code: string, error: unknown) => told.failure(code, error),
  };
}

describe("the counters that are shown", () => {
  const shown = (budgets: Budgets, fullest: Record<string, string> = {}) =>
    countersOf(budgetsOf(budgets), (name) => fullest[name]).map(({ subject, account, isFullest }) => [
      subject,
      account,
      isFullest,
    ]);

  it.each<[string, Budgets[string], ReturnType<typeof shown>]>([
    ["the only one", day, [[undefined, "b:tokens:", false]]],
    [
      "one for each declared team",
      { ...day, per: ["team"], teams: ["search", "a b"] },
      [
        ["search", "b:tokens:team=search", false],
        ["a b", "b:tokens:team=a%20b", false],
      ],
    ],
    [
      "one for each of its models",
      { ...day, per: ["model"], models: ["claude", "Qwen/Qwen3-1.7B"] },
      [
        ["claude", "b:tokens:model=claude", false],
        ["Qwen/Qwen3-1.7B", "b:tokens:model=Qwen%2FQwen3-1.7B", false],
      ],
    ],
    ["nothing yet of users", { ...day, per: ["user"] }, [[undefined, undefined, true]]],
    ["nothing yet of teams that nobody declares", { ...day, per: ["team"] }, [[undefined, undefined, true]]],
    [
      "nothing yet of users in teams",
      { ...day, per: ["team", "user"], teams: ["a"] },
      [[undefined, undefined, true]],
    ],
  ])("are: %s", (_, budget, expected) => {
    expect(shown({ b: budget })).toEqual(expected);
  });

  it("are every model of the policy where a budget names none", () => {
    expect(shown({ b: { ...day, per: ["model"] } }).map(([subject]) => subject)).toEqual([
      "Qwen/Qwen3-1.7B",
      "claude",
      "gpt-oss-20b",
    ]);
  });

  it("are the fullest of users, unless it is of before the unit changed", () => {
    const budgets: Budgets = { b: { ...day, per: ["user"] } };
    expect(shown(budgets, { b: "b:tokens:user=alice" })).toEqual([[undefined, "b:tokens:user=alice", true]]);
    expect(shown(budgets, { b: "b:nanodollars:user=alice" })).toEqual([[undefined, undefined, true]]);
  });
});

describe("a snapshot", () => {
  it("tells where budgets stand now, whatever was told of them before", async () => {
    const figures = await figuresOf(
      budgetsOf({
        all: day,
        running: { limit: { concurrency: 4 } },
        team: { ...day, per: ["team"], teams: ["search"], shadow: true },
        user: { ...day, per: ["user"], period: "minute" },
      }),
    );
    await spend(figures, "all", "", 0.5, 0.2);
    await spend(figures, "running", "", 0, 0.25);
    await spend(figures, "user", "user=alice", 0.9, 0);
    const { budgets } = await takeSnapshot(figures.sources);
    // From 09:15:20 until midnight.
    const resetInMs = (14 * 3600 + 44 * 60 + 40) * 1000;
    const tokens = { unit: "tokens", limit: 100, isShadow: false, isFullest: false, resetInMs };
    expect(budgets).toEqual([
      { ...tokens, budget: "all", period: "day", per: [], used: 50, held: 20, remaining: 30 },
      {
        ...{ budget: "running", unit: "concurrency", per: [], limit: 4, isShadow: false, isFullest: false },
        ...{ used: 0, held: 1, remaining: 3 },
      },
      {
        ...{ ...tokens, budget: "team", period: "day", per: ["team"], subject: "search" },
        ...{ isShadow: true, used: 0, held: 0, remaining: 100 },
      },
      {
        ...{ ...tokens, budget: "user", period: "minute", per: ["user"], isFullest: true },
        ...{ used: 90, held: 0, remaining: 10, resetInMs: 40_000 },
      },
    ]);
  });

  it("has no figures of a store that does not answer", async () => {
    const policy = budgetsOf({ all: day });
    const figures = await figuresOf(policy, { inspect: async () => undefined });
    const { budgets } = await takeSnapshot(figures.sources);
    expect(budgets).toEqual([
      ...[
        {
          budget: "all",
          unit: "tokens",
          period: "day",
          per: [],
          limit: 100,
          isFullest: false,
          isShadow: false,
        },
      ],
    ]);
  });

  it("asks the store once, and not at all without budgets", async () => {
    const inspect = vi.fn(async () => []);
    await takeSnapshot((await figuresOf(policyWith(40), { inspect })).sources);
    expect(inspect).toHaveBeenCalledTimes(1);
    await takeSnapshot((await figuresOf(policyWith(0), { inspect })).sources);
    expect(inspect).toHaveBeenCalledTimes(1);
  });

  it("shows 200 counters, and says how many there are beyond", async () => {
    const { sources } = await figuresOf(policyWith(203));
    const { budgets, budgetsLeftOut } = await takeSnapshot(sources);
    expect([budgets.length, budgetsLeftOut]).toEqual([200, 3]);
  });

  it("learns that another user's counter is fuller by now", async () => {
    const figures = await figuresOf(budgetsOf({ user: { ...day, per: ["user"], period: "minute" } }));
    await spend(figures, "user", "user=alice", 0.3, 0);
    // What was seen of it last is of a window that is over.
    figures.board.counter("user", "user:tokens:user=alice", 0.9);
    await takeSnapshot(figures.sources);
    await spend(figures, "user", "user=bob", 0.4, 0);
    expect((await takeSnapshot(figures.sources)).budgets).toMatchObject([{ used: 40 }]);
  });

  it("knows which models have a price", async () => {
    const figures = await figuresOf(policyWith(3));
    await ordinaryDay(figures);
    expect((await takeSnapshot(figures.sources)).pricedModels.toSorted()).toEqual(["claude", "gpt-oss-20b"]);
  });

  it("names no user and no key, whatever they are called", async () => {
    const name = fc.stringMatching(/^[a-z]{3}-[\w @.%/é-]{1,20}$/).map((text) => `zz${text}zz`);
    const per = fc.constantFrom<string[]>(["user"], ["key"], ["team", "user"], ["user", "model"]);
    await fc.assert(
      fc.asyncProperty(name, per, async (user, dimensions) => {
        const policy = policyOf({
          budgets: { b: { ...day, per: dimensions } },
          identities: { user: { header: "x-u" }, team: { header: "x-t" }, key: { header: "x-k" } },
        });
        const figures = await figuresOf(policy);
        const subject = dimensions.map((dimension) => `${dimension}=${encodeURIComponent(user)}`).join("&");
        await spend(figures, "b", subject, 0.5, 0);
        const snapshot = await takeSnapshot(figures.sources);
        expect(snapshot.budgets).toMatchObject([{ used: 50 }]);
        const text = JSON.stringify(snapshot);
        expect(text).not.toContain(user);
        expect(text).not.toContain(encodeURIComponent(user));
      }),
      { numRuns: 50 },
    );
  });
});
