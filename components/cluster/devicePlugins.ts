import type { HelmValues } from "../gateway/installArgs";
import { GpuVendor } from "../shared/gpuNodes";
import { type Manifest, managedLabels } from "../shared/manifest";
import { DevicePluginSource, devicePluginLabel, gpuVendorLabel } from "./resolvedPool";

/** What runs on every node of a kind runs there whatever taints the user adds. */
const everyTaint = [{ operator: "Exists" }];

/** Only nodes of pools, told apart by the labels of this package: others in the cluster may have a plugin already. */
function onNodes(labels: Readonly<Record<string, string>>): HelmValues {
  const matchExpressions = Object.entries(labels).map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
  }));
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  };
}

/**
 * NVIDIA's device plugin with feature discovery, for images that lack it. A second plugin on a node would hand out
 * each GPU twice, so it never runs on Bottlerocket or nodes of EKS Auto Mode.
 */
export function nvidiaPluginValues(): HelmValues {
  return {
    gfd: { enabled: true },
    // From 0.19 on it would mount all of EFA's devices into every pod with a GPU (AWS EKS user guide, 2026).
    mofedEnabled: false,
    tolerations: everyTaint,
    affinity: onNodes({
      [gpuVendorLabel]: GpuVendor.Nvidia,
      [devicePluginLabel]: DevicePluginSource.Chart,
    }),
    // Turns what feature discovery finds into labels; by default it stays away from tainted nodes.
    nfd: { worker: { tolerations: everyTaint, nodeSelector: { [gpuVendorLabel]: GpuVendor.Nvidia } } },
  };
}

/**
 * Metrics of NVIDIA's GPUs. Where driver and plugin are parts of the image, its runtime gives devices to privileged
 * pods only, unless they ask for a GPU.
 */
export function dcgmValues(source: DevicePluginSource): HelmValues {
  const inImage = source === DevicePluginSource.Image;
  return {
    fullnameOverride: inImage ? "dcgm-exporter-image" : "dcgm-exporter",
    tolerations: everyTaint,
    affinity: onNodes({ [gpuVendorLabel]: GpuVendor.Nvidia, [devicePluginLabel]: source }),
    // Its definition comes with an operator that may not be there.
    serviceMonitor: { enabled: false },
    ...(inImage && { securityContext: { privileged: true } }),
  };
}

/** Hands out EFA's interfaces; it knows nodes with some by their instance type. */
export function efaPluginValues(): HelmValues {
  return { tolerations: everyTaint };
}

/** AMD's operator without a default configuration: ours is `deviceConfigManifest`. */
export function amdOperatorValues(): HelmValues {
  return {
    crds: { defaultCR: { install: false, upgrade: false } },
    "node-feature-discovery": {
      worker: { tolerations: everyTaint, nodeSelector: { [gpuVendorLabel]: GpuVendor.Amd } },
    },
    // It restarts and reinstalls nodes by workflows of its own; EKS repairs nodes here.
    remediation: { enabled: false },
  };
}

/** What AMD's operator does with nodes: plugin, labels and metrics; the driver is there already. */
export function deviceConfigManifest(namespace: string): Manifest {
  return {
    apiVersion: "amd.com/v1alpha1",
    kind: "DeviceConfig",
    metadata: { name: "ai-gateway", namespace, labels: managedLabels },
    spec: {
      // Not the label of feature discovery, which knows no GPU but Instinct and a few Radeon.
      selector: { [gpuVendorLabel]: GpuVendor.Amd, [devicePluginLabel]: DevicePluginSource.Chart },
      driver: { enable: false },
      devicePlugin: {
        devicePluginArguments: { resource_naming_strategy: "single" },
        devicePluginTolerations: everyTaint,
        enableNodeLabeller: true,
        nodeLabellerTolerations: everyTaint,
      },
      metricsExporter: { enable: true, serviceType: "ClusterIP", port: 5000, tolerations: everyTaint },
    },
  };
}
