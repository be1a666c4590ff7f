import { afterEach, describe, expect, it, vi } from "vitest";
import type { PolicyDocument } from "../../../extproc/contract";
import { startProcessor } from "../../../extproc/processor";
import { defaultSettings, type Settings } from "../../../extproc/service/settings";
import type { StatusSnapshot } from "../../../extproc/service/status/snapshot";
import { EnvoyClient, refusalOf } from "../support/envoyCalls";
import { LogLines } from "../support/logLines";
import { smallPolicy } from "../support/policies";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

const policy: PolicyDocument = {
  ...smallPolicy(),
  identities: { user: { header: "x-user-id" }, team: { header: "x-team" } },
  budgets: {
    "team-day": { per: ["team"], teams: ["search"], limit: { requests: 2 }, period: "day", settle: "stream" },
    "user-day": { per: ["user"], limit: { tokens: 10_000 }, period: "day", settle: "stream" },
  },
};
const chat = {
  model: "claude",
  max_tokens: 10,
  messages: [{ role: "user", content: "hunter2 is my prompt" }],
};
const caller = { "x-user-id": "alice", "x-team": "search", authorization: "Bearer hunter3" };

async function start(settings: Partial<Settings> = {}) {
  const log = new LogLines();
  const running = await startProcessor({
    settings: { ...defaultSettings, host: "127.0.0.1", port: 0, healthPort: 0, drainDelayMs: 0, ...settings },
    policy,
    log,
  });
  closers.push(() => running.close());
  const client = new EnvoyClient(running.port);
  closers.push(() => client.close());
  return { running, client, log, url: `http://127.0.0.1:${running.healthPort}/status` };
}

/** The first snapshot of a new watcher, as text. */
async function snapshotText(url: string): Promise<string> {
  const ended = new AbortController();
  const response = await fetch(`${url}/events`, { signal: ended.signal });
  let text = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (/^data: .*\n\n/m.test(text)) {
      break;
    }
  }
  ended.abort();
  return /^data: (.*)$/m.exec(text)?.[1] ?? "";
}

const snapshotOf = async (url: string) => JSON.parse(await snapshotText(url)) as StatusSnapshot;

describe("the status page of a processor", () => {
  it("shows what requests did, and nothing of who sent them or what they said", async () => {
    const { client, url } = await start();
    const budget = { budget: "team-day", subject: "search", limit: 2 };
    expect((await snapshotOf(url)).budgets).toMatchObject([{ ...budget, used: 0 }, { budget: "user-day" }]);
    const call = client.call();
    await call.request(chat, caller);
    expect(await snapshotOf(url)).toMatchObject({
      openRequests: 1,
      budgets: [
        { ...budget, used: 0, held: 1, remaining: 1 },
        { budget: "user-day", isFullest: true },
      ],
    });
    await call.answerBody("hunter4 is my answer", 12, 5);
    await call.end();
    await vi.waitFor(async () => {
      expect(await snapshotOf(url)).toMatchObject({
        ...{ requests: 1, refused: 0, openRequests: 0, store: "up", isReady: true },
        budgets: [
          { ...budget, used: 1, held: 0 },
          { budget: "user-day", used: 17, held: 0, remaining: 9_983 },
        ],
        models: [{ name: "claude", requests: 1, inputTokens: 12, outputTokens: 5, nanodollars: 111_000 }],
        teams: [{ name: "search", requests: 1, nanodollars: 111_000 }],
      });
    });
    expect(await snapshotText(url)).not.toMatch(/alice|hunter/);
  });

  it("shows why requests were refused", async () => {
    const { client, url } = await start();
    for (const refusal of [undefined, undefined, 429, 429]) {
      expect(refusalOf(await client.call().request(chat, caller))).toBe(refusal);
    }
    expect(refusalOf(await client.call().request({ ...chat, model: "hunter5" }, caller))).toBe(404);
    const text = await snapshotText(url);
    expect(
      (JSON.parse(text) as StatusSnapshot).refusals.toSorted((one, other) => other.count - one.count),
    ).toMatchObject([
      { outcome: "refused", model: "claude", budget: "team-day", count: 2 },
      { outcome: "unknown_model", model: "", budget: "", count: 1 },
    ]);
    expect(text).not.toMatch(/alice|hunter/);
  });

  it("follows the policy", async () => {
    const { running, url } = await start();
    running.update({ ...policy, budgets: {} });
    expect((await snapshotOf(url)).budgets).toEqual([]);
  });

  it("is not there with STATUS_PAGE=false, and nothing else changes", async () => {
    const { client, running, url } = await start({ statusPage: false });
    const call = client.call();
    expect(refusalOf(await call.request(chat, caller))).toBeUndefined();
    await call.answerBody("hello", 12, 5);
    await call.end();
    for (const path of ["", "/events"]) {
      expect((await fetch(url + path)).status).toBe(404);
    }
    expect(await running.metrics()).toContain('budget_used{budget="user-day",unit="tokens"}');
  });

  it("does not keep a processor that ends", async () => {
    const { running, url, log } = await start();
    const response = await fetch(`${url}/events`);
    await running.drain();
    await expect(response.text()).rejects.toThrow();
    expect(log.codes()).toEqual(["policy_accepted", "started"]);
  });
});
