import { describe, expect, it } from "vitest";
import { accessLogFormat } from "../../components/gateway/accessLog";
import type { GatewayArgs } from "../../components/gateway/gatewayArgs";
import { objectOf, objectsOf, specOf } from "./models/support";

const models = { m: { openAICompatible: { url: "https://llm.example.com/v1" } } };
const rendered = (gateway: GatewayArgs = {}, name = "gw") => objectsOf({ models, gateway }, name);
const ofGateway = (gateway: GatewayArgs = {}) =>
  rendered(gateway)
    .filter(({ key }) => key === "")
    .map(({ manifest }) => [manifest.kind, manifest.metadata.namespace, manifest.metadata.name]);

const target = [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "gw" }];
const log = {
  accessLog: {
    settings: [
      {
        format: { type: "JSON", json: accessLogFormat },
        sinks: [{ type: "File", file: { path: "/dev/stdout" } }],
      },
    ],
  },
};
const prefix = "service.beta.kubernetes.io/aws-load-balancer";

describe("the gateway's objects", () => {
  it("with every default", () => {
    expect(ofGateway()).toEqual([
      ["Namespace", undefined, "ai-gateway"],
      ["GatewayClass", undefined, "gw"],
      ["EnvoyProxy", "ai-gateway", "gw"],
      ["GatewayConfig", "ai-gateway", "gw"],
      ["Gateway", "ai-gateway", "gw"],
      ["ClientTrafficPolicy", "ai-gateway", "gw"],
      ["BackendTrafficPolicy", "ai-gateway", "gw.gateway"],
    ]);
    const objects = rendered();
    expect(specOf(objects, "GatewayClass", "gw")).toEqual({
      controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
    });
    expect(specOf(objects, "EnvoyProxy", "gw")).toEqual({
      provider: {
        type: "Kubernetes",
        kubernetes: {
          envoyDeployment: {
            replicas: 2,
            container: { resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } } },
          },
          envoyPDB: { maxUnavailable: 1 },
          // Private addresses unless somebody asks for others.
          envoyService: {
            type: "LoadBalancer",
            annotations: { [`${prefix}-scheme`]: "internal", [`${prefix}-internal`]: "true" },
          },
        },
      },
      telemetry: log,
    });
    expect(objectOf(objects, "Gateway", "gw")).toMatchObject({
      metadata: { annotations: { "aigateway.envoyproxy.io/gateway-config": "gw" } },
      spec: {
        gatewayClassName: "gw",
        infrastructure: { parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: "gw" } },
        listeners: [
          { name: "http", protocol: "HTTP", port: 80, allowedRoutes: { namespaces: { from: "Same" } } },
        ],
      },
    });
    expect(specOf(objects, "ClientTrafficPolicy", "gw")).toEqual({
      targetRefs: target,
      connection: { bufferLimit: "50Mi" },
      http2: { initialStreamWindowSize: "16777216", initialConnectionWindowSize: "25165824" },
      headers: {
        earlyRequestHeaders: {
          remove: [
            "x-gateway-destination-endpoint",
            "x-envoy-original-path",
            "x-gateway-model-name-rewrite",
            "cookie",
            "proxy-authorization",
            "x-caller-token",
          ],
          removeOnMatch: [
            { type: "Prefix", value: "x-ai-eg-" },
            { type: "Prefix", value: "x-aigw-" },
          ],
        },
      },
    });
    expect(specOf(objects, "BackendTrafficPolicy", "gw.gateway")).toEqual({
      targetRefs: target,
      connection: { bufferLimit: "50Mi" },
    });
  });

  it("with every option", () => {
    const objects = rendered({
      className: "envoy",
      http: { enabled: true, port: 8080 },
      https: { certificateSecretName: "tls", port: 8443 },
      bufferLimit: "100Ki",
      removeHeaders: ["X-Team", "x-envoy-original-path"],
      proxy: {
        replicas: 1,
        cpu: "2",
        memory: "4Gi",
        internal: false,
        annotations: { [`${prefix}-scheme`]: "mine", a: "b" },
        loadBalancerClass: "service.k8s.aws/nlb",
        accessLog: false,
      },
    });
    expect(objects.map(({ manifest }) => manifest.kind)).not.toContain("GatewayClass");
    const { provider, telemetry } = specOf(objects, "EnvoyProxy", "gw");
    expect(telemetry).toEqual({ accessLog: { disable: true } });
    expect(provider.kubernetes).toEqual({
      envoyDeployment: {
        replicas: 1,
        container: { resources: { requests: { cpu: "2", memory: "4Gi" }, limits: { memory: "4Gi" } } },
      },
      envoyService: {
        type: "LoadBalancer",
        annotations: { [`${prefix}-scheme`]: "mine", a: "b" },
        loadBalancerClass: "service.k8s.aws/nlb",
      },
    });
    const { gatewayClassName, listeners } = specOf(objects, "Gateway", "gw");
    expect(gatewayClassName).toBe("envoy");
    expect(
      listeners.map(({ protocol, port }: { protocol: string; port: number }) => [protocol, port]),
    ).toEqual([
      ["HTTP", 8080],
      ["HTTPS", 8443],
    ]);
    expect(listeners[1].tls).toEqual({ mode: "Terminate", certificateRefs: [{ name: "tls" }] });
    const client = specOf(objects, "ClientTrafficPolicy", "gw");
    expect(client.http2).toEqual({
      initialStreamWindowSize: "102400",
      initialConnectionWindowSize: "153600",
    });
    expect(client.headers.earlyRequestHeaders.remove).toEqual([
      "x-gateway-destination-endpoint",
      "x-envoy-original-path",
      "x-gateway-model-name-rewrite",
      "cookie",
      "proxy-authorization",
      "x-caller-token",
      "x-team",
    ]);
  });

  it("https alone has no listener without TLS", () => {
    const { listeners } = specOf(rendered({ https: { certificateSecretName: "tls" } }), "Gateway", "gw");
    expect(
      listeners.map(({ protocol, port }: { protocol: string; port: number }) => [protocol, port]),
    ).toEqual([["HTTPS", 443]]);
  });

  it("a Service of another type says nothing about load balancers", () => {
    const { provider } = specOf(rendered({ proxy: { serviceType: "ClusterIP" } }), "EnvoyProxy", "gw");
    expect(provider.kubernetes.envoyService).toEqual({ type: "ClusterIP" });
  });

  it("stand apart from those of a model of the same name", () => {
    const objects = objectsOf({ models: { gw: models.m } }, "gw");
    const policies = objects.filter(({ manifest }) => manifest.kind === "BackendTrafficPolicy");
    expect(policies.map(({ manifest }) => manifest.metadata.name)).toEqual(["gw.gateway", "gw"]);
  });

  it("58 further headers to remove fit", () => {
    const removeHeaders = Array.from({ length: 58 }, (_, i) => `h${i}`);
    const { headers } = specOf(rendered({ removeHeaders }), "ClientTrafficPolicy", "gw");
    expect(headers.earlyRequestHeaders.remove).toHaveLength(64);
  });
});

describe("namespaces", () => {
  const two = { a: { ...models.m, namespace: "other" }, b: models.m };
  const kindsIn = (args: Parameters<typeof objectsOf>[0]) =>
    objectsOf(args)
      .filter(({ manifest }) => ["Namespace", "ReferenceGrant"].includes(manifest.kind))
      .map(({ manifest }) => [manifest.kind, manifest.metadata.namespace, manifest.metadata.name]);

  it("one of its own needs both grants, for both controllers check", () => {
    const objects = objectsOf({ models: two });
    expect(kindsIn({ models: two })).toEqual([
      ["Namespace", undefined, "ai-gateway"],
      ["ReferenceGrant", "other", "ai-gateway.gw.ai-routes"],
      ["ReferenceGrant", "other", "ai-gateway.gw.http-routes"],
    ]);
    expect(specOf(objects, "ReferenceGrant", "ai-gateway.gw.ai-routes")).toEqual({
      from: [{ group: "aigateway.envoyproxy.io", kind: "AIGatewayRoute", namespace: "ai-gateway" }],
      to: [{ group: "aigateway.envoyproxy.io", kind: "AIServiceBackend" }],
    });
    expect(specOf(objects, "ReferenceGrant", "ai-gateway.gw.http-routes")).toEqual({
      from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "ai-gateway" }],
      to: [{ group: "gateway.envoyproxy.io", kind: "Backend" }],
    });
    expect(specOf(objects, "AIGatewayRoute", "a").rules[0].backendRefs[0]).toMatchObject({
      namespace: "other",
    });
    expect(specOf(objects, "AIGatewayRoute", "b").rules[0].backendRefs[0]).not.toHaveProperty("namespace");
  });

  it("need no grant where all is in one", () => {
    expect(kindsIn({ models, namespace: "llm" })).toEqual([["Namespace", undefined, "llm"]]);
  });

  it("of somebody else are not made", () => {
    expect(kindsIn({ models: two, createNamespace: false }).map(([kind]) => kind)).toEqual([
      "ReferenceGrant",
      "ReferenceGrant",
    ]);
  });
});
