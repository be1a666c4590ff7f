import { output } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { Manifest } from "../../components/shared/manifest";
import { referenceOf, referencesIn, referenceTo } from "../../components/shared/references";

const metadata = { name: "a", namespace: "models" };

const cases: readonly (readonly [string, Manifest, readonly string[]])[] = [
  [
    "a namespace, and nothing else",
    { apiVersion: "v1", kind: "ConfigMap", metadata, data: {} },
    ["Namespace//models"],
  ],
  [
    "nothing, for an object of the whole cluster",
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "models" } },
    [],
  ],
  [
    "what a backend stands for, credential and certificate check too, and what guards the Gateway",
    {
      apiVersion: "aigateway.envoyproxy.io/v1beta1",
      kind: "AIGatewayRoute",
      metadata,
      spec: {
        parentRefs: [{ group: "g", kind: "Gateway", name: "gw" }],
        rules: [{ backendRefs: [{ name: "b", namespace: "other" }] }],
      },
    },
    [
      "Namespace//models",
      "Gateway/models/gw",
      "AIServiceBackend/other/b",
      "BackendSecurityPolicy/other/b",
      "BackendTLSPolicy/other/b",
      "EnvoyExtensionPolicy/models/gw",
      "SecurityPolicy/models/gw",
    ],
  ],
  [
    "the route behind a generated HTTPRoute",
    {
      apiVersion: "gateway.envoyproxy.io/v1alpha1",
      kind: "BackendTrafficPolicy",
      metadata,
      spec: { targetRefs: [{ kind: "HTTPRoute", name: "r" }] },
    },
    ["Namespace//models", "AIGatewayRoute/models/r"],
  ],
  [
    "the Secret of a credential",
    {
      apiVersion: "aigateway.envoyproxy.io/v1beta1",
      kind: "BackendSecurityPolicy",
      metadata,
      spec: { type: "APIKey", apiKey: { secretRef: { name: "key" } } },
    },
    ["Namespace//models", "Secret/models/key"],
  ],
  [
    "no Secret whose name is an output: it is somebody else's",
    {
      apiVersion: "aigateway.envoyproxy.io/v1beta1",
      kind: "BackendSecurityPolicy",
      metadata,
      spec: { type: "APIKey", apiKey: { secretRef: { name: output("key") } } },
    },
    ["Namespace//models"],
  ],
  [
    "the class, proxy and configuration of a Gateway",
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      metadata,
      spec: {
        gatewayClassName: "class",
        infrastructure: { parametersRef: { group: "g", kind: "EnvoyProxy", name: "proxy" } },
      },
    },
    ["Namespace//models", "EnvoyProxy/models/proxy", "GatewayClass//class", "GatewayConfig/models/a"],
  ],
  [
    "the claim, the token, the settings and the account of a Deployment",
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { env: [{ valueFrom: { secretKeyRef: { name: "token", key: "token" } } }] },
    },
    [
      "Namespace//models",
      "Secret/models/token",
      "PersistentVolumeClaim/models/a",
      "ConfigMap/models/a",
      "ServiceAccount/models/a",
    ],
  ],
];

describe("referencesIn", () => {
  it.each(cases)("finds %s", (_, manifest, expected) => {
    expect([...referencesIn(manifest)].sort()).toEqual([...expected].sort());
  });
});

it("referenceOf tells kinds, namespaces and names apart", () => {
  const manifest: Manifest = { apiVersion: "v1", kind: "Secret", metadata };
  expect(referenceOf(manifest)).toBe(referenceTo("Secret", "models", "a"));
  expect(referenceOf({ ...manifest, metadata: { name: "a" } })).not.toBe(referenceOf(manifest));
  expect(referenceOf({ ...manifest, kind: "Service" })).not.toBe(referenceOf(manifest));
});
