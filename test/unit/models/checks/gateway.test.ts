import { describe, it } from "vitest";
import { type Case, expectAlone, gateway } from "./cases";

const cases: readonly Case[] = [
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
    "59 headers to remove",
    gateway({ gateway: { removeHeaders: Array.from({ length: 59 }, (_, i) => `h${i}`) } }),
    "gateway.removeHeaders",
    /has 59 entries, and the gateway takes 58 besides its own/,
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
  it.each(cases)("%s", expectAlone);
});
