import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { PolicyDocument } from "../../extproc/contract";
import type { PolicyProblem } from "../../extproc/policy/documentReader";
import type { Policy } from "../../extproc/policy/policy";
import { CurrentPolicy, type PolicyRules } from "../../extproc/service/currentPolicy";
import type { FileWatchOptions } from "../../extproc/service/fileWatch";
import { PolicyFile } from "../../extproc/service/policyFile";
import { smallPolicy } from "./support/policies";

let folder = "";
const open: PolicyFile[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "processor-policy-"));
});

afterEach(() => {
  for (const file of open.splice(0)) {
    file.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A current policy that keeps what it was told. */
function recorded(rules: PolicyRules = {}) {
  const accepted: Policy[] = [];
  const refused: (readonly PolicyProblem[])[] = [];
  const current = new CurrentPolicy(rules, {
    accepted: (policy) => accepted.push(policy),
    refused: (problems) => refused.push(problems),
  });
  return { current, accepted, refused };
}

const limits = (policies: readonly Policy[]) => policies.map(({ budgets }) => budgets[0]?.limit);

/** Only what the system tells of a change counts, unless a test says otherwise. */
function follow(path: string, options: FileWatchOptions = { debounceMs: 20, pollMs: 3_600_000 }) {
  const record = recorded();
  open.push(new PolicyFile(path, record.current, options));
  return record;
}

const put = (path: string, document: PolicyDocument) => writeFileSync(path, JSON.stringify(document));

/** What Kubernetes does with a ConfigMap: a folder for each version, and a link that is swapped in one step. */
function mount(version: number, document: PolicyDocument): void {
  const name = `..2026_${version}`;
  mkdirSync(join(folder, name));
  put(join(folder, name, "policy.json"), document);
  symlinkSync(name, join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
}

describe("a policy file", () => {
  it("is read at once", () => {
    const path = join(folder, "policy.json");
    put(path, smallPolicy(100));
    const { accepted, refused, current } = follow(path);
    expect(limits(accepted)).toEqual([100]);
    expect(refused).toEqual([]);
    expect(current.policy).toBe(accepted[0]);
  });

  it("is read again when it is written, and once for several writes", async () => {
    const path = join(folder, "policy.json");
    put(path, smallPolicy(100));
    const { accepted, current } = follow(path, { debounceMs: 100, pollMs: 3_600_000 });
    put(path, smallPolicy(200));
    put(path, smallPolicy(300));
    await vi.waitFor(() => expect(current.policy?.budgets[0]?.limit).toBe(300), 5_000);
    expect(limits(accepted)).toEqual([100, 300]);
  });

  it("is read again when an editor puts another file in its place", async () => {
    const path = join(folder, "policy.json");
    put(path, smallPolicy(100));
    const { accepted } = follow(path);
    put(`${path}.new`, smallPolicy(200));
    renameSync(`${path}.new`, path);
    await vi.waitFor(() => expect(limits(accepted)).toEqual([100, 200]), 5_000);
  });

  it("is read again when Kubernetes swaps a mounted ConfigMap, time after time", async () => {
    mount(1, smallPolicy(100));
    symlinkSync("..data/policy.json", join(folder, "policy.json"));
    const { accepted, refused } = follow(join(folder, "policy.json"));
    for (const version of [2, 3, 4]) {
      mount(version, smallPolicy(version * 100));
      rmSync(join(folder, `..2026_${version - 1}`), { recursive: true });
      await vi.waitFor(() => expect(limits(accepted).at(-1)).toBe(version * 100), 5_000);
    }
    expect(limits(accepted)).toEqual([100, 200, 300, 400]);
    expect(refused).toEqual([]);
  });

  it("is found by asking where nothing tells of changes", async () => {
    const later = join(folder, "later");
    const { accepted, refused } = follow(join(later, "policy.json"), { debounceMs: 20, pollMs: 50 });
    expect(refused).toEqual([
      [
        {
          path: join(later, "policy.json"),
          value: undefined,
          remedy: "cannot be read (ENOENT); give a file that is there and may be read",
        },
      ],
    ]);
    mkdirSync(later);
    put(join(later, "policy.json"), smallPolicy(100));
    await vi.waitFor(() => expect(limits(accepted)).toEqual([100]), 5_000);
    expect(refused).toHaveLength(1);
  });

  it("that cannot be used leaves the policy before it in force, and is told of once", async () => {
    const path = join(folder, "policy.json");
    put(path, smallPolicy(100));
    const { accepted, refused, current } = follow(path, { debounceMs: 20, pollMs: 50 });
    const wrong = { ...smallPolicy(200), models: {}, budgets: { a: { limit: { tokens: 0 } } }, surplus: 1 };
    writeFileSync(path, JSON.stringify(wrong));
    await vi.waitFor(() => expect(refused).toHaveLength(1), 5_000);
    expect(refused[0]?.map((problem) => problem.path)).toEqual([
      "models",
      'budgets["a"].limit.tokens',
      'budgets["a"].period',
      "surplus",
    ]);
    expect(current.policy?.budgets[0]?.limit).toBe(100);
    expect(current.problems).toBe(refused[0]);

    writeFileSync(path, JSON.stringify(wrong));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(refused).toHaveLength(1);

    put(path, smallPolicy(100));
    await vi.waitFor(() => expect(current.problems).toEqual([]), 5_000);
    expect(limits(accepted)).toEqual([100]);
  });

  it("that is no JSON, or goes away, is refused without repeating it", async () => {
    const path = join(folder, "policy.json");
    put(path, smallPolicy(100));
    const { refused, current } = follow(path);
    writeFileSync(path, '{ "version": 1, hunter2');
    await vi.waitFor(() => expect(refused).toHaveLength(1), 5_000);
    unlinkSync(path);
    await vi.waitFor(() => expect(refused).toHaveLength(2), 5_000);
    expect(refused.flat().map(({ remedy }) => remedy)).toEqual([
      "is not JSON; give the whole document",
      "cannot be read (ENOENT); give a file that is there and may be read",
    ]);
    expect(current.policy?.budgets[0]?.limit).toBe(100);
  });

  it("is no longer followed once it is closed", async () => {
    const path = join(folder, "policy.json");
    put(path, smallPolicy(100));
    const record = recorded();
    const file = new PolicyFile(path, record.current, { debounceMs: 20, pollMs: 20 });
    put(path, smallPolicy(200));
    file.close();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(limits(record.accepted)).toEqual([100]);
  });
});

describe("a change of a thousandfold", () => {
  const priced = (input: number, more: object = {}): PolicyDocument => ({
    ...smallPolicy(),
    models: { claude: { backends: { bedrock: { price: { input, output: 5_000_000, ...more } } } } },
  });
  const paths = (before: PolicyDocument, after: PolicyDocument, rules?: PolicyRules) => {
    const { current } = recorded(rules);
    expect(current.offer(before).outcome).toBe("accepted");
    const { outcome, problems } = current.offer(after);
    return { outcome, paths: problems.map(({ path }) => path) };
  };

  it.each([
    ["a limit up", smallPolicy(20), smallPolicy(20_000)],
    ["a limit down", smallPolicy(20_000), smallPolicy(20)],
  ])("of %s is refused", (_name, before, after) => {
    expect(paths(before, after)).toEqual({
      outcome: "refused",
      paths: ['budgets["all-minute"].limit.tokens per minute'],
    });
  });

  it("of prices is refused, with all of them", () => {
    const tiers = (input: number) => ({ tiers: [{ fromInputTokens: 200_000, input, output: 5_000_000 }] });
    const at = 'models["claude"].backends["bedrock"].price';
    expect(paths(priced(3_000, tiers(6_000)), priced(3_000_000, tiers(6_000_000)))).toEqual({
      outcome: "refused",
      paths: [
        `${at}.input`,
        `${at}.cachedInput`,
        `${at}.cacheWrite5m`,
        `${at}.cacheWrite1h`,
        `${at}.audioIn`,
        `${at}.tiers[from 200000].input`,
        `${at}.tiers[from 200000].cachedInput`,
        `${at}.tiers[from 200000].cacheWrite5m`,
        `${at}.tiers[from 200000].cacheWrite1h`,
        `${at}.tiers[from 200000].audioIn`,
      ],
    });
  });

  it("says both figures and what to do", () => {
    const { current } = recorded();
    current.offer(smallPolicy(20));
    expect(current.offer(smallPolicy(20_000)).problems).toEqual([
      {
        path: 'budgets["all-minute"].limit.tokens per minute',
        value: "20000",
        remedy:
          "after 20: a change by 1000 times or more is most likely a mistake in its unit; correct it, or start the processor with ALLOW_JUMP=true",
      },
    ]);
    expect(current.policy?.budgets[0]?.limit).toBe(20);
  });

  it("is accepted where it is allowed", () => {
    expect(paths(smallPolicy(20), smallPolicy(20_000), { allowJump: true }).outcome).toBe("accepted");
  });

  const hours: PolicyDocument = {
    ...smallPolicy(),
    budgets: { "all-minute": { limit: { tokens: 90_000_000 }, period: "hour" } },
  };
  const requests: PolicyDocument = {
    ...smallPolicy(),
    budgets: { "all-minute": { limit: { requests: 1 }, period: "minute" } },
  };
  it.each([
    ["less than that", smallPolicy(20), smallPolicy(19_999)],
    ["from no price", priced(0), priced(3_000_000)],
    ["to no price", priced(3_000_000), priced(0)],
    ["with another period", smallPolicy(), hours],
    ["with another unit", smallPolicy(), requests],
    ["of a new budget", { ...smallPolicy(), budgets: {} }, smallPolicy()],
    ["of a budget that goes", smallPolicy(), { ...smallPolicy(), budgets: {} }],
  ])("is not one %s", (_name, before, after) => {
    expect(paths(before, after)).toEqual({ outcome: "accepted", paths: [] });
  });

  it("is measured against the policy in force, not against a document that was refused", () => {
    const { current } = recorded();
    current.offer(smallPolicy(20));
    current.offer(smallPolicy(20_000));
    expect(current.offer(smallPolicy(40_000)).outcome).toBe("refused");
    expect(current.offer(smallPolicy(200)).outcome).toBe("accepted");
  });
});

describe("further rules", () => {
  it("refuse a policy beside what else is wrong with it", () => {
    const problem = { path: "replicas", value: "2", remedy: "is too many" };
    const { current } = recorded({ check: ({ replicas }) => (replicas > 1 ? [problem] : []) });
    current.offer(smallPolicy(20));
    const { outcome, problems } = current.offer({ ...smallPolicy(20_000), replicas: 2 });
    expect(outcome).toBe("refused");
    expect(problems.map(({ path }) => path)).toEqual([
      "replicas",
      'budgets["all-minute"].limit.tokens per minute',
    ]);
  });
});
