import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { conventionalEnginePort } from "../../../components/models/localTarget";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { LocalArgs, ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import type { RenderedObject } from "../../../components/shared/manifest";
import { endpoint, expectProblems, objectOf, objectsOf, problemsOf, resolvedOf, specOf } from "./support";

const key = secret("marker");
const local = (model: ModelArgs, settings: LocalArgs = {}): readonly RenderedObject[] =>
  objectsOf({ target: "local", models: { m: model }, local: settings });
const kinds = (objects: readonly RenderedObject[]) =>
  objects.filter(({ key: of }) => of === "m").map(({ manifest }) => manifest.kind);
const differences = (args: Partial<ModelGatewayArgs>) =>
  resolvedOf({ target: "local", models: { m: endpoint() }, ...args }).differences;

const bedrock = { modelId: "nova", region: "us-west-2" };
const azure = { url: "https://r.openai.azure.com", apiVersion: "v" };
const vertex = { modelId: "gemini", project: "p", region: "us-central1" };
const routed = ["AIGatewayRoute", "BackendTrafficPolicy"];
const keyless = ["Backend", "AIServiceBackend", ...routed];
const keyed = ["Secret", "Backend", "AIServiceBackend", "BackendSecurityPolicy", ...routed];

describe("a simulated engine stands in", () => {
  it.each<
    readonly [
      string,
      ModelArgs,
      readonly string[],
      unknown,
      string | undefined,
      readonly string[] | undefined,
    ]
  >([
    ["vllm", { vllm: { source: "a/b" } }, keyless, { name: "OpenAI" }, undefined, undefined],
    ["openai", { openai: { apiKey: key } }, keyed, { name: "OpenAI" }, "APIKey", ["apiKey"]],
    [
      "openai, key elsewhere",
      { openai: { secretName: "mine" } },
      keyed,
      { name: "OpenAI" },
      "APIKey",
      ["apiKey"],
    ],
    [
      "anthropic",
      { anthropic: { apiKey: key } },
      keyed,
      { name: "Anthropic" },
      "AnthropicAPIKey",
      ["apiKey"],
    ],
    ["bedrock", { bedrock }, keyed, { name: "AWSBedrock" }, "AWSCredentials", ["credentials"]],
    [
      "bedrockAnthropic",
      { bedrockAnthropic: bedrock },
      keyed,
      { name: "AWSAnthropic", version: "bedrock-2023-05-31" },
      "AWSCredentials",
      ["credentials"],
    ],
    [
      "azureOpenAI",
      { azureOpenAI: { ...azure, apiKey: key } },
      keyed,
      { name: "AzureOpenAI", version: "v" },
      "AzureAPIKey",
      ["apiKey"],
    ],
    [
      "azureOpenAI with Entra ID",
      { azureOpenAI: { ...azure, entra: { clientId: "c", tenantId: "t", clientSecret: key } } },
      keyed,
      { name: "AzureOpenAI", version: "v" },
      "AzureAPIKey",
      ["apiKey"],
    ],
    // Google's tokens come from Google alone, so these speak OpenAI's API here.
    ["vertex", { vertex }, keyless, { name: "OpenAI" }, undefined, undefined],
    ["vertexAnthropic", { vertexAnthropic: vertex }, keyless, { name: "OpenAI" }, undefined, undefined],
    ["cohere", { cohere: { apiKey: key } }, keyed, { name: "Cohere", version: "v2" }, "APIKey", ["apiKey"]],
    ["openAICompatible", endpoint(), keyless, { name: "OpenAI" }, undefined, undefined],
    [
      "openAICompatible with a path and h2c",
      { openAICompatible: { url: "http://a.example.com/x/v1", h2c: true } },
      keyless,
      { name: "OpenAI", prefix: "x/v1" },
      undefined,
      undefined,
    ],
  ])("for %s", (_, model, expected, schema, policy, data) => {
    const objects = local(model);
    expect(kinds(objects)).toEqual(expected);
    expect(specOf(objects, "Backend", "m")).toEqual({
      endpoints: [{ fqdn: { hostname: "localhost", port: conventionalEnginePort("m") } }],
    });
    expect(specOf(objects, "AIServiceBackend", "m").schema).toEqual(schema);
    expect(policy && specOf(objects, "BackendSecurityPolicy", "m").type).toBe(policy);
    const made = objects.find(({ manifest }) => manifest.kind === "Secret")?.manifest;
    expect(made && Object.keys(made["stringData"] as object)).toEqual(data);
  });

  it("at the port that it was given", () => {
    const objects = local(endpoint(), { engines: { m: "http://localhost:4000" } });
    expect(specOf(objects, "Backend", "m")).toEqual({
      endpoints: [{ fqdn: { hostname: "localhost", port: 4000 } }],
    });
  });

  it("with a key that opens nothing", async () => {
    const { stringData } = objectOf(local({ openai: { apiKey: key } }), "Secret", "m");
    const { apiKey } = stringData as { apiKey: { apply(read: (value: string) => void): void } };
    expect(await new Promise((resolve) => apiKey.apply(resolve))).toBe("simulated-key");
  });
});

describe("a real provider answers", () => {
  it.each<readonly [string, ModelArgs, string | undefined]>([
    ["openai", { openai: { apiKey: key } }, "OPENAI_API_KEY"],
    ["anthropic", { anthropic: { secretName: "s" } }, "ANTHROPIC_API_KEY"],
    ["azureOpenAI", { azureOpenAI: { ...azure, apiKey: key } }, "AZURE_OPENAI_API_KEY"],
    ["cohere", { cohere: { apiKey: key } }, "COHERE_API_KEY"],
    [
      "openAICompatible",
      { openAICompatible: { url: "https://a.example.com", apiKey: key } },
      "AI_GATEWAY_KEY_M",
    ],
    ["bedrock", { bedrock: { ...bedrock, aws: { secretName: "s" } } }, undefined],
    ["vertex", { vertex }, undefined],
  ])("%s, with a key from the environment", (_, model, variable) => {
    const objects = local(model, { real: ["m"] });
    expect(kinds(objects)).toContain("BackendTLSPolicy");
    expect(specOf(objects, "Backend", "m").endpoints[0].fqdn.port).toBe(443);
    const made = objects.find(({ manifest }) => manifest.kind === "Secret")?.manifest;
    expect(made?.metadata.annotations).toEqual(
      variable === undefined ? undefined : { "substitution.aigw.run/env/apiKey": variable },
    );
  });
});

describe("an endpoint of yours answers", () => {
  it("without the model's credential, under its own path", () => {
    const objects = local({ openai: { apiKey: key } }, { upstreams: { m: "http://127.0.0.1:11434/api/v1" } });
    expect(kinds(objects)).toEqual(keyless);
    // Called by name: several backends with addresses in one rule would be mixed up.
    expect(specOf(objects, "Backend", "m")).toEqual({
      endpoints: [{ fqdn: { hostname: "localhost", port: 11434 } }],
    });
    expect(specOf(objects, "AIServiceBackend", "m").schema).toEqual({ name: "OpenAI", prefix: "api/v1" });
  });

  it("at an address, for one model alone", () => {
    const args = (models: ModelGatewayArgs["models"]) => ({
      target: "local" as const,
      models,
      local: { upstreams: { m: "http://10.0.0.7:8000" } },
    });
    expect(specOf(objectsOf(args({ m: endpoint() })), "Backend", "m")).toEqual({
      endpoints: [{ ip: { address: "10.0.0.7", port: 8000 } }],
    });
    expectProblems(args({ m: endpoint(), x: { ...endpoint(), fallback: ["m"] } }), [
      ['local.upstreams["m"]', /names the address 10.0.0.7, but "x" reaches it together with other models/],
    ]);
  });
});

describe("the gateway of a laptop", () => {
  it("gets no object that it does not take, and all in one namespace", () => {
    const models = { m: endpoint(), n: { vllm: { source: "a/b" }, namespace: "other" } };
    const objects = objectsOf({ target: "local", models });
    const found = new Set(objects.map(({ manifest }) => manifest.kind));
    expect([...found].sort()).toEqual(
      [
        "GatewayClass",
        "EnvoyProxy",
        "Gateway",
        "ClientTrafficPolicy",
        "BackendTrafficPolicy",
        "SecurityPolicy",
        "Backend",
        "AIServiceBackend",
        "AIGatewayRoute",
      ].sort(),
    );
    expect(new Set(objects.map(({ manifest }) => manifest.metadata.namespace ?? ""))).toEqual(
      new Set(["", "ai-gateway"]),
    );
    // It tells objects apart by kind and name alone.
    const places = objects.map(({ manifest }) => `${manifest.kind}/${manifest.metadata.name}`);
    expect(new Set(places).size).toBe(places.length);
  });

  it("listens on one port without TLS, for this machine", () => {
    const gateway = { https: { certificateSecretName: "tls" } };
    const objects = objectsOf({ target: "local", gateway, models: { m: endpoint() }, local: { port: 8080 } });
    expect(specOf(objects, "Gateway", "gw").listeners).toEqual([
      { name: "http", protocol: "HTTP", port: 8080, allowedRoutes: { namespaces: { from: "Same" } } },
    ]);
    expect(objectOf(objects, "Gateway", "gw").metadata).not.toHaveProperty("annotations");
    expect(specOf(objects, "SecurityPolicy", "gw").authorization).toEqual({
      defaultAction: "Deny",
      rules: [
        { name: "this-machine", action: "Allow", principal: { clientCIDRs: ["127.0.0.0/8", "::1/128"] } },
      ],
    });
    const open = objectsOf({ target: "local", models: { m: endpoint() }, local: { host: "0.0.0.0" } });
    expect(open.map(({ manifest }) => manifest.kind)).not.toContain("SecurityPolicy");
  });

  it("answers on any host name, under a fixed time of creation", () => {
    const objects = local({ ...endpoint(), hostnames: ["llm.example.com"], timeouts: { streamIdle: "1m" } });
    const spec = specOf(objects, "AIGatewayRoute", "m");
    expect(spec).not.toHaveProperty("hostnames");
    expect(spec.rules[0]).not.toHaveProperty("streamIdleTimeout");
    expect(spec.rules[0].modelsCreatedAt).toBe("1970-01-01T00:00:00Z");
  });

  it("says what differs from a cluster", () => {
    expect(
      differences({ release: "1.0", local: { upstreams: { m: "http://localhost:1" }, host: "0.0.0.0" } }),
    ).toEqual([
      "token counts are configured on each route, since the standalone gateway does not take GatewayConfig",
    ]);
    const models: ModelGatewayArgs["models"] = {
      own: { vllm: { source: "a/b" }, namespace: "other", hostnames: ["a.example.com"] },
      gemini: { vertex, timeouts: { streamIdle: "1m" }, hostnames: ["a.example.com"] },
    };
    expect(differences({ models, gateway: { https: { certificateSecretName: "tls" } } })).toEqual([
      "simulated engines answer for own, gemini",
      "no pods are run for own",
      "the engines of gemini speak OpenAI's API in place of Google's",
      "token counts are configured on each route, since the standalone gateway does not take GatewayConfig",
      "release set 1.0 runs here, 1.1 in a cluster",
      "timeouts.streamIdle of gemini needs release set 1.1 and is left out",
      "host names of own, gemini are left out: all models answer on localhost",
      "own stand in the gateway's own namespace",
      "http on port 1975 in place of https",
      "callers from other machines get 403 (the list of models stays visible to them)",
    ]);
  });
});

describe("settings that cannot be", () => {
  const wrong = (settings: LocalArgs, model: ModelArgs = endpoint()) => ({
    target: "local",
    models: { m: model, x: { route: { targets: { m: {} } } } },
    local: settings,
  });
  const entra = { azureOpenAI: { ...azure, entra: { clientId: "c", tenantId: "t", clientSecret: key } } };
  const oidc = { issuer: "https://i.example.com", clientId: "c", clientSecretName: "s" };

  it.each<readonly [string, ReturnType<typeof wrong>, string, RegExp]>([
    ["a port", wrong({ port: 0 }), "local.port", /0 cannot be listened on; use 1024/],
    [
      "a host",
      wrong({ host: "192.168.0.1" }),
      "local.host",
      /use 127.0.0.1 for this machine alone or 0.0.0.0/,
    ],
    [
      "an engine for nobody",
      wrong({ engines: { n: "http://localhost:1" } }),
      'local.engines["n"]',
      /there are "m"/,
    ],
    [
      "an upstream of an alias",
      wrong({ upstreams: { x: "http://localhost:1" } }),
      'local.upstreams["x"]',
      /not a model with a backend/,
    ],
    ["a real alias", wrong({ real: ["x"] }), 'local.real["x"]', /not a model with a backend/],
    [
      "an upstream that is no URL",
      wrong({ upstreams: { m: "ollama" } }),
      'local.upstreams["m"]',
      /not a URL/,
    ],
    [
      "an upstream that is one operation",
      wrong({ upstreams: { m: "http://localhost:11434/v1/chat/completions" } }),
      'local.upstreams["m"]',
      /give the base URL, http:\/\/localhost:11434\/v1$/,
    ],
    [
      "an upstream with TLS at an address",
      wrong({ upstreams: { m: "https://10.0.0.7" } }),
      'local.upstreams["m"]',
      /no name to check its certificate by/,
    ],
    [
      "an upstream for a schema of its own",
      wrong({ upstreams: { m: "http://localhost:1" } }, { bedrock }),
      'local.upstreams["m"]',
      /speaks AWSBedrock/,
    ],
    [
      "real pods",
      wrong({ real: ["m"] }, { vllm: { source: "a/b" } }),
      'local.real["m"]',
      /use --upstream instead/,
    ],
    [
      "real and elsewhere",
      wrong({ real: ["m"], upstreams: { m: "http://localhost:1" } }),
      'local.real["m"]',
      /keep one of them/,
    ],
    ["a token exchange", wrong({ real: ["m"] }, entra), 'local.real["m"]', /exchanges a token/],
    [
      "a role for a token",
      wrong({ real: ["m"] }, { bedrock: { ...bedrock, aws: { oidc, roleArn: "r" } } }),
      'local.real["m"]',
      /exchanges a token/,
    ],
  ])("%s", (_, args, path, gist) => {
    expectProblems(args, [[path, gist]]);
  });

  it("a model may be called like a member of every object", () => {
    const models = JSON.parse('{"constructor": 1, "toString": 1, "__proto__": 1}') as Record<string, unknown>;
    const declared = Object.fromEntries(Object.keys(models).map((name) => [name, endpoint()]));
    expect(problemsOf({ target: "local", models: declared, local: { engines: {}, upstreams: {} } })).toEqual(
      [],
    );
  });
});
