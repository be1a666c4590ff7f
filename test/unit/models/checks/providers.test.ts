import { describe, it } from "vitest";
import { type Case, expectAlone, key, model, url } from "./cases";

const cases: readonly Case[] = [
  // URLs and TLS (more in endpoints.test.ts)
  ["no URL", model({ openAICompatible: {} }), 'models["m"].openAICompatible.url', /not a URL/],
  [
    "a password in the URL",
    model({ openAICompatible: { url: "https://u:p@llm.example.com" } }),
    'models["m"].openAICompatible.url',
    /user name or password/,
  ],
  [
    "tls without TLS",
    model({ openAICompatible: { url: "http://llm.example.com", tls: {} } }),
    'models["m"].openAICompatible.tls',
    /no TLS/,
  ],
  [
    "h2c with TLS",
    model({ openAICompatible: { url, h2c: true } }),
    'models["m"].openAICompatible.h2c',
    /HTTP\/2 without TLS/,
  ],
  [
    "a certificate for an address",
    model({ openAICompatible: { url: "https://10.0.0.1" } }),
    'models["m"].openAICompatible.tls.hostname',
    /which name its certificate carries/,
  ],
  [
    "a certificate name of one label",
    model({ openAICompatible: { url, tls: { hostname: "llm" } } }),
    'models["m"].openAICompatible.tls.hostname',
    /not a full DNS name/,
  ],
  [
    "two ways to check a certificate",
    model({ openAICompatible: { url, tls: { insecureSkipVerify: true, caConfigMapName: "ca" } } }),
    'models["m"].openAICompatible.tls',
    /keep one of them/,
  ],
  [
    "a ConfigMap that cannot be",
    model({ openAICompatible: { url, tls: { caConfigMapName: "CA" } } }),
    'models["m"].openAICompatible.tls.caConfigMapName',
    /not the name of an object/,
  ],
  [
    "a path that Bedrock would not get",
    model({ bedrock: { modelId: "m", region: "us-west-2", url: "https://vpce.example.com/x" } }),
    'models["m"].bedrock.url',
    /path "\/x" would be dropped/,
  ],
  [
    "a path of Cohere without a version",
    model({ cohere: { apiKey: key, url: "https://api.cohere.com" } }),
    'models["m"].cohere.url',
    /API's version/,
  ],

  // What providers need
  [
    "Bedrock without a model",
    model({ bedrock: { region: "us-west-2" } }),
    'models["m"].bedrock.modelId',
    /not a name/,
  ],
  [
    "a region in capitals",
    model({ bedrock: { modelId: "m", region: "US-WEST-2" } }),
    'models["m"].bedrock.region',
    /"US-WEST-2" is not a region/,
  ],
  [
    "an empty Anthropic version on Bedrock",
    model({ bedrockAnthropic: { modelId: "m", region: "us-west-2", version: "" } }),
    'models["m"].bedrockAnthropic.version',
    /bedrock-2023-05-31/,
  ],
  [
    "an empty Anthropic version on Vertex",
    model({ vertexAnthropic: { project: "p", region: "us-east5", version: "" } }),
    'models["m"].vertexAnthropic.version',
    /vertex-2023-10-16/,
  ],
  [
    "Azure without an API version",
    model({ azureOpenAI: { url: "https://r.openai.azure.com", apiKey: key } }),
    'models["m"].azureOpenAI.apiVersion',
    /2025-04-01-preview/,
  ],
  [
    "an empty Azure deployment",
    model({
      azureOpenAI: { url: "https://r.openai.azure.com", apiKey: key, apiVersion: "v", deployment: "" },
    }),
    'models["m"].azureOpenAI.deployment',
    /not a name/,
  ],
  [
    "two names of one deployment",
    model({
      azureOpenAI: { url: "https://r.openai.azure.com", apiKey: key, apiVersion: "v", deployment: "a" },
      upstreamName: "b",
    }),
    'models["m"].azureOpenAI.deployment',
    /name the same thing/,
  ],
  [
    "Vertex without a project",
    model({ vertex: { region: "us-central1" } }),
    'models["m"].vertex.project',
    /not a name/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", expectAlone);
});
