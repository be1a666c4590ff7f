import type { Input } from "@pulumi/pulumi";
import type { HelmValues } from "../gateway/installArgs";
import type { ChartReference, Release } from "../gateway/releases";
import { GpuVendor } from "../shared/gpuNodes";
import { clusterAutoscalerValues } from "./clusterAutoscaler";
import { amdOperatorValues, dcgmValues, efaPluginValues, nvidiaPluginValues } from "./devicePlugins";
import { ClusterCertManager } from "./gpuClusterArgs";
import { ciliumValues } from "./hybridCharts";
import type { ResolvedHybridNetworks } from "./hybridNetworks";
import { DevicePluginSource, isAutoscaled, PoolKind, type ResolvedPool } from "./resolvedPool";

/** A chart that nodes of pools need. */
export interface PoolChart {
  /** Part of the Pulumi name, and what another chart names in `after`. */
  readonly key: string;
  readonly chart: ChartReference;
  readonly releaseName: string;
  readonly namespace: string;
  readonly createNamespace: boolean;
  readonly values: HelmValues;
  /** Whether Pulumi waits until its pods run. */
  readonly awaited: boolean;
  /** Keys of what must be there before. */
  readonly after: readonly string[];
}

/** What charts have to know of the cluster. */
export interface ChartPlace {
  readonly clusterName: Input<string>;
  readonly region: string;
  readonly hybridNetworks: ResolvedHybridNetworks | undefined;
  /** Who installs cert-manager; `undefined`: it comes here with AMD's operator. */
  readonly certManager: ClusterCertManager | undefined;
}

const system = "kube-system";

/**
 * The charts that a set of pools needs. Which ones there are depends on the pools; what they say does not, so that a
 * pool that comes or goes never changes the chart of another one.
 */
export function poolCharts(
  pools: readonly ResolvedPool[],
  release: Release,
  place: ChartPlace,
): readonly PoolChart[] {
  const some = (test: (pool: ResolvedPool) => boolean) => pools.some(test);
  const nvidia = (pool: ResolvedPool) => pool.shape.vendor === GpuVendor.Nvidia;
  const byChart = (pool: ResolvedPool) => pool.devicePlugin === DevicePluginSource.Chart;
  const charts: readonly (readonly [wanted: boolean, chart: PoolChart])[] = [
    [
      some((pool) => pool.kind === PoolKind.Managed && pool.zones.some(isAutoscaled)),
      inSystem("cluster-autoscaler", release.clusterAutoscaler, clusterAutoscalerValues(place), [
        "cluster-autoscaler-role",
      ]),
    ],
    [
      some((pool) => nvidia(pool) && byChart(pool)),
      inSystem("nvidia-device-plugin", release.nvidiaDevicePlugin, nvidiaPluginValues()),
    ],
    [
      some((pool) => nvidia(pool) && byChart(pool)),
      inSystem("dcgm-exporter", release.dcgmExporter, dcgmValues(DevicePluginSource.Chart)),
    ],
    [
      some((pool) => nvidia(pool) && !byChart(pool)),
      inSystem("dcgm-exporter-image", release.dcgmExporter, dcgmValues(DevicePluginSource.Image)),
    ],
    [some(({ efa }) => efa), inSystem("efa-device-plugin", release.efaDevicePlugin, efaPluginValues())],
    ...hybridCharts(pools, release, place),
    ...amdCharts(some(needsCertManager), release, place),
  ];
  return charts.flatMap(([wanted, chart]) => (wanted ? [chart] : []));
}

/** Whether AMD's operator, which cert-manager has to be there for, stands for the pool's device plugin. */
export function needsCertManager({ shape, devicePlugin }: ResolvedPool): boolean {
  return shape.vendor === GpuVendor.Amd && devicePlugin === DevicePluginSource.Chart;
}

function hybridCharts(
  pools: readonly ResolvedPool[],
  release: Release,
  { hybridNetworks }: ChartPlace,
): readonly (readonly [boolean, PoolChart])[] {
  const wanted = pools.some(({ kind }) => kind === PoolKind.Hybrid);
  return hybridNetworks === undefined
    ? []
    : [
        // Its operator runs on hybrid hosts too, and there is none until somebody has read its configuration.
        [wanted, { ...inSystem("cilium", release.cilium, ciliumValues(hybridNetworks)), awaited: false }],
      ];
}

function amdCharts(
  wanted: boolean,
  release: Release,
  { certManager }: ChartPlace,
): readonly (readonly [boolean, PoolChart])[] {
  return [
    [
      certManager === ClusterCertManager.Install || (wanted && certManager === undefined),
      {
        key: "cert-manager",
        chart: release.certManager.chart,
        releaseName: "cert-manager",
        namespace: "cert-manager",
        createNamespace: true,
        awaited: true,
        values: { crds: { enabled: true, keep: true } },
        after: [],
      },
    ],
    [
      wanted,
      {
        key: "amd-gpu-operator",
        chart: release.amdGpuOperator,
        releaseName: "amd-gpu-operator",
        namespace: amdNamespace,
        createNamespace: true,
        awaited: true,
        values: amdOperatorValues(),
        after: ["cert-manager"],
      },
    ],
  ];
}

/** Where AMD's operator and what it makes live; the namespace that AMD's documentation uses. */
export const amdNamespace = "kube-amd-gpu";

function inSystem(
  key: string,
  chart: ChartReference,
  values: HelmValues,
  after: readonly string[] = [],
): PoolChart {
  return {
    key,
    chart,
    releaseName: key,
    namespace: system,
    createNamespace: false,
    awaited: true,
    values,
    after,
  };
}
