import type { CustomResourceOptions, Resource } from "@pulumi/pulumi";
import { createChart } from "../cluster/createChart";
import type { PoolChart } from "../cluster/poolCharts";
import { InstallMode } from "../gateway/installArgs";
import type { Release } from "../gateway/releases";
import { AutoscaledBy } from "../models/autoscalingArgs";
import type { ResolvedModel } from "../models/resolved";
import type { ResolvedVllm } from "../models/resolvedVllm";
import type { AiPlatformArgs } from "../platformArgs";
import type { Problems } from "../shared/problems";

/** A controller that some models need, and who installs it. */
export interface ResolvedController {
  readonly chart: PoolChart;
  readonly install: boolean;
  /** For the preview, where somebody else has to install it. */
  readonly notice: string;
}

/** What is known of each controller. */
interface Kind {
  readonly member: keyof NonNullable<AiPlatformArgs["controllers"]>;
  readonly title: string;
  readonly neededBy: (vllm: ResolvedVllm) => boolean;
  readonly chart: (release: Release) => PoolChart;
}

const common = { createNamespace: true, awaited: true, after: [] };

const kinds: readonly Kind[] = [
  {
    member: "keda",
    title: "KEDA",
    neededBy: ({ autoscaling }) => autoscaling?.by === AutoscaledBy.Keda,
    chart: ({ keda }) => ({
      ...common,
      key: "keda",
      chart: keda,
      releaseName: "keda",
      namespace: "keda",
      // Without it the chart takes every ScaledObject of the cluster away when it goes.
      values: { crds: { additionalAnnotations: { "helm.sh/resource-policy": "keep" } } },
    }),
  },
  {
    member: "leaderWorkerSet",
    title: "the LeaderWorkerSet controller",
    neededBy: ({ nodes }) => nodes > 1,
    chart: ({ leaderWorkerSet }) => ({
      ...common,
      key: "leader-worker-set",
      chart: leaderWorkerSet,
      releaseName: "lws",
      namespace: "lws-system",
      // The chart asks for a whole CPU and 1 GiB, half a system node, for a controller that mostly waits.
      values: { resources: { requests: { cpu: "100m", memory: "256Mi" } } },
    }),
  },
];

/** The controllers that models need. Reports modes that are not possible here. */
export function resolveControllers(
  { controllers = {}, cluster }: AiPlatformArgs,
  models: readonly ResolvedModel[],
  release: Release,
  problems: Problems,
): readonly ResolvedController[] {
  return kinds.flatMap(({ member, title, neededBy, chart }) => {
    const mode = controllers[member] ?? (cluster === undefined ? InstallMode.External : InstallMode.Install);
    if (mode !== InstallMode.Install && mode !== InstallMode.External) {
      problems.add(
        `controllers.${member}`,
        `${JSON.stringify(mode)} is not possible here; use "install" or "external"`,
      );
    }
    const needing = models.filter(({ vllm }) => vllm !== undefined && neededBy(vllm));
    const names = needing.map(({ key }) => `"${key}"`).join(", ");
    const notice = `${title} has to be in the cluster, for ${names}; with controllers.${member} "install" it is installed here.`;
    return needing.length === 0
      ? []
      : [{ chart: chart(release), install: mode === InstallMode.Install, notice }];
  });
}

/** Installs the controllers that are to be installed here. */
export function createControllers(
  name: string,
  controllers: readonly ResolvedController[],
  opts: CustomResourceOptions,
): readonly Resource[] {
  return controllers
    .filter(({ install }) => install)
    .map(({ chart }) => createChart(`${name}-${chart.key}`, chart, opts));
}
