import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { GatewayInstallArgs } from "../../components/gateway/installArgs";
import { resolveGatewayInstall } from "../../components/gateway/resolveInstall";
import { DeclarationError, type Problem } from "../../components/shared/problems";

function problemsOf(args: unknown): readonly Problem[] {
  try {
    resolveGatewayInstall("gw", args as GatewayInstallArgs);
  } catch (error) {
    if (error instanceof DeclarationError) {
      return error.problems;
    }
    throw error;
  }
  return [];
}

describe("resolveGatewayInstall", () => {
  it("installs everything by default", () => {
    const install = resolveGatewayInstall("gw");
    expect(install.release.set).toBe("1.1");
    expect(install.namespaces).toEqual({
      envoyGateway: { name: "envoy-gateway-system", create: true },
      aiGateway: { name: "envoy-ai-gateway-system", create: true },
      certManager: { name: "cert-manager", create: true },
    });
    expect([
      install.certManager.mode,
      install.gatewayApi,
      install.inferenceExtension,
      install.redis.mode,
    ]).toEqual(Array(4).fill("install"));
    expect([install.aiGateway.mode, install.aiGateway.crds]).toEqual(["install", "install"]);
    expect([install.envoyGateway.mode, install.envoyGateway.crds]).toEqual(["install", "install"]);
    expect(install.aiGateway.extensionServer).toEqual({
      hostname: "ai-gateway-controller.envoy-ai-gateway-system.svc.cluster.local",
      port: 1063,
    });
    expect(install.maxConfigSize).toBe(64);
  });

  it("creates no namespace and no definitions for a part that exists", () => {
    const install = resolveGatewayInstall("gw", {
      certManager: { mode: "external" },
      aiGateway: { mode: "adopt" },
      envoyGateway: { mode: "adopt" },
    });
    expect(Object.values(install.namespaces).map(({ create }) => create)).toEqual([false, false, false]);
    expect([install.aiGateway.crds, install.envoyGateway.crds]).toEqual(["external", "external"]);
  });

  it("follows renamed namespaces", () => {
    const { aiGateway } = resolveGatewayInstall("gw", { namespaces: { aiGatewaySystem: { name: "ai" } } });
    expect(aiGateway.extensionServer.hostname).toBe("ai-gateway-controller.ai.svc.cluster.local");
  });

  it("takes a Redis address alone as a Redis of the user's own", () => {
    expect(resolveGatewayInstall("gw", { redis: { url: "rediss://cache:6380" } }).redis.mode).toBe(
      "external",
    );
    expect(problemsOf({ redis: { url: pulumi.output("anything") } })).toEqual([]);
  });

  it("drops cert-manager when the webhook has a certificate of the user's own", () => {
    const install = resolveGatewayInstall("gw", { aiGateway: { webhookSecretName: "webhook-tls" } });
    expect(install.certManager.mode).toBe("none");
    expect(install.namespaces.certManager.create).toBe(false);
  });

  it.each<[string, unknown, string, RegExp]>([
    ["unknown set", { release: "2.0" }, "release", /"2\.0" is no release set; use "1\.0" or "1\.1"/],
    ["a set named like an object's member", { release: "toString" }, "release", /is no release set/],
    ["unknown mode", { aiGateway: { mode: "helm" } }, "aiGateway.mode", /"helm" is not possible/],
    ["CRDs cannot be adopted", { gatewayApi: { mode: "adopt" } }, "gatewayApi.mode", /upsertExistingObjects/],
    ["Redis cannot be adopted", { redis: { mode: "adopt" } }, "redis.mode", /has none/],
    ["no Gateway API", { gatewayApi: { mode: "none" } }, "gatewayApi.mode", /"none" is not possible/],
    ["no AI Gateway", { aiGateway: { mode: "none" } }, "aiGateway.mode", /"none" is not possible/],
    ["CRDs adopted", { envoyGateway: { crds: "adopt" } }, "envoyGateway.crds", /"install" or "external"/],
    [
      "namespace name",
      { namespaces: { aiGatewaySystem: { name: "AI_Gateway" } } },
      "namespaces.aiGatewaySystem.name",
      /"AI_Gateway" is no namespace name/,
    ],
    [
      "long namespace name",
      { namespaces: { certManager: { name: "a".repeat(64) } } },
      "namespaces.certManager.name",
      /at most 63/,
    ],
    [
      "one namespace twice",
      { namespaces: { envoyGatewaySystem: { name: "ai" }, aiGatewaySystem: { name: "ai" } } },
      "namespaces.aiGatewaySystem.name",
      /also created for namespaces\.envoyGatewaySystem/,
    ],
    [
      "release name",
      { envoyGateway: { releaseName: "-eg" } },
      "envoyGateway.releaseName",
      /no Helm release name/,
    ],
    [
      "long release name",
      { aiGateway: { releaseName: "a".repeat(54) } },
      "aiGateway.releaseName",
      /at most 53/,
    ],
    ["plain seed", { aiGateway: { sessionSeed: "s3cret" } }, "aiGateway.sessionSeed", /plain string/],
    [
      "plain Redis password",
      { redis: { url: "redis://cache:6379", password: "s3cret" } },
      "redis.password",
      /pulumi\.secret/,
    ],
    ["small configuration", { maxConfigSize: 3 }, "maxConfigSize", /3 is no size in MiB/],
    ["fraction of a size", { maxConfigSize: 4.5 }, "maxConfigSize", /whole number/],
    ["huge configuration", { maxConfigSize: 1025 }, "maxConfigSize", /4 to 1024/],
    ["no certificate", { certManager: { mode: "none" } }, "certManager.mode", /expires after a year/],
    [
      "two certificates",
      { certManager: { mode: "install" }, aiGateway: { webhookSecretName: "tls" } },
      "certManager.mode",
      /two sources/,
    ],
    [
      "certificate for somebody else's webhook",
      { aiGateway: { mode: "external", webhookSecretName: "tls" } },
      "aiGateway.webhookSecretName",
      /not used/,
    ],
    [
      "extension server beside our own",
      { aiGateway: { extensionServer: { hostname: "ai.example" } } },
      "aiGateway.extensionServer",
      /whose own service is used/,
    ],
    [
      "extension server for nobody",
      {
        aiGateway: { mode: "external", extensionServer: { hostname: "ai.example" } },
        envoyGateway: { mode: "external" },
      },
      "aiGateway.extensionServer",
      /values of that Envoy Gateway/,
    ],
    [
      "extension server port",
      { aiGateway: { mode: "external", extensionServer: { port: 70000 } } },
      "aiGateway.extensionServer.port",
      /70000 is no port/,
    ],
    [
      "extension server host",
      { aiGateway: { mode: "external", extensionServer: { hostname: "http://ai" } } },
      "aiGateway.extensionServer.hostname",
      /no DNS name/,
    ],
    [
      "values of an external chart",
      { envoyGateway: { mode: "external", values: {} } },
      "envoyGateway.values",
      /is not used/,
    ],
    [
      "seed of an external AI Gateway",
      { aiGateway: { mode: "external", sessionSeed: pulumi.secret("x") } },
      "aiGateway.sessionSeed",
      /is not used/,
    ],
    ["values that are no map", { aiGateway: { values: [] } }, "aiGateway.values", /no map of Helm values/],
    ["external Redis without address", { redis: { mode: "external" } }, "redis.url", /is missing/],
    [
      "our Redis with an address",
      { redis: { mode: "install", url: "redis://cache:6379" } },
      "redis.url",
      /not used with redis\.mode "install"/,
    ],
    [
      "password for no Redis",
      { redis: { mode: "none", password: pulumi.secret("x") } },
      "redis.password",
      /"none"/,
    ],
    ["malformed Redis address", { redis: { url: "cache:6379" } }, "redis.url", /redis:\/\/host:port/],
    [
      "client certificate without TLS",
      { redis: { url: "redis://cache:6379", clientCertificateSecretName: "cert" } },
      "redis.clientCertificateSecretName",
      /rediss:\/\//,
    ],
  ])("refuses: %s", (_, args, path, reason) => {
    const problems = problemsOf(args);
    expect(problems.map((problem) => problem.path)).toEqual([path]);
    expect(problems[0]?.reason).toMatch(reason);
  });

  it("reports all problems together, and no secret", () => {
    const problems = problemsOf({
      release: "0.9",
      maxConfigSize: 0,
      aiGateway: { sessionSeed: "hunter2" },
      redis: { url: "redis://:hunter3@cache:6379" },
    });
    expect(problems.map(({ path }) => path)).toEqual([
      "aiGateway.sessionSeed",
      "redis.url",
      "maxConfigSize",
      "release",
    ]);
    expect(JSON.stringify(problems)).not.toMatch(/hunter/);
  });
});
