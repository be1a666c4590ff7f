import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { type GatewayInstallArgs, InstallMode } from "./installArgs";
import type { InstallSecrets, InstallStep } from "./installSteps";
import type { ResolvedGatewayInstall } from "./resolveInstall";

/** Seconds that Helm waits for a chart's pods; images are pulled in this time. */
const chartTimeout = 600;

/** The arguments as the state may hold them: what is secret by meaning is one, also if its output was not. */
export function sealSecrets(args: GatewayInstallArgs): GatewayInstallArgs {
  const seal = <T extends object>(part: T | undefined, keys: readonly (keyof T)[]): T | undefined => {
    const present = keys.filter((key) => part?.[key] !== undefined);
    return part && { ...part, ...Object.fromEntries(present.map((key) => [key, pulumi.secret(part[key])])) };
  };
  return {
    ...args,
    aiGateway: seal(args.aiGateway, ["sessionSeed", "previousSessionSeed"]),
    redis: seal(args.redis, ["password"]),
  };
}

/** Makes the secrets that the declaration does not bring along. */
export function createInstallSecrets(
  name: string,
  { aiGateway, redis }: ResolvedGatewayInstall,
  parent: pulumi.Resource,
): InstallSecrets {
  const generate = (key: string, length: number): pulumi.Output<string> =>
    // Letters and digits only: the rate limit service splits a password at ":".
    new random.RandomPassword(`${name}-${key}`, { length, special: false }, { parent }).result;
  const previous = aiGateway.previousSessionSeed;
  const ownRedis = redis.mode === InstallMode.Install;
  return {
    sessionSeed: pulumi.secret(
      aiGateway.sessionSeed ?? (aiGateway.mode === InstallMode.External ? "" : generate("session-seed", 64)),
    ),
    previousSessionSeed: previous === null ? null : pulumi.secret(previous),
    redisPassword: ownRedis ? generate("redis-password", 32) : redis.password,
  };
}

/** Creates the resource of each step; a step finds those that it waits for among the earlier ones. */
export function createInstallSteps(
  name: string,
  steps: readonly InstallStep[],
  parent: pulumi.Resource,
): Map<string, pulumi.Resource> {
  const made = new Map<string, pulumi.Resource>();
  for (const step of steps) {
    const dependsOn = step.after.flatMap((key) => made.get(key) ?? []);
    made.set(step.key, createStep(`${name}-${step.key}`, step, { parent, dependsOn }));
  }
  return made;
}

type StepOptions = { readonly parent: pulumi.Resource; readonly dependsOn: pulumi.Resource[] };

function createStep(name: string, step: InstallStep, opts: StepOptions): pulumi.Resource {
  switch (step.kind) {
    case "namespace":
      return new k8s.core.v1.Namespace(name, { metadata: { name: step.namespace } }, opts);
    case "manifest":
      return createManifest(name, step, opts);
    case "crdFile":
      return new k8s.yaml.v2.ConfigFile(name, { file: step.url }, { ...opts, ...keptOnDelete });
    case "crdChart":
      return new k8s.helm.v4.Chart(
        name,
        {
          chart: step.chart.chart,
          version: step.chart.version,
          name: step.releaseName,
          namespace: step.namespace,
          values: step.values,
        },
        { ...opts, ...keptOnDelete },
      );
    case "release":
      return createRelease(name, step, opts);
  }
}

function createManifest(
  name: string,
  { manifest }: Extract<InstallStep, { kind: "manifest" }>,
  opts: StepOptions,
): pulumi.Resource {
  const { apiVersion, kind, ...rest } = manifest;
  switch (kind) {
    case "Secret":
      return new k8s.core.v1.Secret(name, { apiVersion, kind, ...rest } as k8s.core.v1.SecretArgs, opts);
    case "Service":
      return new k8s.core.v1.Service(name, { apiVersion, kind, ...rest } as k8s.core.v1.ServiceArgs, opts);
    case "Deployment":
      return new k8s.apps.v1.Deployment(
        name,
        { apiVersion, kind, ...rest } as k8s.apps.v1.DeploymentArgs,
        opts,
      );
    default:
      throw new Error(`no resource class for ${apiVersion} ${kind}`);
  }
}

function createRelease(
  name: string,
  step: Extract<InstallStep, { kind: "release" }>,
  opts: StepOptions,
): pulumi.Resource {
  return new k8s.helm.v3.Release(
    name,
    {
      chart: step.chart.chart,
      version: step.chart.version,
      name: step.releaseName,
      namespace: step.namespace,
      values: step.values,
      // The definitions have a stage of their own; Helm would neither upgrade nor keep them.
      skipCrds: true,
      atomic: true,
      cleanupOnFail: true,
      maxHistory: 10,
      timeout: chartTimeout,
    },
    step.adopt === null ? opts : { ...opts, import: step.adopt },
  );
}

/**
 * Keeps the definitions when the stack is destroyed, and takes over fields that an earlier installer owns.
 * `retainOnDelete` on a remote component goes to its children by grace of the engine: 3.246 inherits it, older ones
 * kept the component and deleted the children (pulumi-kubernetes issue 3065: the provider itself gives them nothing
 * except their parent). A transform reaches the children in either case, for the engine runs a component's
 * transforms on whatever is registered below it, in any process.
 */
export const keepCrds: pulumi.ResourceTransform = async ({ custom, props, opts }) => {
  if (!custom) {
    return undefined;
  }
  return {
    props: withAnnotation(props, "pulumi.com/patchForce", "true"),
    opts: { ...opts, retainOnDelete: true },
  };
};

const keptOnDelete: pulumi.ComponentResourceOptions = { retainOnDelete: true, transforms: [keepCrds] };

/**
 * Server-side apply asks who owns a field. Whoever installed an earlier version (Helm, kubectl) still does, so we
 * say that we mean it.
 */
function withAnnotation(props: pulumi.Unwrap<object>, key: string, value: string): Record<string, unknown> {
  const { metadata, ...rest } = props as { metadata?: { annotations?: object } & object };
  return { ...rest, metadata: { ...metadata, annotations: { ...metadata?.annotations, [key]: value } } };
}
