import { secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { resolveEndpoint } from "../../../components/models/resolveEndpoint";
import { Problems } from "../../../components/shared/problems";
import { expectProblems, objectsOf, problemsOf, specOf, type Wrong } from "./support";

const read = (url: string, isLocal = false) => {
  const problems = new Problems();
  const place = resolveEndpoint(
    "path",
    { url, tls: { insecureSkipVerify: url.startsWith("https") } },
    isLocal,
    problems,
  );
  return { place, problems: problems.all.filter(({ path }) => path !== "path.tls") };
};

describe("URLs that can be called", () => {
  it.each([
    ["https://llm.example.com", "llm.example.com", false, 443, ""],
    ["https://LLM.Example.com/", "llm.example.com", false, 443, ""],
    ["https://llm.example.com/v1", "llm.example.com", false, 443, "v1"],
    ["https://llm.example.com:8443/openai/v1/", "llm.example.com", false, 8443, "openai/v1"],
    ["http://llm.inference.svc.cluster.local:8000/v1", "llm.inference.svc.cluster.local", false, 8000, "v1"],
    ["http://a.b", "a.b", false, 80, ""],
    ["http://10.0.0.7:8000", "10.0.0.7", true, 8000, ""],
    ["http://[2001:db8::1]:8000/v1", "2001:db8::1", true, 8000, "v1"],
    ["https://münchen.example", "xn--mnchen-3ya.example", false, 443, ""],
  ])("%s", (url, host, isIp, port, path) => {
    const { place, problems } = read(url);
    expect(problems).toEqual([]);
    expect(place).toMatchObject({ endpoint: { host, isIp, port, h2c: false }, path });
    expect(place?.endpoint.tls === undefined).toBe(url.startsWith("http:"));
  });
});

describe("URLs that cannot", () => {
  it.each([
    ["", /not a URL/],
    ["llm.example.com", /not a URL/],
    ["https://", /not a URL/],
    ["https://a b.example.com", /not a URL/],
    ["https://llm.example.com:99999", /not a URL/],
    ["https://llm.example.com:0", /port 0; use 1 to 65535/],
    ["ftp://llm.example.com", /ftp:\/\/ cannot be called/],
    ["grpc://llm.example.com", /grpc:\/\/ cannot be called/],
    ["http://llm.example.com:443", /443, which is for TLS; write https/],
    ["https://user@llm.example.com", /user name or password/],
    ["https://llm.example.com/?api-version=1", /would drop/],
    ["https://llm.example.com/#x", /would drop/],
    ["http://llm_1.example.com", /not a DNS name/],
    ["http://llm.example.com.", /not a DNS name/],
    [`http://${"a".repeat(64)}.example.com`, /not a DNS name/],
    ["http://vllm:8000", /single label.*vllm.<namespace>.svc.cluster.local/],
    ["http://localhost:8000", /gateway's own pod/],
    ["http://api.localhost", /gateway's own pod/],
    ["http://127.0.0.1:8000", /gateway's own pod/],
    ["http://127.8.9.1", /gateway's own pod/],
    ["http://2130706433", /gateway's own pod/],
    ["http://[::1]:8000", /gateway's own pod/],
    ["http://[::ffff:127.0.0.1]", /gateway's own pod/],
    ["http://0.0.0.0:8000", /gateway's own pod/],
    ["http://[::]:8000", /gateway's own pod/],
  ])("%s", (url, gist) => {
    const { problems } = read(url);
    expect(problems.map(({ path }) => path)).toEqual(["path.url"]);
    expect(problems[0]?.reason).toMatch(gist);
  });

  it("are not repeated where they may hold a password or a key", () => {
    const urls = [
      "https://user:marker-1@llm.example.com/v1",
      "https://llm.example.com/v1?key=marker-1",
      "https://user:marker-1@llm example.com",
      "llm.example.com/v1?key=marker-1#marker-1",
      "https://user:marker-1@llm.example.com:99999",
    ];
    for (const url of urls) {
      const { problems } = read(url);
      expect(problems.length, url).toBeGreaterThan(0);
      expect(JSON.stringify(problems), url).not.toContain("marker-1");
    }
  });
});

describe("URLs of one operation", () => {
  it.each([
    ["https://llm.example.com/v1/chat/completions", "https://llm.example.com/v1"],
    ["https://llm.example.com/v1/completions/", "https://llm.example.com/v1"],
    ["https://llm.example.com:8443/openai/v1/embeddings", "https://llm.example.com:8443/openai/v1"],
    ["https://llm.example.com/v1/messages/count_tokens", "https://llm.example.com/v1"],
    ["https://llm.example.com/v1/models", "https://llm.example.com/v1"],
    ["https://llm.example.com/rerank", "https://llm.example.com"],
  ])("%s is refused with %s", (url, base) => {
    const { problems } = read(url);
    expect(problems.map(({ path }) => path)).toEqual(["path.url"]);
    expect(problems[0]?.reason).toMatch(/names one operation/);
    expect(problems[0]?.reason.endsWith(`give the base URL, ${base}`)).toBe(true);
  });

  it.each([
    "https://llm.example.com/models",
    "https://llm.example.com/embeddings/v1",
    "https://llm.example.com/my-messages",
  ])("%s is none", (url) => {
    expect(read(url).problems).toEqual([]);
  });
});

describe("a key without TLS", () => {
  const key = secret("key");
  const compatible = (url: string, rest: Wrong = { apiKey: key }) => ({ openAICompatible: { url, ...rest } });
  const aws = { modelId: "m", region: "us-west-2" };
  const google = { project: "p", region: "us-central1" };
  const url = "http://proxy.ai.svc.cluster.local";
  const kinds: readonly (readonly [string, Wrong])[] = [
    ["openai", { url, apiKey: key }],
    ["anthropic", { url, apiKey: key }],
    ["azureOpenAI", { url, apiKey: key, apiVersion: "v" }],
    ["cohere", { url: `${url}/v2`, apiKey: key }],
    ["bedrock", { ...aws, url }],
    ["bedrockAnthropic", { ...aws, url }],
    ["vertex", { ...google, url }],
    ["vertexAnthropic", { ...google, url }],
  ];

  it.each(kinds)("%s needs https://, on a laptop too", (kind, block) => {
    for (const target of ["cluster", "local"]) {
      expectProblems({ target, models: { m: { [kind]: block } } }, [
        [`models["m"].${kind}.url`, /in the clear; use https:\/\//],
      ]);
    }
  });

  it.each([
    "http://llm.example.com",
    "http://llm.svc.example.com",
    "http://8.8.8.8",
    "http://172.32.0.1",
    "http://[2001:db8::1]:8000",
  ])("is refused for %s", (url) => {
    for (const rest of [{ apiKey: key }, { secretName: "s" }, { credential: "c" }]) {
      expectProblems({ models: { m: compatible(url, rest) }, credentials: { c: { apiKey: key } } }, [
        ['models["m"].openAICompatible.url', /outside the cluster, so the key would travel in the clear/],
      ]);
    }
    expect(problemsOf({ models: { m: compatible(url, {}) } })).toEqual([]);
  });

  it.each([
    "http://llm.ns.svc:8000",
    "http://llm.ns.svc.cluster.local",
    "http://10.1.2.3",
    "http://172.31.0.1",
    "http://192.168.0.1",
    "http://100.64.0.1",
    "http://[fd00::1]",
  ])("is taken for %s", (url) => {
    expect(problemsOf({ models: { m: compatible(url) } })).toEqual([]);
  });

  it("is taken on a laptop for this machine, and for engines in place of providers", () => {
    const local = { upstreams: { gpt: "http://localhost:11434/v1" }, engines: { m: "http://localhost:1" } };
    const models = { m: compatible("http://localhost:8000"), gpt: { openai: { apiKey: key } } };
    expect(problemsOf({ target: "local", models, local })).toEqual([]);
  });
});

describe("on a laptop", () => {
  it.each(["http://localhost:8000", "http://127.0.0.1:8000", "http://vllm:8000", "http://[::1]:8000"])(
    "%s is fine",
    (url) => {
      expect(read(url, true).problems).toEqual([]);
    },
  );
});

describe("the path of a URL", () => {
  const schema = (url: string) =>
    specOf(objectsOf({ models: { m: { openAICompatible: { url } } } }), "AIServiceBackend", "m").schema;

  it.each([
    ["https://llm.example.com", { name: "OpenAI" }],
    ["https://llm.example.com/v1", { name: "OpenAI" }],
    ["https://llm.example.com/v2", { name: "OpenAI", prefix: "v2" }],
    ["https://llm.example.com/openai/v1/", { name: "OpenAI", prefix: "openai/v1" }],
  ])("%s gives %j: the prefix replaces v1, a version is never sent", (url, expected) => {
    expect(schema(url)).toEqual(expected);
  });
});

describe("backends and their certificates", () => {
  const rendered = (block: Readonly<Record<string, unknown>>) => {
    const objects = objectsOf({ models: { m: { openAICompatible: block as { url: string } } } });
    const policies = objects.filter(({ manifest }) => manifest.kind === "BackendTLSPolicy");
    return { backend: specOf(objects, "Backend", "m"), policy: policies[0]?.manifest["spec"] };
  };
  const targetRefs = [{ group: "gateway.envoyproxy.io", kind: "Backend", name: "m" }];
  const fqdn = (hostname: string, port: number) => ({ endpoints: [{ fqdn: { hostname, port } }] });

  it.each<readonly [string, Readonly<Record<string, unknown>>, unknown, unknown]>([
    ["plain HTTP", { url: "http://a.example.com:8000" }, fqdn("a.example.com", 8000), undefined],
    [
      "h2c",
      { url: "http://a.example.com", h2c: true },
      { ...fqdn("a.example.com", 80), appProtocols: ["gateway.envoyproxy.io/h2c"] },
      undefined,
    ],
    [
      "TLS, always with a certificate check and the name that is sent as SNI",
      { url: "https://a.example.com" },
      fqdn("a.example.com", 443),
      { targetRefs, validation: { hostname: "a.example.com", wellKnownCACertificates: "System" } },
    ],
    [
      "TLS with an authority and a name of one's own",
      { url: "https://a.example.com", tls: { hostname: "b.example.com", caConfigMapName: "ca" } },
      fqdn("a.example.com", 443),
      {
        targetRefs,
        validation: {
          hostname: "b.example.com",
          caCertificateRefs: [{ group: "", kind: "ConfigMap", name: "ca" }],
        },
      },
    ],
    [
      "TLS at an address",
      { url: "https://10.0.0.7:8443", tls: { hostname: "b.example.com" } },
      { endpoints: [{ ip: { address: "10.0.0.7", port: 8443 } }] },
      { targetRefs, validation: { hostname: "b.example.com", wellKnownCACertificates: "System" } },
    ],
    [
      "TLS without a check",
      { url: "https://a.example.com", tls: { insecureSkipVerify: true } },
      { ...fqdn("a.example.com", 443), tls: { insecureSkipVerify: true, sni: "a.example.com" } },
      undefined,
    ],
    [
      "TLS without a check at an address",
      { url: "https://10.0.0.7", tls: { insecureSkipVerify: true } },
      { endpoints: [{ ip: { address: "10.0.0.7", port: 443 } }], tls: { insecureSkipVerify: true } },
      undefined,
    ],
    [
      "TLS without a check at an address, with a name to send",
      { url: "https://10.0.0.7", tls: { insecureSkipVerify: true, hostname: "b.example.com" } },
      {
        endpoints: [{ ip: { address: "10.0.0.7", port: 443 } }],
        tls: { insecureSkipVerify: true, sni: "b.example.com" },
      },
      undefined,
    ],
  ])("%s", (_, block, backend, policy) => {
    expect(rendered(block)).toEqual({ backend, policy });
  });

  it("an address alone is taken, an address among others is not", () => {
    const ip = { openAICompatible: { url: "http://10.0.0.7:8000" } };
    expect(problemsOf({ models: { a: ip, b: { route: { targets: { a: {} } } } } })).toEqual([]);
    const two = { a: ip, c: ip, b: { route: { targets: { a: {}, c: {} } } } };
    expect(problemsOf({ models: two }).map(({ path }) => path)).toEqual(['models["b"]', 'models["b"]']);
  });
});
