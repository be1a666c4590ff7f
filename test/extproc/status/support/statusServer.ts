import { randomUUID } from "node:crypto";
import { type PolicyDocument, parsePolicy } from "../../../../extproc/contract";
import type { Ledger } from "../../../../extproc/ledger/ledger";
import { memoryLedger } from "../../../../extproc/ledger/memoryLedger";
import type { Policy } from "../../../../extproc/policy/policy";
import { termsOf } from "../../../../extproc/service/budgetTerms";
import { type Health, healthOf } from "../../../../extproc/service/health";
import { type HealthServer, startHealthServer } from "../../../../extproc/service/healthServer";
import { statesOf } from "../../../../extproc/service/openLedger";
import { Board } from "../../../../extproc/service/status/board";
import type { SnapshotSources } from "../../../../extproc/service/status/snapshot";
import { statusPage } from "../../../../extproc/service/status/statusPage";
import type { SettleEvent } from "../../../../extproc/service/telemetry";
import { noUsage } from "../../../../extproc/usage/usage";

type Budgets = NonNullable<PolicyDocument["budgets"]>;

const price = { input: 3_000_000_000, output: 15_000_000_000 };
const models: PolicyDocument["models"] = {
  claude: { backends: { "default/claude": { price } } },
  "gpt-oss-20b": { backends: { "default/gpt": { price } } },
  "Qwen/Qwen3-1.7B": { backends: { "default/qwen": {} } },
};
const identities: NonNullable<PolicyDocument["identities"]> = {
  user: { header: "x-user-id" },
  team: { header: "x-team" },
};

/** Budgets of one kind each, then again with other names. */
const kinds: readonly (readonly [string, Budgets[string]])[] = [
  [
    "support-month",
    {
      ...{ per: ["team"], teams: ["support"], models: ["claude", "gpt-oss-20b"] },
      ...{ limit: { nanodollars: 1_500_000_000_000 }, period: "month" },
    },
  ],
  ["user-minute", { per: ["user"], limit: { tokens: 20_000 }, period: "minute" }],
  ["claude-hour", { per: ["model"], models: ["claude"], limit: { tokens: 2_000_000 }, period: "hour" }],
  ["everything-day", { limit: { requests: 10_000 }, period: "day" }],
  ["running", { limit: { concurrency: 8 } }],
  ["trial-of-a-limit-with-a-long-name", { limit: { tokens: 1_000_000 }, period: "week", shadow: true }],
];

/** A policy with so many budgets. */
export function policyWith(count: number): Policy {
  const budgets: Budgets = {};
  for (let at = 0; at < count; at += 1) {
    const [name = "", budget] = kinds[at % kinds.length] ?? [];
    if (budget !== undefined) {
      budgets[at < kinds.length ? name : `${name}-${Math.floor(at / kinds.length)}`] = budget;
    }
  }
  return policyOf({ budgets });
}

/** A policy of the models that figures are about. */
export function policyOf(more: Partial<PolicyDocument>): Policy {
  const { policy, problems } = parsePolicy({ version: 1, models, identities, ...more });
  if (policy === undefined) {
    throw new Error(JSON.stringify(problems));
  }
  return policy;
}

/** A settlement that is exact, and of which nothing was told before. */
export function settlement(more: Partial<SettleEvent> = {}): SettleEvent {
  return {
    ...{ model: "claude", endpoint: "chat", source: "stream", kind: "exact", ratio: 1 },
    ...{ reported: { ...noUsage, inputFresh: 100, outputText: 20, requests: 1 }, sentText: true },
    ...{ nanodollars: 600_000, team: "support", firstTokenMs: 250 },
    ...more,
  };
}

/** Spends and holds in a counter, as shares of its limit. */
export async function spend(
  { ledger, policy, board }: { ledger: Ledger; policy: Policy; board: Board },
  name: string,
  subject: string,
  used: number,
  held: number,
): Promise<void> {
  const budget = policy.budgets.find((one) => one.name === name);
  if (budget === undefined) {
    throw new Error(`no budget ${name}`);
  }
  const account = `${name}:${budget.unit}:${subject}`;
  const { period } = termsOf(budget, ledger.nowMs());
  const claim = { account, period, limit: budget.limit };
  const amounts = [used, held].map((share) => Math.round(share * budget.limit));
  const [spent = 0, kept = 0] = amounts;
  const id = randomUUID();
  await ledger.reserve({ id, candidates: [[{ ...claim, amount: 0 }]], holdMs: 60_000 });
  await ledger.settle({ id, charges: [{ account, amount: spent }], kind: "exact", reason: "test" });
  const candidates = [[{ ...claim, amount: kept, shadow: true }]];
  await ledger.reserve({ id: randomUUID(), candidates, holdMs: 60_000 });
  board.counter(name, account, used + held);
}

/** The store's clock stands still: no window ends while a test looks. */
const storeNowMs = Date.parse("2026-11-21T09:15:20Z");

/** The board's clock, which stands still while it has a time. */
interface Clock {
  atMs: number | undefined;
}

/** How long the replica has been running. */
const startedAgoMs = 3 * 3_600_000;

/** What a status page needs, with figures of an ordinary day if there are budgets. */
export async function figuresOf(policy: Policy, more: Partial<SnapshotSources> = {}) {
  const ledger = memoryLedger({ now: () => storeNowMs });
  const clock: Clock = { atMs: Date.now() - startedAgoMs };
  const board = new Board(() => clock.atMs ?? Date.now());
  clock.atMs = undefined;
  const health: Health = healthOf({
    ...{ policy, problems: [], isServing: true, isDraining: false, storeIsUp: true, storeWasUp: true },
  });
  const errors: unknown[] = [];
  const sources: SnapshotSources = {
    board,
    policy: () => policy,
    health: () => health,
    openRequests: () => 7,
    nowMs: () => ledger.nowMs(),
    inspect: (queries) => statesOf(ledger, queries),
    onError: (error) => errors.push(error),
    ...more,
  };
  return { ledger, board, clock, policy, sources, health, errors };
}

export type Figures = Awaited<ReturnType<typeof figuresOf>>;

/**
 * Some use of every budget but the last ones, and the requests of two teams in the last minute. Then the board's clock
 * stands still.
 */
export async function ordinaryDay(figures: Figures): Promise<void> {
  const { policy, clock } = figures;
  const shares = [
    [0.2, 0.05],
    [0.62, 0.21],
    [0.97, 0.03],
    [0, 0.4],
    [0.03, 0],
  ] as const;
  for (const [at, { name, per, teams, models: of }] of policy.budgets.entries()) {
    const [used, held] = shares[at % shares.length] ?? [0, 0];
    const subject = per.includes("team")
      ? `team=${[...(teams ?? [])][0]}`
      : per.includes("model")
        ? `model=${[...(of ?? [])][0]}`
        : per.includes("user")
          ? "user=alice"
          : "";
    await spend(figures, name, subject, name.startsWith("running") ? 0 : used, held);
  }
  const nowMs = Date.now();
  let told = 0;
  for (let second = 60; second > 0; second -= 1) {
    clock.atMs = nowMs - second * 1000;
    for (const due = Math.round(requestsOfDay * shareBy(60 - second + 1)); told < due; told += 1) {
      tellRequest(figures, told);
    }
    tellRefusals(figures, second);
  }
  clock.atMs = nowMs;
}

const requestsOfDay = 4_321;

/** The share of the minute's requests that has come by the end of a second: they come in waves. */
function shareBy(second: number): number {
  const waves = (at: number) => at - 3 * Math.cos(at / 6) - 0.12 * Math.cos(at * 1.7);
  return (waves(second) - waves(0)) / (waves(60) - waves(0));
}

function tellRequest({ board }: Figures, count: number): void {
  const model = ["claude", "gpt-oss-20b", "Qwen/Qwen3-1.7B"][count % 3] ?? "";
  board.decided({ outcome: "admitted", model, budget: "" });
  board.settled(
    settlement({
      ...{ model, team: count % 4 === 0 ? undefined : count % 2 === 0 ? "search" : "support" },
      nanodollars: model.startsWith("Qwen") ? 0 : 1_234_567 * (count % 17),
      firstTokenMs: 80 + (count % 400),
    }),
  );
}

/** What was refused so many seconds ago. */
function tellRefusals({ board, policy }: Figures, secondsAgo: number): void {
  if (secondsAgo <= 37) {
    const budget = policy.budgets[0]?.name ?? "support-month";
    board.decided({ outcome: "refused", model: "claude", budget });
  }
  if (secondsAgo === 12) {
    board.decided({ outcome: "unauthenticated", model: "", budget: "" });
    board.callerRefused("expired");
  }
  if (secondsAgo === 41) {
    board.decided({ outcome: "unknown_model", model: "", budget: "" });
    board.decided({ outcome: "invalid", model: "", budget: "" });
  }
}

/** Serves the page of these figures. */
export async function serve(figures: Figures, port = 0): Promise<HealthServer & { readonly url: string }> {
  const server = await startHealthServer(
    {
      health: () => figures.health,
      metrics: { contentType: "text/plain", scrape: async () => "" },
      status: statusPage(figures.sources),
      onError: (error) => figures.errors.push(error),
    },
    { port, host: "127.0.0.1" },
  );
  return { port: server.port, close: () => server.close(), url: `http://127.0.0.1:${server.port}/status` };
}
