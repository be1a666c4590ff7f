import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkModels } from "../../cli/local/modelChecks";
import { createRunDirectory, type RunDirectory } from "../../cli/local/runDirectory";
import { SimulatedEngine } from "../../cli/local/simulatedEngine";
import { type LocalGateway, startLocal } from "../../cli/local/startLocal";

/** Stand in for a server of the user's and for a provider on the internet. */
let own: SimulatedEngine;
let provider: SimulatedEngine;
let local: LocalGateway;

const key = "sk-only-in-the-environment";

beforeAll(async () => {
  own = await SimulatedEngine.start({ name: "own", schema: "OpenAI" });
  provider = await SimulatedEngine.start({ name: "provider", schema: "OpenAI" });
  vi.stubEnv("AI_GATEWAY_KEY_VENDOR", key);
  local = await startLocal({
    name: "test",
    declaration: {
      models: {
        qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } },
        vendor: {
          openAICompatible: { url: `http://localhost:${provider.port}/api/v3`, secretName: "key" },
          upstreamName: "vendor-large",
        },
      },
    },
    port: 0,
    upstreams: { qwen: `http://localhost:${own.port}/openai/v1` },
    real: ["vendor"],
  });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await local?.stop();
  await Promise.all([own?.stop(), provider?.stop()]);
});

describe("models that are not simulated", () => {
  it("answer, and no engine is started for them", async () => {
    expect(local.engines.size).toBe(0);
    const checks = await checkModels(local);
    expect(checks.map(({ model, problem }) => [model, problem])).toEqual([
      ["qwen", undefined],
      ["vendor", undefined],
    ]);
  });

  it("--upstream: the request goes to the given path, without any key", () => {
    const seen = own.requests.at(-1);
    expect(seen?.path).toBe("/openai/v1/chat/completions");
    expect(seen?.headers.authorization).toBeUndefined();
  });

  it("--real: the provider gets its own name of the model and the key of the environment", () => {
    const seen = provider.requests.at(-1);
    expect(seen?.path).toBe("/api/v3/chat/completions");
    expect(seen?.body?.["model"]).toBe("vendor-large");
    expect(seen?.headers.authorization).toBe(`Bearer ${key}`);
  });

  it("--real: no file that is written here holds the key, and nobody else can read the gateway's", async () => {
    const probe: RunDirectory = createRunDirectory();
    const beside = dirname(probe.path);
    probe.remove();
    const directories = readdirSync(beside).filter((name) => name.startsWith("aigw-"));
    const manifests = directories.map((name) => readFileSync(join(beside, name, "gateway.yaml"), "utf8"));
    expect(manifests.some((text) => text.includes("AI_GATEWAY_KEY_VENDOR"))).toBe(true);
    expect(manifests.join()).not.toContain(key);
  });
});
