import { isDnsLabel, isDnsName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { type GatewayInstallArgs, InstallMode } from "./installArgs";
import type { ResolvedGatewayInstall } from "./resolveInstall";

const { Install, Adopt, External, None } = InstallMode;

const allowedModes = {
  certManager: [Install, Adopt, External, None],
  gatewayApi: [Install, External],
  inferenceExtension: [Install, External, None],
  aiGateway: [Install, Adopt, External],
  envoyGateway: [Install, Adopt, External],
  redis: [Install, External, None],
} as const;

/** Helm's own limit: it appends suffixes to a release's name within the 63 characters of a label. */
const maxReleaseName = 53;

export function checkModes(args: GatewayInstallArgs, problems: Problems): void {
  for (const [part, allowed] of Object.entries(allowedModes)) {
    const mode = args[part as keyof typeof allowedModes]?.mode;
    if (mode !== undefined && !(allowed as readonly string[]).includes(mode)) {
      const reason =
        mode === Adopt
          ? `"adopt" takes over a Helm release and this part has none; use "install" (with a provider whose upsertExistingObjects is true where the objects exist) or "external"`
          : `${JSON.stringify(mode)} is not possible here; use ${allowed.map((each) => `"${each}"`).join(", ")}`;
      problems.add(`${part}.mode`, reason);
    }
  }
  for (const part of ["aiGateway", "envoyGateway"] as const) {
    const crds = args[part]?.crds;
    if (crds !== undefined && crds !== Install && crds !== External) {
      problems.add(
        `${part}.crds`,
        `${JSON.stringify(crds)} is not possible here; use "install" or "external"`,
      );
    }
  }
}

export function checkNames(args: GatewayInstallArgs, problems: Problems): void {
  for (const key of ["envoyGatewaySystem", "aiGatewaySystem", "certManager"] as const) {
    const name = args.namespaces?.[key]?.name;
    if (name !== undefined && !isDnsLabel(name)) {
      problems.add(
        `namespaces.${key}.name`,
        `${JSON.stringify(name)} is no namespace name; use at most 63 of a-z, 0-9 and "-", with a letter or digit at both ends`,
      );
    }
  }
  for (const part of ["certManager", "aiGateway", "envoyGateway"] as const) {
    const name = args[part]?.releaseName;
    if (name !== undefined && !(isDnsName(name) && name.length <= maxReleaseName)) {
      problems.add(
        `${part}.releaseName`,
        `${JSON.stringify(name)} is no Helm release name; use at most ${maxReleaseName} of a-z, 0-9, "-" and ".", with a letter or digit at both ends`,
      );
    }
  }
  for (const [path, name] of [
    ["aiGateway.webhookSecretName", args.aiGateway?.webhookSecretName],
    ["redis.clientCertificateSecretName", args.redis?.clientCertificateSecretName],
    ["aiGateway.extensionServer.hostname", args.aiGateway?.extensionServer?.hostname],
  ] as const) {
    if (name !== undefined && !isDnsName(name)) {
      problems.add(path, `${JSON.stringify(name)} is no DNS name; use a-z, 0-9, "-" and "."`);
    }
  }
}

export function checkSecrets(args: GatewayInstallArgs, problems: Problems): void {
  for (const [path, value] of [
    ["aiGateway.sessionSeed", args.aiGateway?.sessionSeed],
    ["aiGateway.previousSessionSeed", args.aiGateway?.previousSessionSeed],
    ["redis.password", args.redis?.password],
  ] as const) {
    if (typeof value === "string") {
      problems.add(
        path,
        "is a plain string, which the stack's state would hold in clear; use config.requireSecret(...) or pulumi.secret(...)",
      );
    }
  }
}

export function checkConfigSize(size: number | undefined, problems: Problems): void {
  if (size !== undefined && !(Number.isInteger(size) && size >= 4 && size <= 1024)) {
    problems.add("maxConfigSize", `${size} is no size in MiB; use a whole number from 4 to 1024`);
  }
}

export function checkNamespaces({ namespaces }: ResolvedGatewayInstall, problems: Problems): void {
  const seen = new Map<string, string>();
  for (const [key, { name, create }] of [
    ["envoyGatewaySystem", namespaces.envoyGateway],
    ["aiGatewaySystem", namespaces.aiGateway],
    ["certManager", namespaces.certManager],
  ] as const) {
    const other = seen.get(name);
    if (create && other !== undefined) {
      problems.add(
        `namespaces.${key}.name`,
        `"${name}" is also created for namespaces.${other}; set create: false on one of the two`,
      );
    }
    if (create) {
      seen.set(name, key);
    }
  }
}

export function checkCertificate(
  args: GatewayInstallArgs,
  { aiGateway, certManager }: ResolvedGatewayInstall,
  problems: Problems,
): void {
  const own = aiGateway.webhookSecretName;
  if (own !== null && aiGateway.mode === External) {
    problems.add(
      "aiGateway.webhookSecretName",
      `"${own}" is not used with aiGateway.mode "external"; leave it out`,
    );
  } else if (own !== null && args.certManager?.mode !== undefined && certManager.mode !== None) {
    problems.add(
      "certManager.mode",
      `"${certManager.mode}" beside aiGateway.webhookSecretName leaves two sources of the webhook's certificate; use one of them`,
    );
  } else if (own === null && certManager.mode === None && aiGateway.mode !== External) {
    problems.add(
      "certManager.mode",
      `"none" would leave AI Gateway's webhook with a certificate that expires after a year, and then no Envoy pod starts; use "install" or "external", or give aiGateway.webhookSecretName`,
    );
  }
}

export function checkExtensionServer(
  args: GatewayInstallArgs,
  { aiGateway, envoyGateway }: ResolvedGatewayInstall,
  problems: Problems,
): void {
  const server = args.aiGateway?.extensionServer;
  if (server === undefined) {
    return;
  }
  const { port } = aiGateway.extensionServer;
  if (!(Number.isInteger(port) && port >= 1 && port <= 65535)) {
    problems.add("aiGateway.extensionServer.port", `${port} is no port; use 1 to 65535`);
  }
  if (aiGateway.mode !== External) {
    problems.add(
      "aiGateway.extensionServer",
      `is given beside aiGateway.mode "${aiGateway.mode}", whose own service is used; leave it out`,
    );
  } else if (envoyGateway.mode === External) {
    problems.add(
      "aiGateway.extensionServer",
      `is not used with envoyGateway.mode "external": set it in the values of that Envoy Gateway`,
    );
  }
}

/** Settings of a part that is not ours would be dropped without a word. */
export function checkUnusedValues(
  args: GatewayInstallArgs,
  resolved: ResolvedGatewayInstall,
  problems: Problems,
): void {
  for (const part of ["certManager", "aiGateway", "envoyGateway"] as const) {
    const { mode } = resolved[part];
    for (const key of ["values", "releaseName"] as const) {
      if ((mode === External || mode === None) && args[part]?.[key] !== undefined) {
        problems.add(`${part}.${key}`, `is not used with ${part}.mode "${mode}"; leave it out`);
      }
    }
  }
  for (const key of ["sessionSeed", "previousSessionSeed"] as const) {
    if (resolved.aiGateway.mode === External && args.aiGateway?.[key] !== undefined) {
      problems.add(`aiGateway.${key}`, `is not used with aiGateway.mode "external"; leave it out`);
    }
  }
}
