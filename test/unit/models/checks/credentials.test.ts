import { describe, it } from "vitest";
import { type Case, expectAlone, gateway, key, model } from "./cases";

const cases: readonly Case[] = [
  ["no API key", model({ openai: {} }), 'models["m"].openai', /has no API key/],
  [
    "an API key in plain text",
    model({ openai: { apiKey: "sk-1" } }),
    'models["m"].openai.apiKey',
    /plain string/,
  ],
  [
    "two credentials",
    model({ openai: { apiKey: key, secretName: "s" } }),
    'models["m"].openai',
    /names its credential 2 times \(apiKey, secretName\)/,
  ],
  [
    "a Secret that cannot be",
    model({ openai: { secretName: "My_Secret" } }),
    'models["m"].openai.secretName',
    /not the name of an object/,
  ],
  [
    "an unknown shared credential",
    model({ openai: { credential: "c" } }),
    'models["m"].openai.credential',
    /"c" is not in credentials \(which is empty\)/,
  ],
  [
    "a shared credential of two kinds",
    gateway({ credentials: { c: { apiKey: key, secretName: "s" } } }),
    'credentials["c"]',
    /gives apiKey, secretName of .*; give exactly one/,
  ],
  ["a shared credential of no kind", gateway({ credentials: { c: {} } }), 'credentials["c"]', /gives none/],
  [
    "a shared key in plain text that nothing uses",
    gateway({ credentials: { c: { apiKey: "sk-1" } } }),
    'credentials["c"].apiKey',
    /plain string/,
  ],
  [
    "AWS credentials for OpenAI",
    { models: { m: { openai: { credential: "c" } } }, credentials: { c: { aws: {} } } },
    'credentials["c"].aws',
    /does not fit here, where APIKey is needed; use apiKey or secretName/,
  ],
  [
    "an API key for Bedrock",
    {
      models: { m: { bedrock: { modelId: "m", region: "us-west-2", credential: "c" } } },
      credentials: { c: { apiKey: key } },
    },
    'credentials["c"].apiKey',
    /does not fit/,
  ],
  [
    "half an access key",
    model({ bedrock: { modelId: "m", region: "us-west-2", aws: { accessKeyId: "AKIA" } } }),
    'models["m"].bedrock.aws',
    /accessKeyId and secretAccessKey together/,
  ],
  [
    "a secret access key in plain text",
    model({
      bedrock: { modelId: "m", region: "us-west-2", aws: { accessKeyId: "AKIA", secretAccessKey: "s" } },
    }),
    'models["m"].bedrock.aws.secretAccessKey',
    /plain string/,
  ],
  [
    "a session token in plain text",
    model({
      bedrock: {
        modelId: "m",
        region: "us-west-2",
        aws: { accessKeyId: "AKIA", secretAccessKey: key, sessionToken: "t" },
      },
    }),
    'models["m"].bedrock.aws.sessionToken',
    /plain string/,
  ],
  [
    "a role without a token",
    model({ bedrock: { modelId: "m", region: "us-west-2", aws: { roleArn: "arn" } } }),
    'models["m"].bedrock.aws',
    /oidc and roleArn together/,
  ],
  [
    "two kinds of AWS credentials",
    model({
      bedrock: {
        modelId: "m",
        region: "us-west-2",
        aws: { secretName: "s", accessKeyId: "AKIA", secretAccessKey: key },
      },
    }),
    'models["m"].bedrock.aws',
    /mixes an access key, secretName and oidc/,
  ],
  [
    "Entra ID without a secret",
    model({
      azureOpenAI: {
        url: "https://r.openai.azure.com",
        apiVersion: "v",
        entra: { clientId: "c", tenantId: "t" },
      },
    }),
    'models["m"].azureOpenAI.entra',
    /gives 0 of clientSecret, secretName and oidc/,
  ],
  [
    "a client secret in plain text",
    model({
      azureOpenAI: {
        url: "https://r.openai.azure.com",
        apiVersion: "v",
        entra: { clientId: "c", tenantId: "t", clientSecret: "s" },
      },
    }),
    'models["m"].azureOpenAI.entra.clientSecret',
    /plain string/,
  ],
  [
    "two kinds of Google credentials",
    model({
      vertex: {
        modelId: "g",
        project: "p",
        region: "us-central1",
        google: { secretName: "s", serviceAccountKey: key },
      },
    }),
    'models["m"].vertex.google',
    /more than one/,
  ],
  [
    "a service account key in plain text",
    model({
      vertex: { modelId: "g", project: "p", region: "us-central1", google: { serviceAccountKey: "{}" } },
    }),
    'models["m"].vertex.google.serviceAccountKey',
    /plain string/,
  ],
  [
    "a Hugging Face token in plain text",
    model({ vllm: { source: "a/b", hfToken: "hf_1" } }),
    'models["m"].vllm.hfToken',
    /plain string/,
  ],
  [
    "two Hugging Face tokens",
    model({ vllm: { source: "a/b", hfToken: key, hfTokenSecretName: "s" } }),
    'models["m"].vllm',
    /both hfToken and hfTokenSecretName/,
  ],
  [
    "Entra ID without a tenant",
    model({
      azureOpenAI: {
        url: "https://r.openai.azure.com",
        apiVersion: "v",
        entra: { clientId: "c", secretName: "s" },
      },
    }),
    'models["m"].azureOpenAI.entra.tenantId',
    /is missing/,
  ],
  [
    "an empty application of Entra ID",
    model({
      azureOpenAI: {
        url: "https://r.openai.azure.com",
        apiVersion: "v",
        entra: { clientId: "", tenantId: "t", secretName: "s" },
      },
    }),
    'models["m"].azureOpenAI.entra.clientId',
    /is empty/,
  ],
  [
    "a token from nowhere",
    model({
      bedrock: {
        modelId: "m",
        region: "us-west-2",
        aws: { roleArn: "arn", oidc: { clientId: "c", clientSecretName: "s" } },
      },
    }),
    'models["m"].bedrock.aws.oidc.issuer',
    /is missing/,
  ],
  [
    "a workload identity without a pool",
    model({
      vertex: {
        project: "p",
        region: "us-central1",
        google: {
          workloadIdentity: {
            projectId: "p",
            providerName: "p",
            oidc: { issuer: "https://idp.example.com", clientId: "c", clientSecretName: "s" },
          },
        },
      },
    }),
    'models["m"].vertex.google.workloadIdentity.poolName',
    /is missing/,
  ],
  [
    "a workload identity without a token",
    gateway({
      credentials: {
        c: { google: { workloadIdentity: { projectId: "p", poolName: "p", providerName: "p" } } },
      },
    }),
    'credentials["c"].google.workloadIdentity.oidc',
    /is missing; give an object/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", expectAlone);
});
