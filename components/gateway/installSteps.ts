import type * as pulumi from "@pulumi/pulumi";
import type { Manifest } from "../shared/manifest";
import { type HelmValues, InstallMode } from "./installArgs";
import { redisDeployment, redisSecret, redisService } from "./installRedis";
import { aiGatewayValues, certManagerValues, envoyGatewayValues } from "./installValues";
import type { ChartReference } from "./releases";
import type { ResolvedChartPart, ResolvedGatewayInstall } from "./resolveInstall";

/** One resource of the installation, and the keys of those that it waits for. */
export type InstallStep = { readonly key: string; readonly after: readonly string[] } & (
  | { readonly kind: "namespace"; readonly namespace: string }
  | { readonly kind: "manifest"; readonly manifest: Manifest }
  | { readonly kind: "crdFile"; readonly url: string }
  | {
      readonly kind: "crdChart";
      readonly chart: ChartReference;
      readonly releaseName: string;
      readonly namespace: string;
      readonly values: Readonly<HelmValues>;
    }
  | {
      readonly kind: "release";
      readonly chart: ChartReference;
      readonly releaseName: string;
      readonly namespace: string;
      readonly values: pulumi.Input<HelmValues>;
      /** The release exists: its id, by which it comes into the stack. */
      readonly adopt: string | null;
    }
);

type StepBody<Step = InstallStep> = Step extends unknown ? Omit<Step, "after"> : never;

/** What only exists once the secrets of the installation do. */
export interface InstallSecrets {
  readonly sessionSeed: pulumi.Input<string>;
  readonly previousSessionSeed: pulumi.Input<string> | null;
  readonly redisPassword: pulumi.Input<string> | null;
}

/**
 * The installation as data, in the order in which it is made: each stage waits for the whole stage before it, or
 * for the nearest one that has anything, and deletion runs backwards. Envoy Gateway comes after the controller
 * that its extension manager calls, and the controller after the definitions that it watches.
 */
export function installSteps(install: ResolvedGatewayInstall, secrets: InstallSecrets): InstallStep[] {
  const stages: StepBody[][] = [
    namespaceSteps(install),
    // Before Envoy Gateway, whose rate limit service reads it; nothing else of Redis has to be there then.
    secrets.redisPassword === null
      ? []
      : [
          {
            key: "redis-credentials",
            kind: "manifest",
            manifest: redisSecret(install, secrets.redisPassword),
          },
        ],
    chartStep("cert-manager", install.certManager, {
      chart: install.release.certManager.chart,
      namespace: install.namespaces.certManager.name,
      values: () => certManagerValues(install),
    }),
    crdSteps(install),
    chartStep("ai-gateway", install.aiGateway, {
      chart: install.release.aiGateway.chart,
      namespace: install.namespaces.aiGateway.name,
      values: () => aiGatewayValues(install, secrets.sessionSeed, secrets.previousSessionSeed),
    }),
    chartStep("envoy-gateway", install.envoyGateway, {
      chart: install.release.envoyGateway.chart,
      namespace: install.namespaces.envoyGateway.name,
      values: () => envoyGatewayValues(install),
    }),
    redisSteps(install),
  ];
  return inOrder(stages);
}

function inOrder(stages: readonly (readonly StepBody[])[]): InstallStep[] {
  const steps: InstallStep[] = [];
  let after: readonly string[] = [];
  for (const stage of stages) {
    const waiting = after;
    steps.push(...stage.map((body) => ({ ...body, after: waiting })));
    after = stage.length === 0 ? after : stage.map(({ key }) => key);
  }
  return steps;
}

function namespaceSteps({ namespaces }: ResolvedGatewayInstall): StepBody[] {
  const wanted = [
    ["namespace-cert-manager", namespaces.certManager],
    ["namespace-ai-gateway", namespaces.aiGateway],
    ["namespace-envoy-gateway", namespaces.envoyGateway],
  ] as const;
  return wanted
    .filter(([, { create }]) => create)
    .map(([key, { name }]) => ({ key, kind: "namespace", namespace: name }));
}

function crdSteps(install: ResolvedGatewayInstall): StepBody[] {
  const { release, namespaces, envoyGateway, aiGateway } = install;
  const steps: { readonly wanted: InstallMode; readonly step: StepBody }[] = [
    {
      wanted: install.gatewayApi,
      step: { key: "gateway-api-crds", kind: "crdFile", url: release.gatewayApi.crdBundle },
    },
    {
      wanted: install.inferenceExtension,
      step: { key: "inference-extension-crds", kind: "crdFile", url: release.inferenceExtension.crdBundle },
    },
    {
      wanted: envoyGateway.crds,
      step: {
        key: "envoy-gateway-crds",
        kind: "crdChart",
        chart: release.envoyGateway.crdChart,
        releaseName: "eg-crds",
        namespace: namespaces.envoyGateway.name,
        // Gateway API's come from its own bundle, so that one resource owns each definition.
        values: { crds: { envoyGateway: { enabled: true }, gatewayAPI: { enabled: false } } },
      },
    },
    {
      wanted: aiGateway.crds,
      step: {
        key: "ai-gateway-crds",
        kind: "crdChart",
        chart: release.aiGateway.crdChart,
        releaseName: "aieg-crd",
        namespace: namespaces.aiGateway.name,
        values: {},
      },
    },
  ];
  return steps.filter(({ wanted }) => wanted === InstallMode.Install).map(({ step }) => step);
}

function chartStep(
  key: string,
  part: ResolvedChartPart,
  {
    chart,
    namespace,
    values,
  }: {
    readonly chart: ChartReference;
    readonly namespace: string;
    readonly values: () => pulumi.Input<HelmValues>;
  },
): StepBody[] {
  if (part.mode !== InstallMode.Install && part.mode !== InstallMode.Adopt) {
    return [];
  }
  const adopt = part.mode === InstallMode.Adopt ? `${namespace}/${part.releaseName}` : null;
  return [{ key, kind: "release", chart, releaseName: part.releaseName, namespace, values: values(), adopt }];
}

function redisSteps(install: ResolvedGatewayInstall): StepBody[] {
  if (install.redis.mode !== InstallMode.Install) {
    return [];
  }
  return [
    { key: "redis-deployment", kind: "manifest", manifest: redisDeployment(install) },
    { key: "redis-service", kind: "manifest", manifest: redisService(install) },
  ];
}
