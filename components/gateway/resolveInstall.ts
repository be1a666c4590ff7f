import type * as pulumi from "@pulumi/pulumi";
import { Problems } from "../shared/problems";
import {
  checkCertificate,
  checkConfigSize,
  checkExtensionServer,
  checkModes,
  checkNames,
  checkNamespaces,
  checkSecrets,
  checkUnusedValues,
} from "./checkInstall";
import {
  type GatewayInstallArgs,
  type HelmValues,
  InstallMode,
  type InstallNamespaceArgs,
  installDefaults,
} from "./installArgs";
import { checkAiGatewayValues, checkCertManagerValues, checkEnvoyGatewayValues } from "./installOverrides";
import { type Release, ReleaseSet, releaseSets } from "./releases";
import { checkRedis, type ResolvedRedis, resolveRedis } from "./resolveRedis";

export interface ResolvedNamespace {
  readonly name: string;
  readonly create: boolean;
}

export interface ResolvedChartPart {
  readonly mode: InstallMode;
  readonly releaseName: string;
  readonly values: pulumi.Input<HelmValues>;
}

/** A `GatewayInstall` with every default filled in. */
export interface ResolvedGatewayInstall {
  readonly name: string;
  readonly release: Release;
  readonly namespaces: {
    readonly envoyGateway: ResolvedNamespace;
    readonly aiGateway: ResolvedNamespace;
    readonly certManager: ResolvedNamespace;
  };
  readonly certManager: ResolvedChartPart;
  readonly gatewayApi: InstallMode;
  readonly inferenceExtension: InstallMode;
  readonly aiGateway: ResolvedChartPart & {
    readonly crds: InstallMode;
    readonly sessionSeed: pulumi.Input<string> | null;
    readonly previousSessionSeed: pulumi.Input<string> | null;
    readonly webhookSecretName: string | null;
    readonly extensionServer: { readonly hostname: string; readonly port: number };
  };
  readonly envoyGateway: ResolvedChartPart & { readonly crds: InstallMode };
  readonly redis: ResolvedRedis;
  /** MiB. */
  readonly maxConfigSize: number;
}

const { Install, External, None } = InstallMode;

/**
 * Fills in the defaults and checks the declaration.
 * @throws DeclarationError with every problem that was found.
 */
export function resolveGatewayInstall(name: string, args: GatewayInstallArgs = {}): ResolvedGatewayInstall {
  const problems = new Problems();
  checkModes(args, problems);
  checkNames(args, problems);
  checkSecrets(args, problems);
  checkRedis(args.redis ?? {}, problems);
  checkConfigSize(args.maxConfigSize, problems);
  const resolved = fillIn(name, args, problems);
  checkNamespaces(resolved, problems);
  checkCertificate(args, resolved, problems);
  checkExtensionServer(args, resolved, problems);
  checkCertManagerValues(resolved, problems);
  checkAiGatewayValues(resolved, problems);
  checkEnvoyGatewayValues(resolved, problems);
  checkUnusedValues(args, resolved, problems);
  problems.throwIfAny(`GatewayInstall "${name}"`);
  return resolved;
}

function fillIn(name: string, args: GatewayInstallArgs, problems: Problems): ResolvedGatewayInstall {
  const certManager = args.certManager?.mode ?? (args.aiGateway?.webhookSecretName ? None : Install);
  const aiGateway = args.aiGateway?.mode ?? Install;
  const envoyGateway = args.envoyGateway?.mode ?? Install;
  const aiGatewayNamespace = args.namespaces?.aiGatewaySystem?.name ?? installDefaults.aiGatewayNamespace;
  return {
    name,
    release: resolveRelease(args.release ?? installDefaults.release, problems),
    namespaces: {
      envoyGateway: namespace(
        args.namespaces?.envoyGatewaySystem,
        installDefaults.envoyGatewayNamespace,
        envoyGateway,
      ),
      aiGateway: namespace(args.namespaces?.aiGatewaySystem, aiGatewayNamespace, aiGateway),
      certManager: namespace(args.namespaces?.certManager, installDefaults.certManagerNamespace, certManager),
    },
    certManager: {
      mode: certManager,
      releaseName: args.certManager?.releaseName ?? installDefaults.certManagerRelease,
      values: args.certManager?.values ?? {},
    },
    gatewayApi: args.gatewayApi?.mode ?? Install,
    inferenceExtension: args.inferenceExtension?.mode ?? Install,
    aiGateway: {
      mode: aiGateway,
      crds: args.aiGateway?.crds ?? (aiGateway === Install ? Install : External),
      releaseName: args.aiGateway?.releaseName ?? installDefaults.aiGatewayRelease,
      values: args.aiGateway?.values ?? {},
      sessionSeed: args.aiGateway?.sessionSeed ?? null,
      previousSessionSeed: args.aiGateway?.previousSessionSeed ?? null,
      webhookSecretName: args.aiGateway?.webhookSecretName ?? null,
      extensionServer: {
        hostname:
          args.aiGateway?.extensionServer?.hostname ??
          `ai-gateway-controller.${aiGatewayNamespace}.svc.cluster.local`,
        port: args.aiGateway?.extensionServer?.port ?? installDefaults.extensionServerPort,
      },
    },
    envoyGateway: {
      mode: envoyGateway,
      crds: args.envoyGateway?.crds ?? (envoyGateway === Install ? Install : External),
      releaseName: args.envoyGateway?.releaseName ?? installDefaults.envoyGatewayRelease,
      values: args.envoyGateway?.values ?? {},
    },
    redis: resolveRedis(args.redis ?? {}),
    maxConfigSize: args.maxConfigSize ?? installDefaults.maxConfigSize,
  };
}

function namespace(
  args: InstallNamespaceArgs | undefined,
  name: string,
  mode: InstallMode,
): ResolvedNamespace {
  return { name: args?.name ?? name, create: args?.create ?? mode === Install };
}

function resolveRelease(set: ReleaseSet, problems: Problems): Release {
  const known = Object.hasOwn(releaseSets, set) ? releaseSets[set] : undefined;
  if (known === undefined) {
    const sets = Object.values(ReleaseSet).map((each) => `"${each}"`);
    problems.add("release", `${JSON.stringify(set)} is no release set; use ${sets.join(" or ")}`);
  }
  return known ?? releaseSets[installDefaults.release];
}
