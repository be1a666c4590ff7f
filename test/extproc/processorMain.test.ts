import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { PolicyDocument } from "../../extproc/contract";
import { EnvoyClient, refusalOf } from "./support/envoyCalls";
import { smallPolicy } from "./support/policies";
import { ProcessorProcess } from "./support/processes";
import { samplesOf } from "./support/scrapes";

const repository = resolve(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "processor-main-"));
const running: ProcessorProcess[] = [];

afterEach(() => Promise.all(running.splice(0).map((one) => one.stop())));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const local = { HOST: "127.0.0.1", PORT: "0", HEALTH_PORT: "0", DRAIN_DELAY_SECONDS: "0" };

function policyFile(document: object): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, JSON.stringify(document));
  return path;
}

/** The executable from its source, with these settings and no others. */
function run(env: Readonly<Record<string, string>>, ...flags: readonly string[]): ProcessorProcess {
  const [imports, args] = flags[0] === "--import" ? [flags.slice(0, 2), flags.slice(2)] : [[], flags];
  const command = [
    process.execPath,
    "--import",
    "tsx",
    ...imports,
    join(repository, "extproc/main.ts"),
    ...args,
  ];
  const one = new ProcessorProcess(command, { cwd: repository, env });
  running.push(one);
  return one;
}

const calls: PolicyDocument = {
  ...smallPolicy(),
  budgets: { calls: { limit: { requests: 5 }, period: "day", settle: "stream" } },
};
const chat = { model: "claude", max_tokens: 10, messages: [{ role: "user", content: "hello" }] };

const liveHolds = async (healthPort: number) =>
  samplesOf(await (await fetch(`http://127.0.0.1:${healthPort}/metrics`)).text()).get("budget_holds_live");

describe("the executable", () => {
  it("prints its help and ends with 0", async () => {
    const one = run({}, "--help");
    expect(await one.ended).toBe(0);
    expect(one.log.text).toMatch(/^Usage: processor .*/);
    expect(one.log.text).toContain("POLICY_FILE=PATH");
  });

  it("ends with 2 and all problems of its settings", async () => {
    const one = run({ PORT: "x", REDIS_PASSWORD: "hunter2" }, "--nonsense");
    expect(await one.ended).toBe(2);
    expect(one.log.lines).toMatchObject([
      {
        level: "error",
        code: "settings_refused",
        problems: [
          "--nonsense: is unknown; see --help",
          'PORT: "x" is not a whole number from 0 to 65535',
          "POLICY_FILE: is missing; name the policy document",
        ],
      },
    ]);
    expect(one.errors).toBe("");
  });

  it("ends with 2 and all problems of its policy", async () => {
    const wrong = { ...calls, models: {}, surplus: 1 };
    const one = run({ ...local, POLICY_FILE: policyFile(wrong) });
    expect(await one.ended).toBe(2);
    expect(one.log.codes()).toEqual(["policy_refused", "not_started"]);
    expect(one.log.of("policy_refused")).toMatchObject([
      { problems: ["models: {} has no model; name at least one", expect.stringMatching(/^surplus: 1 /)] },
    ]);
  });

  it("ends with 1 when its port is taken", async () => {
    const taken = createServer();
    const port = await new Promise<number>((done) => {
      taken.listen(0, "127.0.0.1", () => {
        const address = taken.address();
        done(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
    const one = run({ ...local, POLICY_FILE: policyFile(calls) }, "--port", String(port));
    expect(await one.ended).toBe(1);
    expect(one.log.of("not_started")).toMatchObject([{ errorCode: "EADDRINUSE" }]);
    taken.close();
  });

  it.each([
    ["an error", "throw new TypeError('hunter2')"],
    ["a rejection", "Promise.reject(new TypeError('hunter2'))"],
  ])("ends with 1 and a stable code after %s that nobody handles", async (_name, failing) => {
    const module = join(folder, `${Math.random()}.mjs`);
    writeFileSync(module, `process.on("SIGUSR2", () => { ${failing}; });`);
    const one = run({ ...local, POLICY_FILE: policyFile(calls) }, "--import", module);
    await one.started();
    one.child.kill("SIGUSR2");
    expect(await one.ended).toBe(1);
    expect(one.log.of("crashed")).toMatchObject([{ level: "error", error: "TypeError" }]);
    expect(one.log.text + one.errors).not.toContain("hunter2");
  });
});

describe("a signal", () => {
  it("SIGTERM lets a request that runs end with its hold, and ends with 0", async () => {
    const one = run({ ...local, POLICY_FILE: policyFile(calls), HOLD_SECONDS: "5" });
    const { port, healthPort } = await one.started();
    const client = new EnvoyClient(port);
    const call = client.call();
    expect(refusalOf(await call.request(chat))).toBeUndefined();
    one.child.kill("SIGTERM");
    // Longer than a hold lives that nobody renews.
    await new Promise((done) => setTimeout(done, 6_000));
    expect((await fetch(`http://127.0.0.1:${healthPort}/ready`)).status).toBe(503);
    expect(await liveHolds(healthPort)).toBe(1);
    await expect(new EnvoyClient(port).call().request(chat)).rejects.toThrow(/the stream ended: 14/);
    await call.answerBody("hello", 12, 5);
    expect((await call.end()).code).toBe(0);
    expect(await one.ended).toBe(0);
    client.close();
    expect(one.log.codes()).toEqual(["policy_accepted", "started", "ending", "ended"]);
    expect(one.errors).toBe("");
  });

  it("SIGTERM waits until endpoints are gone, SIGINT does not", async () => {
    const env = { ...local, POLICY_FILE: policyFile(calls), DRAIN_DELAY_SECONDS: "2" };
    for (const [signal, isDelayed] of [
      ["SIGTERM", true],
      ["SIGINT", false],
    ] as const) {
      const one = run(env);
      await one.started();
      one.child.kill(signal);
      expect(await one.ended).toBe(0);
      const [ending, ended] = ["ending", "ended"].map((code) =>
        Date.parse(String(one.log.of(code)[0]?.["time"])),
      );
      expect(Number(ended) - Number(ending) >= 2_000).toBe(isDelayed);
    }
  });

  it("a second one ends at once", async () => {
    const one = run({ ...local, POLICY_FILE: policyFile(calls), DRAIN_DELAY_SECONDS: "300" });
    const { port } = await one.started();
    const client = new EnvoyClient(port);
    const call = client.call();
    await call.request(chat);
    one.child.kill("SIGTERM");
    await expect.poll(() => one.log.codes()).toContain("ending");
    const began = performance.now();
    one.child.kill("SIGTERM");
    expect(await one.ended).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect((await call.ended()).code).not.toBe(0);
    client.close();
  });

  it("during the start ends it, too", async () => {
    // A store that never answers keeps it starting for a while.
    const env = { ...local, POLICY_FILE: policyFile(calls), REDIS_URL: "redis://127.0.0.1:1" };
    const one = run(env);
    await expect.poll(() => one.log.codes(), { timeout: 20_000, interval: 10 }).toContain("policy_accepted");
    one.child.kill("SIGTERM");
    expect(await one.ended).toBe(0);
    expect(one.log.codes()).not.toContain("started");
  });
});
