import type { Problems } from "../shared/problems";
import { isPlainMap, valueAt } from "./helmValues";
import { InstallMode } from "./installArgs";
import { rateLimitEnvNames } from "./installRedis";
import { ReleaseSet } from "./releases";
import type { ResolvedGatewayInstall } from "./resolveInstall";

/** One value that a user may not set, or only to some values. `check` returns why not, or null. */
interface Guard {
  readonly path: readonly string[];
  readonly check: (value: unknown, install: ResolvedGatewayInstall) => string | null;
}

const ours = (instead: string) => () => `is set by this component; use ${instead} and leave it out here`;

const mustBe =
  (expected: unknown, why: string) =>
  (value: unknown): string | null =>
    value === expected ? null : `${JSON.stringify(value)} ${why}; leave it at ${JSON.stringify(expected)}`;

const certManagerGuards: readonly Guard[] = [
  {
    path: ["crds", "enabled"],
    check: mustBe(true, "leaves out the definitions that the webhook's certificate needs"),
  },
  {
    path: ["crds", "keep"],
    check: mustBe(true, "would delete every certificate of the cluster together with the chart"),
  },
  {
    path: ["installCRDs"],
    check: () => "is the old name of crds.enabled, which is on already; leave it out",
  },
];

const since11 = (_: unknown, { release }: ResolvedGatewayInstall): string | null =>
  release.set === ReleaseSet.V1_0 ? `exists only from release set "1.1" on and would be ignored` : null;

const aiGatewayGuards: readonly Guard[] = [
  {
    path: ["controller", "mutatingWebhook", "certManager"],
    check: ours("certManager.mode or aiGateway.webhookSecretName"),
  },
  {
    path: ["controller", "mutatingWebhook", "tlsCertSecretName"],
    check: ours("aiGateway.webhookSecretName"),
  },
  { path: ["controller", "mcp", "sessionEncryption", "seed"], check: ours("aiGateway.sessionSeed") },
  {
    path: ["controller", "mcp", "sessionEncryption", "fallback", "seed"],
    check: ours("aiGateway.previousSessionSeed"),
  },
  { path: ["controller", "maxRecvMsgSize"], check: ours("maxConfigSize, which sets both ends") },
  {
    path: ["controller", "fullnameOverride"],
    check: mustBe(
      "ai-gateway-controller",
      "changes the name under which Envoy Gateway looks for the controller",
    ),
  },
  { path: ["envoyGateway", "namespace"], check: ours("namespaces.envoyGatewaySystem.name") },
  { path: ["controller", "watch", "namespaces"], check: checkWatched },
  { path: ["controller", "service", "ports"], check: checkPorts },
  { path: ["extProc", "extraEnvVars"], check: checkEnvVars },
  { path: ["extProc", "logFormat"], check: since11 },
  { path: ["controller", "podLabels"], check: since11 },
  { path: ["controller", "podDisruptionBudget"], check: since11 },
  { path: ["controller", "topologySpreadConstraints"], check: since11 },
];

const config = ["config", "envoyGateway"];
const manager = [...config, "extensionManager"];

const envoyGatewayGuards: readonly Guard[] = [
  {
    path: [...config, "extensionApis", "enableBackend"],
    check: mustBe(true, "switches off the Backend kind, which every model needs"),
  },
  {
    path: [...config, "gateway", "controllerName"],
    check: mustBe(
      "gateway.envoyproxy.io/gatewayclass-controller",
      "would leave the GatewayClass without its controller",
    ),
  },
  {
    path: [...manager, "failOpen"],
    check: mustBe(
      false,
      "would serve routes without AI Gateway's filter: untranslated and without credentials",
    ),
  },
  { path: [...manager, "hooks"], check: ours("the hooks of the release set") },
  { path: [...manager, "service"], check: ours("aiGateway.extensionServer") },
  { path: [...manager, "maxMessageSize"], check: ours("maxConfigSize, which sets both ends") },
  { path: [...manager, "backendResources"], check: checkBackendResources },
  {
    path: [...config, "extensionManagers"],
    check: () => "excludes extensionManager, which AI Gateway needs; leave it out",
  },
  { path: [...config, "rateLimit", "backend"], check: ours("redis") },
  {
    path: [...config, "provider", "kubernetes", "rateLimitDeployment", "container", "env"],
    check: checkRateLimitEnv,
  },
  { path: ["namespaceOverride"], check: ours("namespaces.envoyGatewaySystem.name") },
];

export function checkCertManagerValues(install: ResolvedGatewayInstall, problems: Problems): void {
  run(certManagerGuards, "certManager.values", install.certManager.values, install, problems);
}

export function checkAiGatewayValues(install: ResolvedGatewayInstall, problems: Problems): void {
  run(aiGatewayGuards, "aiGateway.values", install.aiGateway.values, install, problems);
}

export function checkEnvoyGatewayValues(install: ResolvedGatewayInstall, problems: Problems): void {
  run(envoyGatewayGuards, "envoyGateway.values", install.envoyGateway.values, install, problems);
}

/** Looks at what is known now: an output may hold anything and passes. */
function run(
  guards: readonly Guard[],
  path: string,
  values: unknown,
  install: ResolvedGatewayInstall,
  problems: Problems,
): void {
  if (Array.isArray(values) || typeof values !== "object" || values === null) {
    problems.add(path, `${JSON.stringify(values)} is no map of Helm values`);
    return;
  }
  if (!isPlainMap(values)) {
    return;
  }
  for (const guard of guards) {
    const value = valueAt(values, guard.path);
    if (value !== undefined) {
      const reason = isKnown(value) ? guard.check(value, install) : null;
      if (reason !== null) {
        problems.add(`${path}.${guard.path.join(".")}`, reason);
      }
    }
  }
}

function isKnown(value: unknown): boolean {
  return typeof value !== "object" || value === null || Array.isArray(value) || isPlainMap(value);
}

function checkWatched(value: unknown, { namespaces }: ResolvedGatewayInstall): string | null {
  if (!Array.isArray(value) || value.length === 0 || !value.every((each) => typeof each === "string")) {
    return null;
  }
  const missing = [namespaces.envoyGateway.name, namespaces.aiGateway.name].filter(
    (name) => !value.includes(name),
  );
  return missing.length === 0
    ? null
    : `leaves out ${missing.map((name) => `"${name}"`).join(" and ")}, where the controller must see Secrets and pods; add it beside the namespaces of your Gateways, routes and credentials`;
}

function checkPorts(value: unknown): string | null {
  const ports = Array.isArray(value)
    ? value.map((each) => (isPlainMap(each) ? each["port"] : undefined))
    : [];
  const missing = [1063, 9443].filter((port) => !ports.includes(port));
  return missing.length === 0
    ? null
    : `replaces the chart's list and leaves out ${missing.join(" and ")} (extension server 1063, webhook 9443); list all ports`;
}

function checkEnvVars(value: unknown): string | null {
  const entries = Array.isArray(value) ? value.filter(isPlainMap) : [];
  const wrong = entries.filter((each) =>
    [each["name"], each["value"]].some((text) => String(text).includes(";")),
  );
  const names = wrong.map((each) => JSON.stringify(each["name"]));
  return names.length === 0
    ? null
    : `${names.join(", ")} holds a ";", by which the chart separates variables; set it with GatewayConfig.extProc.kubernetes.env instead`;
}

function checkBackendResources(
  value: unknown,
  { inferenceExtension }: ResolvedGatewayInstall,
): string | null {
  const kinds = Array.isArray(value)
    ? value.map((each) => (isPlainMap(each) ? each["kind"] : undefined))
    : [];
  return inferenceExtension === InstallMode.None || kinds.includes("InferencePool")
    ? null
    : `replaces our list and leaves out InferencePool; add {group: "inference.networking.k8s.io", kind: "InferencePool", version: "v1"}, or set inferenceExtension.mode "none"`;
}

function checkRateLimitEnv(value: unknown, { redis }: ResolvedGatewayInstall): string | null {
  const names = Array.isArray(value)
    ? value.map((each) => (isPlainMap(each) ? each["name"] : undefined))
    : [];
  const missing = rateLimitEnvNames(redis).filter((name) => !names.includes(name));
  return missing.length === 0
    ? null
    : `replaces our list and leaves out ${missing.join(" and ")}, without which the rate limit service cannot reach Redis; list it too`;
}
