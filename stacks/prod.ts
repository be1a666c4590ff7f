import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AiPlatform } from "../components";

const config = new pulumi.Config();
const region = new pulumi.Config("aws").require("region");
const [a, b, c] = [`${region}a`, `${region}b`, `${region}c`];
const hostname = config.require("hostname");
const certificateSecretName = "gateway-tls";

/** Private, in three zones, on GPUs that are reserved; behind HTTPS, for those with a token of the company. */
export const platform = new AiPlatform("prod", {
  cluster: {
    network: { zones: { [a]: {}, [b]: {}, [c]: {} }, controlPlaneZones: [a, b, c] },
    // The API server answers inside the VPC only: `pulumi up` runs there.
    access: { path: "vpc", fromCidrs: [config.require("deployerCidr")] },
    systemNodes: { instanceType: "m7i.xlarge" },
    pools: {
      // A reservation is in one zone, and paid for whether or not nodes run: so they do.
      large: {
        instanceType: "g6e.12xlarge",
        min: 2,
        max: 2,
        capacity: "reserved",
        reservationId: config.require("reservationId"),
        zones: [a],
      },
      small: { instanceType: "g6e.xlarge", min: 3, max: 6, zones: [a, b, c] },
    },
  },
  // Budgets have a Redis that stores its data, and nothing else needs one.
  install: { redis: { mode: "none" } },
  hostname,
  gateway: { https: { certificateSecretName }, proxy: { replicas: 3 } },
  models: {
    "gpt-oss-120b": {
      vllm: {
        source: "openai/gpt-oss-120b",
        pool: "large",
        gpus: 4,
        replicas: 2,
        maxModelLen: 131_072,
        concurrency: 4,
      },
      fallback: ["claude"],
      price: { usdPerMillionInputTokens: 0.2, usdPerMillionOutputTokens: 0.8 },
    },
    "qwen3-8b": {
      vllm: { source: "Qwen/Qwen3-8B", pool: "small", replicas: 3, maxModelLen: 32_768, concurrency: 4 },
      price: { usdPerMillionInputTokens: 0.05, usdPerMillionOutputTokens: 0.2 },
    },
    claude: {
      bedrockAnthropic: { modelId: "us.anthropic.claude-sonnet-4-5-20250929-v1:0", region },
      price: {
        usdPerMillionInputTokens: 3,
        usdPerMillionCachedInputTokens: 0.3,
        usdPerMillionOutputTokens: 15,
      },
    },
  },
  access: {
    jwt: {
      issuer: config.require("issuer"),
      audiences: [hostname],
      jwksUri: config.require("jwksUri"),
      claims: { user: "sub", team: "team" },
    },
  },
  budgets: {
    "team-month": {
      per: "team",
      limit: { usd: 1_500 },
      period: "month",
      timeZone: "Europe/Berlin",
      warnAt: [0.5, 0.8],
    },
    "research-month": {
      teams: ["research"],
      models: ["claude"],
      limit: { usd: 500 },
      period: "month",
      timeZone: "Europe/Berlin",
      atLimit: "overflow",
      overflowTo: "gpt-oss-120b",
    },
    "user-minute": { per: "user", limit: { tokens: 100_000 }, period: "minute" },
  },
  processor: {
    image: config.require("processorImage"),
    replicas: 3,
    redis: { url: config.require("redisUrl"), password: config.requireSecret("redisPassword") },
  },
});

/** The certificate from the configuration; with cert-manager's `Certificate` in its place it is renewed by itself. */
new k8s.core.v1.Secret(
  certificateSecretName,
  {
    metadata: { name: certificateSecretName, namespace: platform.namespace },
    type: "kubernetes.io/tls",
    stringData: {
      "tls.crt": config.requireSecret("certificate"),
      "tls.key": config.requireSecret("certificateKey"),
    },
  },
  { provider: platform.provider },
);

export const { endpoint, address, kubeconfig, modelNames, keySecretNames } = platform;
