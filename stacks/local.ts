import * as pulumi from "@pulumi/pulumi";
import { ModelGateway } from "../components";

const config = new pulumi.Config();

/** What `npm start` runs: two models of our own, a provider's, an alias with a fallback, and two budgets. */
export const gateway = new ModelGateway("local", {
  target: "local",
  models: {
    "qwen3-1.7b": { vllm: { source: "Qwen/Qwen3-1.7B", maxModelLen: 16_384 } },
    "gpt-oss-20b": { vllm: { source: "openai/gpt-oss-20b" } },
    claude: {
      anthropic: { apiKey: config.getSecret("anthropicKey") ?? pulumi.secret("not-set") },
      upstreamName: "claude-sonnet-4-5",
      price: {
        usdPerMillionInputTokens: 3,
        usdPerMillionCachedInputTokens: 0.3,
        usdPerMillionOutputTokens: 15,
      },
    },
    assistant: {
      route: {
        targets: { "gpt-oss-20b": {} },
        fallback: ["qwen3-1.7b"],
      },
    },
  },
  budgets: {
    // What is spent at the provider: some 4,000 of the short calls that the command proposes.
    "claude-day": { models: ["claude"], limit: { usd: 1 }, period: "day", warnAt: [0.8] },
    // A loop of such calls is at this limit within the minute.
    minute: { per: "model", limit: { tokens: 20_000 }, period: "minute" },
  },
});
