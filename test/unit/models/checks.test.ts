import { output, secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { DeclarationError } from "../../../components/shared/problems";
import { anthropic, endpoint, expectProblems, openai, problemsOf, type Wrong } from "./support";

const key = secret("key");
const url = "https://llm.example.com/v1";
/** One model under the name "m", beside one that is right. */
const model = (args: Wrong): Wrong => ({ models: { ok: endpoint(), m: args } });
/** The same with further arguments of the gateway. */
const gateway = (args: Wrong): Wrong => ({ models: { ok: endpoint() }, ...args });

type Case = readonly [what: string, args: Wrong, path: string, gist: RegExp];

/** Each declaration has exactly one thing wrong with it. */
const cases: readonly Case[] = [
  // The declaration as a whole
  ["no models", { models: {} }, "models", /empty; declare at least one/],
  ["models that are no map", { models: "claude" }, "models", /not a map/],
  [
    "a model that is nothing",
    { models: { m: null } },
    'models["m"]',
    /is null; give an object, or take the name out/,
  ],
  ["a credential that is text", gateway({ credentials: { c: "sk-1" } }), 'credentials["c"]', /not an object/],
  [
    "an unknown target",
    gateway({ target: "moon" }),
    "target",
    /"moon" is not known; use "cluster" or "local"/,
  ],
  [
    "an unknown release set",
    gateway({ release: "2.0" }),
    "release",
    /"2.0" is not a release set; use 1.0 or 1.1/,
  ],
  ["local settings in a cluster", gateway({ local: {} }), "local", /target is "cluster"; remove it, or set/],
  ["a namespace in capitals", gateway({ namespace: "AI" }), "namespace", /"AI" is not a namespace/],
  ["a namespace of 64 characters", gateway({ namespace: "a".repeat(64) }), "namespace", /is not a namespace/],

  // Members that nothing reads
  ["a misspelt member", gateway({ model: {} }), "model", /did you mean "models"\?/],
  [
    "a misspelt option",
    model({ ...openai, upstreamname: "x" }),
    'models["m"].upstreamname',
    /did you mean "upstreamName"/,
  ],
  [
    "a misspelt option of a provider",
    model({ vllm: { source: "a/b", gpu: 2 } }),
    'models["m"].vllm.gpu',
    /did you mean "gpus"/,
  ],
  [
    "a misspelt weight",
    model({ route: { targets: { ok: { weigth: 2 } } } }),
    'models["m"].route.targets["ok"].weigth',
    /did you mean "weight"/,
  ],
  [
    "a field of somebody else",
    gateway({ credentials: { c: { apiKey: key, vault: "x" } } }),
    'credentials["c"].vault',
    /known are apiKey, secretName/,
  ],
  [
    "a misspelt member of the gateway",
    gateway({ gateway: { proxy: { replica: 3 } } }),
    "gateway.proxy.replica",
    /did you mean "replicas"/,
  ],

  // Names
  ["an empty name", { models: { "": endpoint() } }, 'models[""]', /name of 0 characters; use 1 to 253/],
  [
    "a name of 254 characters",
    { models: { ["a".repeat(254)]: endpoint() } },
    `models["${"a".repeat(254)}"]`,
    /254/,
  ],
  ["a blank in a name", { models: { "a b": endpoint() } }, 'models["a b"]', /blank/],
  ["a control character in a name", { models: { "a\u0000b": endpoint() } }, 'models["a\\u0000b"]', /control/],
  ["a letter outside ASCII", { models: { zoë: endpoint() } }, 'models["zoë"]', /outside ASCII/],
  ["Pulumi's own separator", { models: { "a::b": endpoint() } }, 'models["a::b"]', /"::"/],

  // What a model is
  ["no provider", model({}), 'models["m"]', /says nowhere that it is served; give one of vllm, openai/],
  [
    "two providers",
    model({ ...openai, ...anthropic }),
    'models["m"]',
    /is served by openai and anthropic; keep one/,
  ],
  [
    "a provider and a route",
    model({ ...openai, route: { targets: { ok: {} } } }),
    'models["m"]',
    /openai and route/,
  ],
  [
    "a namespace of a model",
    model({ ...openai, namespace: "A_b" }),
    'models["m"].namespace',
    /not a namespace/,
  ],
  [
    "an empty upstream name",
    model({ ...openai, upstreamName: " " }),
    'models["m"].upstreamName',
    /" " is not a name/,
  ],
  [
    "an upstream name of vLLM",
    model({ vllm: { source: "a/b" }, upstreamName: "" }),
    'models["m"].upstreamName',
    /not a name/,
  ],
  [
    "a price on an alias",
    model({
      route: { targets: { ok: {} } },
      price: { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: 1 },
    }),
    'models["m"].price',
    /describes a backend/,
  ],
  [
    "a header on an alias",
    model({ route: { targets: { ok: {} } }, headers: { set: { a: "b" } } }),
    'models["m"].headers',
    /describes a backend/,
  ],
  [
    "a fallback of an alias beside its route",
    model({ route: { targets: { ok: {} } }, fallback: ["ok"] }),
    'models["m"].fallback',
    /belongs into route.fallback/,
  ],
  [
    "host names of a hidden model",
    {
      models: {
        a: { ...endpoint(), fallback: ["m"] },
        m: { ...openai, public: false, hostnames: ["a.example.com"] },
      },
    },
    'models["m"].hostnames',
    /public is false/,
  ],
  [
    "a hidden model that nothing uses",
    model({ ...openai, public: false }),
    'models["m"]',
    /not public and nothing leads to it/,
  ],

  // Values of another type (more in memberTypes.test.ts)
  [
    "a flag in quotes",
    model({ ...endpoint(), public: "false" }),
    'models["m"].public',
    /is text, not true or false; write one of the two without quotes/,
  ],
  [
    "a switch in quotes that would switch a check off",
    model({ openAICompatible: { url, tls: { insecureSkipVerify: "false" } } }),
    'models["m"].openAICompatible.tls.insecureSkipVerify',
    /is text, not true or false/,
  ],
  [
    "one API for a list",
    model({ ...endpoint(), serves: "chat" }),
    'models["m"].serves',
    /is text, not a list/,
  ],
  [
    "a number in a list of text",
    model({ ...endpoint(), fallback: ["ok", 5] }),
    'models["m"].fallback[1]',
    /is a number, not text/,
  ],
  [
    "a key that is nothing",
    model({ openai: { apiKey: null } }),
    'models["m"].openai.apiKey',
    /is null; give a secret output, or leave it out/,
  ],
  [
    "a key that is a number",
    gateway({ credentials: { c: { apiKey: 12_345 } } }),
    'credentials["c"].apiKey',
    /^is a number, not a secret output; give one/,
  ],
  [
    "an output that decides what is made",
    model({ ...endpoint(), upstreamName: output("a") }),
    'models["m"].upstreamName',
    /is an output, not text; give the plain value/,
  ],
  [
    "models that are an output",
    { models: output({ m: endpoint() }) },
    "models",
    /is an output, not a map; give the plain value/,
  ],

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

  // Credentials
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

  // Aliases and fallback (more in flattenRoute.test.ts)
  ["an alias of nothing", model({ route: { targets: {} } }), 'models["m"].route.targets', /is empty/],
  [
    "an unknown target",
    model({ route: { targets: { oh: {} } } }),
    'models["m"].route.targets["oh"]',
    /"oh" is not in models; did you mean "ok"\?/,
  ],
  [
    "weights that add to nothing",
    model({ route: { targets: { ok: { weight: 0 } } } }),
    'models["m"].route.targets',
    /add to 0/,
  ],
  [
    "a negative weight",
    model({ route: { targets: { ok: { weight: -1 } } } }),
    'models["m"].route.targets["ok"].weight',
    /-1 is not a whole number/,
  ],
  [
    "half a weight",
    model({ route: { targets: { ok: { weight: 0.5 } } } }),
    'models["m"].route.targets["ok"].weight',
    /0.5 is not a whole number/,
  ],
  [
    "an unknown fallback",
    model({ ...openai, fallback: ["nope-at-all"] }),
    'models["m"].fallback[0]',
    /not in models; declare it there/,
  ],
  [
    "a fallback to itself",
    model({ ...openai, fallback: ["m"] }),
    'models["m"].fallback[0]',
    /falls back to itself/,
  ],
  [
    "a fallback that is a target too",
    model({ route: { targets: { ok: {} }, fallback: ["ok"] } }),
    'models["m"]',
    /reaches "ok" as a target and again as fallback 1/,
  ],
  [
    "a canary of more than all",
    model({ route: { targets: { ok: {} }, canary: { model: "ok", percent: 101 } } }),
    'models["m"].route.canary.percent',
    /101 is not a share/,
  ],
  [
    "a canary without a name",
    model({ route: { targets: { ok: {} }, canary: { percent: 1 } } }),
    'models["m"].route.canary.model',
    /is missing; give text/,
  ],
  [
    "a canary of a thousandth",
    model({ route: { targets: { ok: {} }, canary: { model: "ok", percent: 0.001 } } }),
    'models["m"].route.canary.percent',
    /0.001 is not a share/,
  ],
  [
    "a canary among its targets",
    model({ route: { targets: { ok: {} }, canary: { model: "ok", percent: 1 } } }),
    'models["m"].route.canary.model',
    /among the targets already/,
  ],
  [
    "an address beside other models",
    { models: { a: { openAICompatible: { url: "http://10.0.0.1:8000" }, fallback: ["b"] }, b: endpoint() } },
    'models["a"]',
    /at the address 10.0.0.1 together with other models/,
  ],
  [
    "h2c beside HTTP/1.1",
    {
      models: {
        a: { openAICompatible: { url: "http://a.example.com", h2c: true }, fallback: ["b"] },
        b: endpoint(),
      },
    },
    'models["a"]',
    /mixes h2c \("a"\) with HTTP\/1.1/,
  ],
  [
    "targets that share no API",
    { models: { a: { ...anthropic, fallback: ["b"] }, b: { cohere: { apiKey: key } } } },
    'models["a"]',
    /share no API/,
  ],
  [
    "a target that cannot chat",
    { models: { a: { ...endpoint(), fallback: ["b"] }, b: anthropic } },
    'models["a"]',
    /cannot answer chat.*serves: \["messages"\]/,
  ],
  [
    "an API that the schema cannot speak",
    model({ ...anthropic, serves: ["chat"] }),
    'models["m"].serves',
    /"chat" cannot be spoken to "m": its schema Anthropic takes messages/,
  ],
  [
    "no API at all",
    model({ ...endpoint(), serves: [] }),
    'models["m"].serves',
    /is empty; name the APIs that clients call, or leave it out/,
  ],
  [
    "an unknown API",
    model({ ...endpoint(), serves: ["poems"] }),
    'models["m"].serves',
    /"poems" is not known/,
  ],

  // Names that clients see
  [
    "host names on one model only",
    { models: { a: { ...endpoint(), hostnames: ["a.example.com"] }, m: endpoint() } },
    'models["m"].hostnames',
    /on a.example.com this model would be listed and answer 404/,
  ],
  [
    "a wildcard over another's host name",
    {
      models: {
        a: { ...endpoint(), hostnames: ["a.example.com"] },
        m: { ...endpoint(), hostnames: ["*.example.com"] },
      },
    },
    'models["m"].hostnames',
    /"\*.example.com" covers "a.example.com"/,
  ],
  [
    "a host name twice",
    { models: { m: { ...endpoint(), hostnames: ["a.example.com", "a.example.com"] } } },
    'models["m"].hostnames',
    /twice/,
  ],
  [
    "17 host names",
    {
      models: { m: { ...endpoint(), hostnames: Array.from({ length: 17 }, (_, i) => `h${i}.example.com`) } },
    },
    'models["m"].hostnames',
    /has 17 entries/,
  ],
  [
    "a host name with a port",
    { models: { m: { ...endpoint(), hostnames: ["a.example.com:80"] } } },
    'models["m"].hostnames',
    /not a host name/,
  ],
  [
    "a day for a time",
    model({ ...endpoint(), createdAt: "2026-01-31" }),
    'models["m"].createdAt',
    /not a time/,
  ],
  [
    "a time that never was",
    model({ ...endpoint(), createdAt: "2026-13-31T00:00:00Z" }),
    'models["m"].createdAt',
    /not a time/,
  ],

  [
    "a day that never was",
    model({ ...endpoint(), createdAt: "2026-02-31T00:00:00Z" }),
    'models["m"].createdAt',
    /not a time/,
  ],
  [
    "the 29th of February of a usual year",
    model({ ...endpoint(), createdAt: "2026-02-29T12:00:00.5+01:00" }),
    'models["m"].createdAt',
    /not a time/,
  ],

  // Time limits, retries, prices
  [
    "a time limit without a unit",
    model({ ...endpoint(), timeouts: { request: "60" } }),
    'models["m"].timeouts.request',
    /"60" is not a duration/,
  ],
  [
    "no time at all",
    model({ ...endpoint(), timeouts: { request: "0s" } }),
    'models["m"].timeouts.request',
    /switch the limit off/,
  ],
  [
    "settings of retries that never happen",
    model({ ...endpoint(), retries: { attempts: 0, perTryTimeout: "5s", on: ["5xx"] } }),
    'models["m"].retries.attempts',
    /on, perTryTimeout would do nothing/,
  ],
  [
    "a namespace that the cluster owns",
    gateway({ namespace: "kube-system", models: { m: endpoint() } }),
    "namespace",
    /"kube-system" belongs to the cluster/,
  ],
  [
    "a claim of one node for many replicas",
    model({ vllm: { source: "a/b", replicas: 2, cache: { storageClassName: "gp3" } } }),
    'models["m"].vllm.cache.accessMode',
    /there are 2 replicas; use ReadWriteMany/,
  ],
  [
    "an access mode without a claim",
    model({ vllm: { source: "a/b", cache: { accessMode: "ReadWriteMany" } } }),
    'models["m"].vllm.cache.accessMode',
    /without storageClassName there is none/,
  ],
  [
    "a storage class that is none",
    model({ vllm: { source: "a/b", cache: { storageClassName: "Bad Name!" } } }),
    'models["m"].vllm.cache.storageClassName',
    /Bad Name!/,
  ],
  [
    "a token among the arguments",
    model({ vllm: { source: "a/b", extraArgs: ["--hf-token", "x"] } }),
    'models["m"].vllm.extraArgs',
    /"--hf-token" is set by this package/,
  ],
  [
    "a field of 1.1 under 1.0",
    gateway({ release: "1.0", models: { m: { ...endpoint(), timeouts: { streamIdle: "10s" } } } }),
    'models["m"].timeouts.streamIdle',
    /needs AI Gateway 1.1/,
  ],
  [
    "a wrong default for two models",
    { models: { a: endpoint(), b: endpoint() }, timeouts: { request: "soon" } },
    "timeouts.request",
    /"soon" is not a duration/,
  ],
  [
    "a wrong default of retries",
    { models: { a: endpoint(), b: endpoint() }, retries: { attempts: 16 } },
    "retries.attempts",
    /16 is not a whole number from 0 to 15/,
  ],
  [
    "retries on an unknown condition",
    model({ ...endpoint(), retries: { on: ["5XX"] } }),
    'models["m"].retries.on',
    /"5XX" is not a condition; known are 5xx/,
  ],
  [
    "retries on nothing",
    model({ ...endpoint(), retries: { on: [] } }),
    'models["m"].retries.on',
    /attempts: 0/,
  ],
  [
    "an impossible status code",
    model({ ...endpoint(), retries: { statusCodes: [42] } }),
    'models["m"].retries.statusCodes',
    /42 is not a status code/,
  ],
  [
    "status codes that are not asked for",
    model({ ...endpoint(), retries: { on: ["5xx"], statusCodes: [429] } }),
    'models["m"].retries.statusCodes',
    /count only together with the condition "retriable-status-codes"/,
  ],
  [
    "fewer attempts than fallbacks",
    {
      models: {
        m: { ...endpoint(), fallback: ["a", "b"], retries: { attempts: 1 } },
        a: endpoint(),
        b: endpoint(),
      },
    },
    'models["m"].retries.attempts',
    /1 never reaches the last of 2 fallback steps/,
  ],
  [
    "a try longer than the request",
    model({ ...endpoint(), timeouts: { request: "1m" }, retries: { perTryTimeout: "2m" } }),
    'models["m"].retries.perTryTimeout',
    /longer than the whole request/,
  ],
  [
    "a price that is text",
    model({ ...endpoint(), price: { usdPerMillionInputTokens: 1, usdPerMillionOutputTokens: "3" } }),
    'models["m"].price.usdPerMillionOutputTokens',
    /is text, not a number; write it without quotes/,
  ],
  [
    "a negative price",
    model({
      ...endpoint(),
      price: {
        usdPerMillionInputTokens: 1,
        usdPerMillionCachedInputTokens: -1,
        usdPerMillionOutputTokens: 1,
      },
    }),
    'models["m"].price.usdPerMillionCachedInputTokens',
    /-1 is not a price/,
  ],
  [
    "half a price",
    model({ ...endpoint(), price: { usdPerMillionInputTokens: 1 } }),
    'models["m"].price.usdPerMillionOutputTokens',
    /is missing/,
  ],

  // Request costs (more in requestCosts.test.ts)
  [
    "a cost of an internal key",
    model({ ...endpoint(), requestCosts: { backend_name: { type: "TotalToken" } } }),
    'models["m"].requestCosts["backend_name"]',
    /gateway writes itself/,
  ],
  [
    "a cost that is there already",
    model({ ...endpoint(), requestCosts: { llm_input_token: { type: "TotalToken" } } }),
    'models["m"].requestCosts["llm_input_token"]',
    /reported for every model already/,
  ],
  [
    "a cost with a blank in its key",
    model({ ...endpoint(), requestCosts: { "a b": { type: "TotalToken" } } }),
    'models["m"].requestCosts["a b"]',
    /not a usable metadata key/,
  ],
  [
    "a cost of nothing",
    model({ ...endpoint(), requestCosts: { c: {} } }),
    'models["m"].requestCosts["c"]',
    /exactly one of type and cel/,
  ],
  [
    "a cost of two kinds",
    model({ ...endpoint(), requestCosts: { c: { type: "TotalToken", cel: "1u" } } }),
    'models["m"].requestCosts["c"]',
    /exactly one of type and cel/,
  ],
  [
    "a cost of an unknown type",
    model({ ...endpoint(), requestCosts: { c: { type: "Tokens" } } }),
    'models["m"].requestCosts["c"].type',
    /not a token count/,
  ],
  [
    "31 costs",
    model({
      ...endpoint(),
      requestCosts: Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`c${i}`, { cel: "1u" }])),
    }),
    'models["m"].requestCosts',
    /has 31 entries; a route takes 30/,
  ],

  // Mutations
  [
    "a header of the gateway's own",
    model({ ...endpoint(), headers: { set: { "X-AI-EG-Model": "a" } } }),
    'models["m"].headers.set',
    /belongs to the gateway/,
  ],
  [
    "a pseudo header",
    model({ ...endpoint(), headers: { remove: [":path"] } }),
    'models["m"].headers.remove',
    /belongs to the gateway/,
  ],
  [
    "the original path",
    model({ ...endpoint(), headers: { remove: ["x-envoy-original-path"] } }),
    'models["m"].headers.remove',
    /belongs to the gateway/,
  ],
  [
    "the host header",
    model({ ...endpoint(), headers: { set: { Host: "a" } } }),
    'models["m"].headers.set',
    /rewritten to the backend's host/,
  ],
  [
    "a framing header",
    model({ ...endpoint(), headers: { remove: ["Content-Length"] } }),
    'models["m"].headers.remove',
    /framed/,
  ],
  [
    "a header with a blank",
    model({ ...endpoint(), headers: { set: { "a b": "c" } } }),
    'models["m"].headers.set',
    /not a header name/,
  ],
  [
    "a header with a line break",
    model({ ...endpoint(), headers: { set: { a: "b\r\nc: d" } } }),
    'models["m"].headers.set["a"]',
    /not a header value/,
  ],
  [
    "a header that is an output",
    model({ ...endpoint(), headers: { set: { a: output("b") } } }),
    'models["m"].headers.set["a"]',
    /is an output, not text; give the plain value/,
  ],
  [
    "a credential as a header",
    model({ ...endpoint(), headers: { set: { Authorization: "Bearer 1" } } }),
    'models["m"].headers.set["Authorization"]',
    /credential in the clear/,
  ],
  [
    "a key of Google as a header",
    model({ ...endpoint(), headers: { set: { "X-Goog-Api-Key": "1" } } }),
    'models["m"].headers.set["X-Goog-Api-Key"]',
    /credential in the clear.*give it as apiKey/,
  ],
  [
    "a key in the body",
    model({ ...endpoint(), body: { set: { api_key: "1" } } }),
    'models["m"].body.set["api_key"]',
    /credential in the clear.*give it as apiKey/,
  ],
  [
    "a header set and removed",
    model({ ...endpoint(), headers: { set: { a: "b" }, remove: ["A"] } }),
    'models["m"].headers',
    /both sets and removes "a"/,
  ],
  [
    "17 headers",
    model({
      ...endpoint(),
      headers: { set: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`h${i}`, "v"])) },
    }),
    'models["m"].headers.set',
    /has 17 entries, and the gateway takes 16/,
  ],
  [
    "14 removed headers",
    model({ ...endpoint(), headers: { remove: Array.from({ length: 14 }, (_, i) => `h${i}`) } }),
    'models["m"].headers.remove',
    /has 14 entries, and the gateway takes 13/,
  ],
  [
    "a header removed twice",
    model({ ...endpoint(), headers: { remove: ["a", "A"] } }),
    'models["m"].headers.remove',
    /names "a" twice/,
  ],
  [
    "a path into the body",
    model({ ...endpoint(), body: { set: { "a.b": 1 } } }),
    'models["m"].body.set',
    /only top-level fields/,
  ],
  [
    "the model in the body",
    model({ ...endpoint(), body: { set: { model: "x" } } }),
    'models["m"].body.set',
    /use upstreamName/,
  ],
  [
    "a function in the body",
    model({ ...endpoint(), body: { set: { a: () => 1 } } }),
    'models["m"].body.set["a"]',
    /not plain JSON/,
  ],
  [
    "a large integer in the body",
    model({ ...endpoint(), body: { set: { a: 1n } } }),
    'models["m"].body.set["a"]',
    /not plain JSON/,
  ],
  [
    "an infinite number in the body",
    model({ ...endpoint(), body: { set: { a: { b: [Infinity] } } } }),
    'models["m"].body.set["a"]',
    /not plain JSON/,
  ],
  [
    "an output in the body",
    model({ ...endpoint(), body: { set: { a: output("b") } } }),
    'models["m"].body.set["a"]',
    /no outputs/,
  ],

  // vLLM
  [
    "a source without an owner",
    model({ vllm: { source: "qwen3" } }),
    'models["m"].vllm.source',
    /owner\/name/,
  ],
  [
    "an unknown accelerator",
    model({ vllm: { source: "a/b", accelerator: "tpu" } }),
    'models["m"].vllm.accelerator',
    /"tpu" is not known/,
  ],
  [
    "no GPUs",
    model({ vllm: { source: "a/b", gpus: 0 } }),
    'models["m"].vllm.gpus',
    /0 is not a whole number from 1 to 16/,
  ],
  [
    "half a replica",
    model({ vllm: { source: "a/b", replicas: 0.5 } }),
    'models["m"].vllm.replicas',
    /0.5 is not/,
  ],
  [
    "no context",
    model({ vllm: { source: "a/b", maxModelLen: 0 } }),
    'models["m"].vllm.maxModelLen',
    /0 is not/,
  ],
  [
    "a start of a second",
    model({ vllm: { source: "a/b", startupSeconds: 1 } }),
    'models["m"].vllm.startupSeconds',
    /from 60 to 7,200/,
  ],
  [
    "a day to stop",
    model({ vllm: { source: "a/b", shutdownSeconds: 86_400 } }),
    'models["m"].vllm.shutdownSeconds',
    /from 0 to 3,600/,
  ],
  [
    "memory in thousandths of a byte",
    model({ vllm: { source: "a/b", resources: { memory: "512m" } } }),
    'models["m"].vllm.resources.memory',
    /"512m" is not a size/,
  ],
  [
    "CPUs in gibibytes",
    model({ vllm: { source: "a/b", resources: { cpu: "4Gi" } } }),
    'models["m"].vllm.resources.cpu',
    /not a number of CPUs/,
  ],
  [
    "a cache of no size",
    model({ vllm: { source: "a/b", cache: { size: "big" } } }),
    'models["m"].vllm.cache.size',
    /not a size/,
  ],
  [
    "a pool with a blank",
    model({ vllm: { source: "a/b", pool: "a b" } }),
    'models["m"].vllm.pool',
    /node label/,
  ],
  [
    "a flag that the package sets",
    model({ vllm: { source: "a/b", extraArgs: ["--tensor_parallel_size=2"] } }),
    'models["m"].vllm.extraArgs',
    /is set by this package/,
  ],

  // The gateway
  [
    "no listener",
    gateway({ gateway: { http: { enabled: false } } }),
    "gateway.http.enabled",
    /nobody could call/,
  ],
  [
    "a port that is none",
    gateway({ gateway: { http: { port: 70_000 } } }),
    "gateway.http.port",
    /70000 is not a port/,
  ],
  [
    "one port for two listeners",
    gateway({ gateway: { http: { enabled: true, port: 443 }, https: { certificateSecretName: "tls" } } }),
    "gateway.https.port",
    /443 is the port of http too/,
  ],
  [
    "https without a certificate",
    gateway({ gateway: { https: {} } }),
    "gateway.https.certificateSecretName",
    /not the name of an object/,
  ],
  [
    "a buffer without a size",
    gateway({ gateway: { bufferLimit: "large" } }),
    "gateway.bufferLimit",
    /"large" is not a whole size/,
  ],
  [
    "a broken buffer size",
    gateway({ gateway: { bufferLimit: "0.5Gi" } }),
    "gateway.bufferLimit",
    /"0.5Gi" is not a whole size/,
  ],
  [
    "a buffer as small as Envoy's own",
    gateway({ gateway: { bufferLimit: "32Ki" } }),
    "gateway.bufferLimit",
    /outside 64Ki to 2Gi/,
  ],
  [
    "62 headers to remove",
    gateway({ gateway: { removeHeaders: Array.from({ length: 62 }, (_, i) => `h${i}`) } }),
    "gateway.removeHeaders",
    /has 62 entries, and the gateway takes 61 besides its own/,
  ],
  [
    "a header that the gateway needs",
    gateway({ gateway: { removeHeaders: ["Content-Type"] } }),
    "gateway.removeHeaders",
    /needed to read the request/,
  ],
  [
    "a header name with a blank",
    gateway({ gateway: { removeHeaders: ["a b"] } }),
    "gateway.removeHeaders",
    /not a header name/,
  ],
  [
    "a header to remove twice",
    gateway({ gateway: { removeHeaders: ["a", "A"] } }),
    "gateway.removeHeaders",
    /names "a" twice/,
  ],
  [
    "a class that cannot be",
    gateway({ gateway: { className: "My Class" } }),
    "gateway.className",
    /not the name of a GatewayClass/,
  ],
  [
    "no proxies",
    gateway({ gateway: { proxy: { replicas: 0 } } }),
    "gateway.proxy.replicas",
    /0 is not a whole number from 1 to 100/,
  ],
  [
    "memory of a proxy in thousandths",
    gateway({ gateway: { proxy: { memory: "512m" } } }),
    "gateway.proxy.memory",
    /not a size/,
  ],
  [
    "CPUs of a proxy",
    gateway({ gateway: { proxy: { cpu: "lots" } } }),
    "gateway.proxy.cpu",
    /not a number of CPUs/,
  ],
  [
    "an unknown type of Service",
    gateway({ gateway: { proxy: { serviceType: "ExternalName" } } }),
    "gateway.proxy.serviceType",
    /"ExternalName" is not known/,
  ],
  [
    "a load balancer class without one",
    gateway({ gateway: { proxy: { serviceType: "ClusterIP", loadBalancerClass: "nlb" } } }),
    "gateway.proxy.loadBalancerClass",
    /means nothing/,
  ],
  [
    "an internal ClusterIP",
    gateway({ gateway: { proxy: { serviceType: "ClusterIP", internal: true } } }),
    "gateway.proxy.internal",
    /means nothing/,
  ],
];

describe("one problem alone", () => {
  it.each(cases)("%s", (_, args, path, gist) => {
    expectProblems(args, [[path, gist]]);
  });
});

describe("all problems together", () => {
  it("with wrong types beside wrong values, and no echo of what could not be read", () => {
    const declaration = {
      credentials: { broken: 5, plain: { apiKey: "sk-plain" } },
      gateway: { bufferLimit: 5 },
      models: {
        typed: { openai: { apiKey: secret("k"), url: 5 } },
        uses: { openai: { credential: "broken" }, fallback: ["typed"] },
        empty: { bedrock: { modelId: "", region: "us-west-2" } },
        hidden: { ...endpoint(), public: false },
      },
    };
    expect(problemsOf(declaration).map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'credentials["broken"]',
        'credentials["plain"].apiKey',
        "gateway.bufferLimit",
        'models["typed"].openai.url',
        'models["empty"].bedrock.modelId',
      ]),
    );
    const paths = problemsOf(declaration).map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith('models["uses"]') || path.includes("hidden"))).toEqual([]);
  });

  it("are reported at once, each once, in one message", () => {
    const args = {
      namespace: "Bad",
      models: {
        a: { openai: { apiKey: "sk-1" }, timeouts: { request: "soon" } },
        b: { route: { targets: { c: {} } } },
        "x y": {},
      },
      gateway: { bufferLimit: "1" },
    };
    const problems = problemsOf(args, "live");
    expect(problems.map(({ path }) => path).sort()).toEqual(
      [
        "namespace",
        "gateway.bufferLimit",
        'models["a"].openai.apiKey',
        'models["a"].timeouts.request',
        'models["b"].route.targets["c"]',
        'models["x y"]',
        'models["x y"]',
      ].sort(),
    );
    const { message } = new DeclarationError("live", problems);
    expect(message.split("\n")).toHaveLength(8);
    expect(message).toMatch(/^live: 7 problems in the declaration\n/);
    for (const { path, reason } of problems) {
      expect(message).toContain(`  ${path}: ${reason}`);
    }
  });

  it("name every alias of a circle", () => {
    const alias = (target: string) => ({ route: { targets: { [target]: {} } } });
    expectProblems({ models: { a: alias("b"), b: alias("c"), c: alias("b") } }, [
      ['models["a"]', /circle: b -> c -> b; take one of these steps out/],
      ['models["b"]', /circle: b -> c -> b/],
      ['models["c"]', /circle: c -> b -> c/],
    ]);
  });

  it("are said once although many routes lead to them", () => {
    const alias = { route: { targets: { broken: {} } } };
    const args = {
      models: { broken: { route: { targets: { "no-such-model": {} } } }, a: alias, b: alias, c: alias },
    };
    expectProblems(args, [['models["broken"].route.targets["no-such-model"]', /not in models/]]);
  });
});

it("a declaration that uses all of it is taken", () => {
  expect(problemsOf({ models: { ok: endpoint(), openai, anthropic } })).toEqual([]);
});
