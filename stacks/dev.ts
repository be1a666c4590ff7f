import * as pulumi from "@pulumi/pulumi";
import { AiPlatform } from "../components";

const config = new pulumi.Config();
const region = new pulumi.Config("aws").require("region");
const [zone, otherZone] = [`${region}a`, `${region}b`];

const claude = {
  bedrockAnthropic: { modelId: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", region },
  price: {
    usdPerMillionInputTokens: 3,
    usdPerMillionCachedInputTokens: 0.3,
    usdPerMillionOutputTokens: 15,
  },
};
/** What our own GPUs cost, spread over what they usually do. */
const own = { usdPerMillionInputTokens: 0.05, usdPerMillionOutputTokens: 0.2 };

/** Small and cheap: spot instances in one zone that go when nobody needs them, and one NAT gateway. */
export const platform = new AiPlatform("dev", {
  cluster: {
    purpose: "dev",
    // EKS wants two zones; nodes live in the first.
    network: {
      zones: { [zone]: {}, [otherZone]: {} },
      controlPlaneZones: [zone, otherZone],
      natZone: zone,
    },
    access: { path: "public", fromCidrs: [config.require("officeCidr")] },
    systemNodes: { instanceType: "m7i.xlarge", zones: [zone] },
    pools: { small: { instanceType: "g6.2xlarge", max: 4, capacity: "spot", zones: [zone] } },
  },
  credentials: { openai: { apiKey: config.requireSecret("openaiKey") } },
  models: {
    "qwen3-1.7b": { vllm: { source: "Qwen/Qwen3-1.7B", pool: "small", maxModelLen: 16_384 }, price: own },
    "gpt-oss-20b": {
      vllm: { source: "openai/gpt-oss-20b", pool: "small", maxModelLen: 32_768, concurrency: 2 },
      fallback: ["claude"],
      price: own,
    },
    claude,
    "gpt-5-mini": {
      openai: { credential: "openai" },
      timeouts: { request: "10m" },
      price: { usdPerMillionInputTokens: 0.25, usdPerMillionOutputTokens: 2 },
    },
    smart: {
      route: {
        targets: { claude: {} },
        canary: { model: "gpt-5-mini", percent: 5 },
        fallback: ["gpt-oss-20b"],
      },
    },
  },
  access: { apiKeys: { "search-batch": { key: config.requireSecret("searchBatchKey"), team: "search" } } },
  budgets: {
    "team-day": { per: "team", limit: { usd: 50 }, period: "day", warnAt: [0.5, 0.8] },
    "model-minute": { per: "model", limit: { tokens: 200_000 }, period: "minute" },
  },
  processor: { image: config.require("processorImage") },
});

export const { endpoint, kubeconfig, modelNames, keySecretNames } = platform;
