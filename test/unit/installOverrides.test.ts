import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import type { GatewayInstallArgs } from "../../components/gateway/installArgs";
import { resolveGatewayInstall } from "../../components/gateway/resolveInstall";
import { DeclarationError } from "../../components/shared/problems";

function problemsOf(args: GatewayInstallArgs): string[] {
  try {
    resolveGatewayInstall("gw", args);
  } catch (error) {
    if (error instanceof DeclarationError) {
      return error.problems.map(({ path, reason }) => `${path}: ${reason}`);
    }
    throw error;
  }
  return [];
}

/** `{a: {b: value}}` from ["a", "b"]. */
const nest = (path: string, value: unknown): Record<string, unknown> =>
  path
    .split(".")
    .reverse()
    .reduce<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;

const eg = "config.envoyGateway";

const refused: readonly (readonly ["certManager" | "aiGateway" | "envoyGateway", string, unknown, RegExp])[] =
  [
    ["certManager", "crds.enabled", false, /leaves out the definitions/],
    ["certManager", "crds.keep", false, /delete every certificate/],
    ["certManager", "installCRDs", true, /old name of crds\.enabled/],
    ["aiGateway", "controller.mutatingWebhook.certManager", { enable: false }, /certManager\.mode/],
    ["aiGateway", "controller.mutatingWebhook.tlsCertSecretName", "x", /aiGateway\.webhookSecretName/],
    ["aiGateway", "controller.mcp.sessionEncryption.seed", "default-insecure-seed", /aiGateway\.sessionSeed/],
    ["aiGateway", "controller.mcp.sessionEncryption.fallback.seed", "x", /previousSessionSeed/],
    ["aiGateway", "controller.maxRecvMsgSize", "4194304", /maxConfigSize/],
    ["aiGateway", "controller.fullnameOverride", "aigw", /"aigw" changes the name/],
    ["aiGateway", "envoyGateway.namespace", "other", /namespaces\.envoyGatewaySystem\.name/],
    [
      "aiGateway",
      "controller.watch.namespaces",
      ["models"],
      /leaves out "envoy-gateway-system" and "envoy-ai-/,
    ],
    ["aiGateway", "controller.service.ports", [{ port: 1063 }], /leaves out 9443/],
    ["aiGateway", "extProc.extraEnvVars", [{ name: "A", value: "1;B=2" }], /"A" holds a ";"/],
    ["envoyGateway", `${eg}.extensionApis.enableBackend`, false, /switches off the Backend kind/],
    ["envoyGateway", `${eg}.gateway.controllerName`, "example.com/gw", /without its controller/],
    ["envoyGateway", `${eg}.extensionManager.failOpen`, true, /untranslated and without credentials/],
    ["envoyGateway", `${eg}.extensionManager.hooks`, {}, /hooks of the release set/],
    ["envoyGateway", `${eg}.extensionManager.service`, {}, /aiGateway\.extensionServer/],
    ["envoyGateway", `${eg}.extensionManager.maxMessageSize`, "4Mi", /maxConfigSize/],
    ["envoyGateway", `${eg}.extensionManager.backendResources`, [], /leaves out InferencePool/],
    ["envoyGateway", `${eg}.extensionManagers`, [], /excludes extensionManager/],
    ["envoyGateway", `${eg}.rateLimit.backend`, {}, /use redis/],
    [
      "envoyGateway",
      `${eg}.provider.kubernetes.rateLimitDeployment.container.env`,
      [],
      /leaves out REDIS_AUTH/,
    ],
    ["envoyGateway", "namespaceOverride", "other", /namespaces\.envoyGatewaySystem\.name/],
  ];

describe("overrides of chart values", () => {
  it.each(refused)("refuses %s.values %s = %j", (part, path, value, reason) => {
    const problems = problemsOf({ [part]: { values: nest(path, value) } });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${part}\\.values\\.${path.replaceAll(".", "\\.")}: `));
    expect(problems[0]).toMatch(reason);
  });

  it.each(refused)("lets an output pass at %s.values %s", (part, path, value) => {
    expect(problemsOf({ [part]: { values: nest(path, pulumi.output(value)) } })).toEqual([]);
    expect(problemsOf({ [part]: { values: pulumi.output(nest(path, value)) } })).toEqual([]);
  });

  it.each<[string, GatewayInstallArgs]>([
    ["resources", { aiGateway: { values: nest("controller.resources.limits.memory", "1Gi") } }],
    ["replicas", { envoyGateway: { values: nest("deployment.replicas", 3) } }],
    ["the same as ours", { envoyGateway: { values: nest(`${eg}.extensionManager.failOpen`, false) } }],
    [
      "watched namespaces with ours among them",
      {
        aiGateway: {
          values: nest("controller.watch.namespaces", [
            "envoy-gateway-system",
            "envoy-ai-gateway-system",
            "models",
          ]),
        },
      },
    ],
    ["watch everything", { aiGateway: { values: nest("controller.watch.namespaces", []) } }],
    [
      "variables without a separator",
      { aiGateway: { values: nest("extProc.extraEnvVars", [{ name: "A", value: "1" }]) } },
    ],
    [
      "own backend resources without pools",
      {
        inferenceExtension: { mode: "none" },
        envoyGateway: { values: nest(`${eg}.extensionManager.backendResources`, []) },
      },
    ],
    [
      "rate limit variables without Redis",
      {
        redis: { mode: "none" },
        envoyGateway: { values: nest(`${eg}.provider.kubernetes.rateLimitDeployment.container.env`, []) },
      },
    ],
  ])("accepts: %s", (_, args) => {
    expect(problemsOf(args)).toEqual([]);
  });

  it.each([
    "extProc.logFormat",
    "controller.podLabels",
    "controller.podDisruptionBudget",
    "controller.topologySpreadConstraints",
  ])("takes %s from release set 1.1 on", (path) => {
    const aiGateway = { values: nest(path, "x") };
    expect(problemsOf({ release: "1.1", aiGateway })).toEqual([]);
    expect(problemsOf({ release: "1.0", aiGateway })).toEqual([
      expect.stringContaining(`aiGateway.values.${path}: exists only from release set "1.1" on`),
    ]);
  });

  it("asks for the TLS variable of a Redis of the user's own", () => {
    const values = nest(`${eg}.provider.kubernetes.rateLimitDeployment.container.env`, [{ name: "X" }]);
    expect(problemsOf({ redis: { url: "rediss://cache:6380" }, envoyGateway: { values } })).toEqual([
      expect.stringContaining("leaves out REDIS_TLS"),
    ]);
  });
});
