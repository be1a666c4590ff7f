import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { keyHash, type PolicyDocument } from "../../extproc/contract";
import { PolicyRefusedError, type StartOptions, startProcessor } from "../../extproc/processor";
import { defaultSettings, type Settings } from "../../extproc/service/settings";
import { EnvoyClient, refusalOf } from "./support/envoyCalls";
import { LogLines } from "./support/logLines";
import { smallPolicy } from "./support/policies";
import { samplesOf } from "./support/scrapes";

const folder = mkdtempSync(join(tmpdir(), "processor-keys-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) {
    await close();
  }
});

const policy: PolicyDocument = smallPolicy(20_000, {
  access: { keys: { batch: { versions: { first: {}, second: {} } } } },
});
const first = "sk-first-0123456789abcdef";
const second = "sk-second-0123456789abcdef";
const fileOf = (versions: Record<string, string>) =>
  JSON.stringify({ version: 1, keys: { batch: versions } });
const chat = { model: "claude", max_tokens: 10, messages: [{ role: "user", content: "hi" }] };

async function start(settings: Partial<Settings>, more: Partial<StartOptions> = {}) {
  const log = new LogLines();
  const running = await startProcessor({
    settings: { ...defaultSettings, port: 0, healthPort: 0, host: "127.0.0.1", logWaitMs: 300, ...settings },
    policy,
    log,
    ...more,
  });
  closers.push(() => running.close());
  const client = new EnvoyClient(running.port);
  closers.push(() => client.close());
  /** The status that a request with this key is refused with. */
  const refusal = async (key: string) => {
    const call = client.call();
    const headers = { "x-api-key": key };
    return refusalOf(
      await call.send({
        requestHeaders: {
          headers: {
            headers: Object.entries({
              ":method": "POST",
              ":path": "/v1/chat/completions",
              "content-type": "application/json",
              ...headers,
            }).map(([name, value]) => ({ key: name, rawValue: Buffer.from(value) })),
          },
        },
      }),
    );
  };
  return { running, client, log, refusal };
}

describe("a processor with a keys file", () => {
  it("takes a new key and drops an old one as the file says, and keeps what it has when that is wrong", async () => {
    const keysFile = join(folder, "keys.json");
    writeFileSync(keysFile, fileOf({ first: keyHash(first) }));
    const { running, client, log, refusal } = await start({ keysFile });
    expect(
      refusalOf(await client.call().request(chat, { authorization: `Bearer ${first}` })),
    ).toBeUndefined();
    expect([await refusal(first), await refusal(second)]).toEqual([undefined, 401]);

    writeFileSync(keysFile, fileOf({ first: keyHash(first), second: keyHash(second) }));
    await vi.waitFor(async () => expect(await refusal(second)).toBeUndefined(), 5_000);
    expect(await refusal(first)).toBeUndefined();

    writeFileSync(keysFile, fileOf({ second: keyHash(second) }));
    await vi.waitFor(async () => expect(await refusal(first)).toBe(401), 5_000);

    // Somebody put the key itself where its hash belongs.
    writeFileSync(keysFile, fileOf({ second }));
    await vi.waitFor(() => expect(log.of("keys_refused")).toHaveLength(1), 5_000);
    expect(await refusal(second)).toBeUndefined();
    expect(running.health()).toMatchObject({
      ready: true,
      stalePolicy: [expect.stringMatching(/^keys\["batch"\]\["second"\]: is not the SHA-256/)],
    });
    const samples = samplesOf(await running.metrics());
    expect(samples.get('access_key_loads_total{result="accepted"}')).toBe(3);
    expect(samples.get('access_key_loads_total{result="refused"}')).toBe(1);
    expect(samples.get("access_keys_stale")).toBe(1);
    // The policy is the newest.
    expect(samples.get("budget_policy_stale")).toBe(0);
    expect(samples.get('access_refusals_total{reason="wrong"}')).toBeGreaterThan(0);
    expect(log.text + (await running.metrics()) + JSON.stringify(running.health())).not.toContain("sk-");

    rmSync(keysFile);
    await vi.waitFor(() => expect(log.of("keys_refused")).toHaveLength(2), 5_000);
    expect(await refusal(second)).toBeUndefined();
  });

  it("does not start without it, nor with one that is wrong, when its policy names keys", async () => {
    await expect(start({})).rejects.toThrow(PolicyRefusedError);
    await expect(start({})).rejects.toThrow("access.keys: are checked by their hashes, and there are none");
    const keysFile = join(folder, "wrong.json");
    writeFileSync(keysFile, `{"version":1,"keys":{"batch":"${first}"}}`);
    const failed = start({ keysFile });
    await expect(failed).rejects.toThrow('keys["batch"]: is not the SHA-256');
    await expect(failed).rejects.not.toThrow(first);
    const missing = start({ keysFile: join(folder, "missing.json") });
    await expect(missing).rejects.toThrow("cannot be read (ENOENT)");
  });

  it("keeps a policy that names none, when the next one names keys that it has no file for", async () => {
    const { running } = await start({}, { policy: smallPolicy() });
    expect(running.update(policy).map(({ path }) => path)).toEqual(["access.keys"]);
    expect(running.updateKeys({ version: 1, keys: { batch: { first: keyHash(first) } } })).toEqual([]);
    expect(running.update(policy)).toEqual([]);
  });
});
