import * as pulumi from "@pulumi/pulumi";
import { GatewayInstall, ModelGateway } from "../components";

const config = new pulumi.Config();

/** The gateway's controllers, on the cluster that the current kubeconfig names. */
export const install = new GatewayInstall("platform");

const claude = {
  usdPerMillionInputTokens: 3,
  usdPerMillionCachedInputTokens: 0.3,
  usdPerMillionOutputTokens: 15,
};

/** Models of our own on GPU nodes of the pool "small", and a provider's that takes over when they cannot answer. */
export const gateway = new ModelGateway(
  "dev",
  {
    credentials: { openai: { apiKey: config.requireSecret("openaiKey") } },
    models: {
      "qwen3-1.7b": { vllm: { source: "Qwen/Qwen3-1.7B", pool: "small", maxModelLen: 16_384 } },
      "gpt-oss-20b": {
        vllm: { source: "openai/gpt-oss-20b", pool: "small", resources: { memory: "24Gi" } },
        fallback: ["claude"],
      },
      claude: {
        bedrockAnthropic: { modelId: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", region: "us-west-2" },
        price: claude,
      },
      "gpt-5-mini": { openai: { credential: "openai" }, timeouts: { request: "10m" } },
      smart: {
        route: {
          targets: { claude: {} },
          canary: { model: "gpt-5-mini", percent: 5 },
          fallback: ["gpt-oss-20b"],
        },
      },
    },
  },
  { dependsOn: [install] },
);
