import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { PoolChart } from "./poolCharts";

/** Makes the Helm release of a chart. */
export function createChart(
  name: string,
  { chart, releaseName, namespace, createNamespace, values, awaited }: Omit<PoolChart, "key" | "after">,
  opts: CustomResourceOptions,
): k8s.helm.v3.Release {
  return new k8s.helm.v3.Release(
    name,
    {
      chart: chart.chart,
      version: chart.version,
      name: releaseName,
      namespace,
      createNamespace,
      values,
      cleanupOnFail: true,
      atomic: awaited,
      skipAwait: !awaited,
      maxHistory: 10,
      timeout: 600,
      ...(chart.repository !== undefined && { repositoryOpts: { repo: chart.repository } }),
    },
    opts,
  );
}
