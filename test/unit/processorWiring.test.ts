import { describe, expect, it } from "vitest";
import { tierHeader } from "../../components/budgets/identityHeaders";
import { gatewayManifests } from "../../components/gateway/gatewayManifests";
import type { ResolvedProcessorWiring } from "../../components/gateway/processorWiring";
import { type ResolvedGateway, resolveGateway } from "../../components/gateway/resolveGateway";
import { planModelGateway } from "../../components/models/planModelGateway";
import { type Manifest, managedLabels } from "../../components/shared/manifest";
import { Problems } from "../../components/shared/problems";

const wiring: ResolvedProcessorWiring = {
  address: { kind: "service", name: "processor", namespace: "envoy-gateway-system", port: 9002 },
  messageTimeout: "5s",
  failOpen: false,
  answerHeaders: [],
  identityNamespaces: ["envoy.filters.http.jwt_authn"],
};
const atHome: ResolvedProcessorWiring = { ...wiring, address: { kind: "local", port: 9100 } };

const gateway = (changes: Partial<ResolvedGateway> = {}, accessLog = true): ResolvedGateway => ({
  ...resolveGateway("gateway", "dev", { proxy: { accessLog } }, new Problems()),
  ...changes,
});
const local = { accessLog: "/tmp/log", loopbackOnly: false };

function one(objects: readonly Manifest[], kind: string): Manifest {
  const found = objects.filter((object) => object.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0] as Manifest;
}

const specOf = (objects: readonly Manifest[], kind: string) =>
  one(objects, kind)["spec"] as Readonly<Record<string, unknown>>;

const service = {
  group: "",
  kind: "Service",
  name: "processor",
  namespace: "envoy-gateway-system",
  port: 9002,
};
const lost = {
  loadBalancer: { type: "RoundRobin" },
  timeout: { tcp: { connectTimeout: "1s" } },
  http2: { connectionKeepalive: { interval: "10s", timeout: "9s" } },
};
const passive = {
  splitExternalLocalOriginErrors: true,
  interval: "1s",
  baseEjectionTime: "3s",
  maxEjectionPercent: 50,
};
const settling = {
  type: "Route",
  sinks: [
    {
      type: "ALS",
      als: {
        type: "HTTP",
        logName: "dev",
        backendRefs: [service],
        backendSettings: {
          ...lost,
          healthCheck: { passive: { consecutiveLocalOriginFailures: 1, ...passive } },
        },
      },
    },
  ],
};

describe("a Gateway with a processor", () => {
  const objects = gatewayManifests(gateway({ processor: wiring }), "ai-gateway");

  it("sends every request through it, and takes nothing but its own metadata from it", () => {
    expect(one(objects, "EnvoyExtensionPolicy")).toEqual({
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "EnvoyExtensionPolicy",
      metadata: { name: "dev", namespace: "ai-gateway", labels: managedLabels },
      spec: {
        targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "dev" }],
        extProc: [
          {
            backendRefs: [service],
            backendSettings: {
              ...lost,
              circuitBreaker: { maxParallelRequests: 65_536, maxPendingRequests: 65_536 },
              retry: {
                numRetries: 10,
                retryOn: { triggers: ["connect-failure", "refused-stream", "reset-before-request"] },
                perRetry: { backOff: { baseInterval: "10ms", maxInterval: "100ms" } },
              },
              healthCheck: { passive: { consecutiveLocalOriginFailures: 2, ...passive } },
            },
            messageTimeout: "5s",
            failOpen: false,
            processingMode: {
              allowModeOverride: true,
              request: { body: "Buffered" },
              response: { attributes: ["response.code"] },
            },
            metadata: {
              accessibleNamespaces: ["io.envoy.ai_gateway", "envoy.filters.http.jwt_authn"],
              writableNamespaces: ["aigw.budget"],
            },
          },
        ],
      },
    });
  });

  it("lets Envoy tell clients where they stand, with their answers", () => {
    const headersOf = (changes: Partial<ResolvedGateway>) =>
      specOf(gatewayManifests(gateway(changes), "ai-gateway"), "ClientTrafficPolicy")["headers"] as object;
    const answerHeaders = ["x-ratelimit-limit-tokens", "x-ratelimit-reset-tokens"];
    expect(headersOf({ processor: { ...wiring, answerHeaders } })).toMatchObject({
      lateResponseHeaders: {
        set: [
          {
            name: "x-ratelimit-limit-tokens",
            value: "%DYNAMIC_METADATA(aigw.budget:x-ratelimit-limit-tokens)%",
          },
          {
            name: "x-ratelimit-reset-tokens",
            value: "%DYNAMIC_METADATA(aigw.budget:x-ratelimit-reset-tokens)%",
          },
        ],
      },
    });
    expect(headersOf({ processor: wiring })).not.toHaveProperty("lateResponseHeaders");
    expect(headersOf({})).not.toHaveProperty("lateResponseHeaders");
  });

  it("puts it behind authentication and in front of AI Gateway, which takes a buffer", () => {
    expect(specOf(objects, "EnvoyProxy")["filterOrder"]).toEqual([
      { name: "envoy.filters.http.ext_proc", before: "envoy.filters.http.buffer" },
    ]);
    expect(specOf(objects, "BackendTrafficPolicy")).toEqual({
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "dev" }],
      connection: { bufferLimit: "50Mi" },
      requestBuffer: { limit: "50Mi" },
    });
  });

  it("sends it the access log beside the one that people read", () => {
    const logOf = (changes: Partial<ResolvedGateway>, accessLog = true) => {
      const made = gatewayManifests(gateway(changes, accessLog), "ai-gateway");
      return (specOf(made, "EnvoyProxy")["telemetry"] as { accessLog: { settings: object[] } }).accessLog;
    };
    const { settings } = logOf({});
    expect(logOf({ processor: wiring })).toEqual({ settings: [...settings, settling] });
    expect(logOf({ processor: wiring }, false)).toEqual({ settings: [settling] });
    expect(logOf({}, false)).toEqual({ disable: true });
  });

  it("adds one object and changes two", () => {
    const without = gatewayManifests(gateway(), "ai-gateway");
    const before = new Map(without.map((object) => [object.kind, JSON.stringify(object)]));
    const changed = objects.filter((object) => before.get(object.kind) !== JSON.stringify(object));
    expect(changed.map(({ kind }) => kind)).toEqual([
      "EnvoyProxy",
      "BackendTrafficPolicy",
      "EnvoyExtensionPolicy",
    ]);
    expect(objects).toHaveLength(without.length + 1);
  });

  it("removes the tier, by which the processor chooses a backend, from clients' requests", () => {
    const { objects: planned } = planModelGateway("dev", {
      models: { m: { openAICompatible: { url: "https://llm.example.com/v1" } } },
      budgets: { rate: { limit: { requests: 10 }, period: "minute" } },
      processor: { image: "registry.example.com/processor:1" },
    });
    const { headers } = specOf(
      planned.map(({ manifest }) => manifest),
      "ClientTrafficPolicy",
    ) as { headers: { earlyRequestHeaders: { removeOnMatch: { value: string }[] } } };
    const removed = headers.earlyRequestHeaders.removeOnMatch.filter(({ value }) =>
      tierHeader.startsWith(value),
    );
    expect(removed).toEqual([{ type: "Prefix", value: "x-ai-gateway-" }]);
  });
});

describe("a Gateway of a laptop with a processor", () => {
  const objects = gatewayManifests(gateway({ processor: atHome, local }), "ai-gateway");

  it("reaches a process of this machine by its address, before Envoy's settings name it", () => {
    const backend = one(objects, "Backend");
    expect(backend).toEqual({
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "Backend",
      metadata: { name: "dev.processor", namespace: "ai-gateway", labels: managedLabels },
      spec: {
        appProtocols: ["gateway.envoyproxy.io/h2c"],
        endpoints: [{ ip: { address: "127.0.0.1", port: 9100 } }],
      },
    });
    expect(objects.indexOf(backend)).toBeLessThan(objects.indexOf(one(objects, "EnvoyProxy")));
  });

  it("names it in the policy and in the access log, and is the same otherwise", () => {
    const local = { group: "gateway.envoyproxy.io", kind: "Backend", name: "dev.processor" };
    const inCluster = gatewayManifests(gateway({ processor: wiring }), "ai-gateway");
    const swapped = JSON.parse(
      JSON.stringify(one(inCluster, "EnvoyExtensionPolicy")).replaceAll(
        JSON.stringify(service),
        JSON.stringify(local),
      ),
    );
    expect(one(objects, "EnvoyExtensionPolicy")).toEqual(swapped);
    const { accessLog } = specOf(objects, "EnvoyProxy")["telemetry"] as {
      accessLog: { settings: { sinks: { als?: { backendRefs: unknown } }[] }[] };
    };
    expect(accessLog.settings).toHaveLength(2);
    expect(accessLog.settings[1]?.sinks[0]?.als?.backendRefs).toEqual([local]);
    expect(specOf(objects, "EnvoyProxy")["filterOrder"]).toHaveLength(1);
  });
});
