import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { keysText } from "../../components/budgets/keysDocument";
import { localApiKey } from "../../components/budgets/localAccess";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { ApiCalls, anthropicError, bearer, openAiError, type Reply } from "./support/apiCalls";
import { until, useBudgetGateway } from "./support/budgetGateway";
import { helloWorld } from "./support/gateway";

const admin = { name: "admin", version: "", text: localApiKey("admin") };
const batch = { name: "batch", version: "", text: "sk-batch-6d1f0c3b2a99" };
const old = { name: "chat", version: "old", text: "sk-chat-old-b7e6a5d40c1e" };
const next = { name: "chat", version: "new", text: "sk-chat-new-19f8e7d6c5b4" };
const all = [admin, batch, old, next];

/** The same, as a cluster's processors find it: names and times in the policy, hashes in a file of its own. */
const folder = mkdtempSync(join(tmpdir(), "keys-"));
const keysFile = join(folder, "keys.json");
function putKeys(keys: typeof all): void {
  writeFileSync(`${keysFile}.new`, keysText(keys));
  renameSync(`${keysFile}.new`, keysFile);
}
putKeys(all);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const counted = { per: "key", period: "year" } as const;
function declared({ hasBatch = true, expires }: { hasBatch?: boolean; expires?: string } = {}) {
  const declaration: ModelGatewayArgs = {
    models: { qwen: { vllm: { source: "Qwen/Qwen3-1.7B" }, maxOutputTokens: 64 } },
    access: {
      apiKeys: {
        admin: { generated: true },
        ...(hasBatch ? { batch: { generated: true, team: "search" } } : {}),
        chat: {
          versions: {
            old: { generated: true, ...(expires === undefined ? {} : { expires }) },
            new: { generated: true },
          },
        },
      },
    },
    budgets: { tokens: { ...counted, limit: { tokens: 10_000_000 } } },
  };
  return declaration;
}

const replicas = 2;
const gateway = useBudgetGateway(declared(), { replicas, env: { KEYS_FILE: keysFile } });
const calls = new ApiCalls(() => gateway.baseUrl, "qwen");
const one = { max_tokens: 1 };
const expired = "The API key has expired. Use the one that replaced it.";
const invalid = "The API key is not valid.";

const refusalOf = (message: string, { requestId }: Reply, isAnthropic: boolean) =>
  isAnthropic
    ? anthropicError(message, "authentication_error", requestId)
    : openAiError(message, "invalid_api_key");

/** Calls often enough to be answered by each processor, in both dialects; the statuses. */
async function statuses(key: string): Promise<number[]> {
  const found: number[] = [];
  for (let count = 0; count < 2 * replicas; count += 1) {
    found.push((await calls.chat(bearer(key), "qwen", one)).status);
    found.push((await calls.message(bearer(key), "qwen", one)).status);
  }
  return found;
}
const areAll = (status: number) => (found: readonly number[]) => found.every((each) => each === status);

afterEach(async () => {
  putKeys(all);
  await gateway.declare(declared());
  await gateway.engine("qwen").reset();
  for (const { text } of all) {
    await until(async () => areAll(200)(await statuses(text)));
  }
});

it("the version before the next one counts as long as they overlap, and no longer", async () => {
  const ends = Date.now() + 6_000;
  await gateway.declare(declared({ expires: new Date(ends).toISOString() }));
  const within = [...(await statuses(old.text)), ...(await statuses(next.text))];
  expect(Date.now()).toBeLessThan(ends);
  expect(within).toSatisfy(areAll(200));
  await delay(ends - Date.now() + 20);
  for (const isAnthropic of [false, true]) {
    for (let count = 0; count < 2 * replicas; count += 1) {
      const reply = await (isAnthropic ? calls.message(bearer(old.text)) : calls.chat(bearer(old.text)));
      expect([reply.status, reply.body]).toEqual([401, refusalOf(expired, reply, isAnthropic)]);
    }
  }
  expect(await statuses(next.text)).toSatisfy(areAll(200));
});

/** So many tokens of an answer that takes six seconds. */
const answerTokens = 60;

const dialects = [
  {
    api: "OpenAI",
    path: "/v1/chat/completions",
    isWhole: (text: string) =>
      text.match(/"delta":\{[^}]*"content":"[^"]/g)?.length === answerTokens &&
      /data: \[DONE\]\s*$/.test(text),
  },
  {
    api: "Anthropic",
    path: "/anthropic/v1/messages",
    isWhole: (text: string) =>
      text.match(/"type":"text_delta"/g)?.length === answerTokens &&
      /event: message_stop\s+data: .*\s*$/.test(text),
  },
];
const ways: readonly { how: string; revoke: () => unknown }[] = [
  { how: "its hash is taken out of the file", revoke: () => putKeys(all.filter((key) => key !== batch)) },
  {
    how: "its name is taken out of the policy",
    revoke: () => gateway.declare(declared({ hasBatch: false })),
  },
];

describe.each(dialects)("a key that is revoked while a stream of $api runs", ({ api, path, isWhole }) => {
  it.each(ways)("lets the stream end whole, and nothing more begin: $how", async ({ revoke }) => {
    const asked = { attributes: { key: "batch", team: "search" } };
    const { used: before } = await gateway.settled("tokens", asked);
    await gateway.engine("qwen").behave({ tokensPerSecond: 10, answerTokens });
    const body = { model: "qwen", messages: helloWorld, max_tokens: answerTokens, stream: true };
    const response = await gateway.post(path, body, bearer(batch.text));
    expect(response.status).toBe(200);
    let isOver = false;
    const text = response.text().finally(() => {
      isOver = true;
    });

    await revoke();
    let passed = 0;
    await until(async () => {
      const found = await statuses(batch.text);
      passed += found.filter((status) => status === 200).length;
      return areAll(401)(found);
    });
    const isAnthropic = api === "Anthropic";
    const reply = await (isAnthropic ? calls.message(bearer(batch.text)) : calls.chat(bearer(batch.text)));
    expect([reply.status, reply.body]).toEqual([401, refusalOf(invalid, reply, isAnthropic)]);
    // Others are no matter of it.
    expect(await statuses(next.text)).toSatisfy(areAll(200));
    expect(isOver, "the stream ended before the key did").toBe(false);

    expect(await text).toSatisfy(isWhole);
    const { used } = await gateway.settled("tokens", asked);
    expect(used - before).toBe(5 + answerTokens + passed * (5 + 1));
  });
});

it("no processor has said a key, or has failed", () => {
  for (const { output, isRunning } of gateway.processors) {
    expect(isRunning).toBe(true);
    expect(output).toMatch(/"code":"keys_/);
    expect(output).not.toMatch(/sk-|local-admin|"level":"error"/);
  }
});
