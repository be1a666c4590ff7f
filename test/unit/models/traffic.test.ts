import { describe, expect, it } from "vitest";
import type { ModelArgs } from "../../../components/models/modelArgs";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { endpoint, objectsOf, resolvedOf, specOf } from "./support";

const policy = (model: ModelArgs, more: Partial<ModelGatewayArgs> = {}) =>
  specOf(
    objectsOf({ ...more, models: { m: model, a: endpoint(), b: endpoint() } }),
    "BackendTrafficPolicy",
    "m",
  );
const vllm = { vllm: { source: "owner/name" } };

const alone = {
  numRetries: 2,
  retryOn: {
    triggers: ["connect-failure", "refused-stream", "retriable-status-codes"],
    httpStatusCodes: [503],
  },
  perRetry: { backOff: { baseInterval: "100ms" } },
};
const passive = {
  consecutive5XxErrors: 5,
  interval: "3s",
  baseEjectionTime: "30s",
  maxEjectionPercent: 100,
};

describe("retries", () => {
  it("of a model alone stay with it", () => {
    expect(policy(endpoint())).toEqual({
      targetRefs: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "m" }],
      mergeType: "StrategicMerge",
      retry: alone,
    });
  });

  it("with a fallback move to the next model at once, for every answer that another could better", () => {
    expect(policy({ ...endpoint(), fallback: ["a", "b"] })).toMatchObject({
      retry: {
        numRetries: 2,
        numAttemptsPerPriority: 1,
        retryOn: {
          triggers: ["connect-failure", "refused-stream", "retriable-status-codes", "reset"],
          httpStatusCodes: [429, 500, 502, 503, 504, 529],
        },
      },
      healthCheck: { passive },
    });
  });

  it("over shares of equal rank need no rule for priorities", () => {
    const { retry, healthCheck } = policy({ route: { targets: { a: {}, b: {} } } });
    expect(retry).toEqual(alone);
    expect(healthCheck).toEqual({ passive });
  });

  it("are none where none are wanted", () => {
    expect(policy({ ...endpoint(), retries: { attempts: 0 } })).not.toHaveProperty("retry");
  });

  it("as declared", () => {
    const retries = { attempts: 5, on: ["5xx"], perTryTimeout: "90s", backoff: "1s" };
    expect(policy({ ...endpoint(), retries }).retry).toEqual({
      numRetries: 5,
      retryOn: { triggers: ["5xx"] },
      perRetry: { backOff: { baseInterval: "1s" }, timeout: "90s" },
    });
  });

  it("of the gateway hold for models that name none, member by member", () => {
    const more = { retries: { attempts: 1, backoff: "1s" } };
    expect(policy(endpoint(), more).retry).toMatchObject({
      numRetries: 1,
      perRetry: { backOff: { baseInterval: "1s" } },
    });
    expect(policy({ ...endpoint(), retries: { attempts: 3 } }, more).retry).toMatchObject({
      numRetries: 3,
      perRetry: { backOff: { baseInterval: "1s" } },
    });
  });
});

describe("health checks", () => {
  const active = {
    type: "HTTP",
    interval: "5s",
    timeout: "2s",
    unhealthyThreshold: 3,
    healthyThreshold: 1,
    http: { path: "/health", method: "GET", expectedStatuses: [200] },
  };

  it("ask vLLM itself, where all targets are vLLM", () => {
    const objects = objectsOf({
      models: { m: { route: { targets: { a: {} }, fallback: ["b"] } }, a: vllm, b: vllm },
    });
    expect(specOf(objects, "BackendTrafficPolicy", "m").healthCheck).toEqual({ passive, active });
  });

  it("do not ask a provider that may not know the path", () => {
    const objects = objectsOf({ models: { m: { ...vllm, fallback: ["a"] }, a: endpoint() } });
    expect(specOf(objects, "BackendTrafficPolicy", "m").healthCheck).toEqual({ passive });
  });

  it("are pointless for one target", () => {
    expect(policy(vllm)).not.toHaveProperty("healthCheck");
  });
});

describe("time limits", () => {
  const of = (model: ModelArgs, more: Partial<ModelGatewayArgs> = {}) =>
    resolvedOf({ ...more, models: { m: model } }).routes[0]?.timeouts;

  it("are always written, since the gateway's own 60 s cut long streams", () => {
    expect(of(endpoint())).toEqual({ request: "30m", streamIdle: undefined });
  });

  it("of a model win over those of the gateway, one by one; what is undefined counts as left out", () => {
    const more = { timeouts: { request: "20m", streamIdle: "10m" } };
    expect(of(endpoint(), more)).toMatchObject({ request: "20m", streamIdle: "10m" });
    expect(of({ ...endpoint(), timeouts: { request: "15m" } }, more)).toMatchObject({
      request: "15m",
      streamIdle: "10m",
    });
    const left = { ...endpoint(), timeouts: { request: undefined } } as unknown as ModelArgs;
    expect(of(left, more)).toMatchObject({ request: "20m" });
  });
});
