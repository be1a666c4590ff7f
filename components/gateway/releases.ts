/** The release sets: every version that the package installs or renders for stands in this file. */
export const ReleaseSet = { V1_0: "1.0", V1_1: "1.1" } as const;
export type ReleaseSet = (typeof ReleaseSet)[keyof typeof ReleaseSet];

/** The set that a cluster gets when its declaration names none. */
export const defaultReleaseSet: ReleaseSet = ReleaseSet.V1_1;

/** The set that the local gateway and the end-to-end tests run. */
export const localReleaseSet: ReleaseSet = ReleaseSet.V1_0;

/** A container image: a tag, and a digest where somebody has looked it up. */
export interface ImageReference {
  readonly repository: string;
  readonly tag: string;
  /** "sha256:...". Absent until somebody pins it: no digest here is guessed. */
  readonly digest?: string;
}

/** A Helm chart: an OCI reference, or a name in the repository at `repository`. */
export interface ChartReference {
  readonly chart: string;
  readonly version: string;
  readonly repository?: string;
}

/** The add-ons of EKS that a cluster of ours gets, as AWS names them. */
export interface EksAddOnVersions {
  readonly "vpc-cni": string;
  readonly "kube-proxy": string;
  readonly "eks-pod-identity-agent": string;
  readonly coredns: string;
  readonly "aws-ebs-csi-driver": string;
  readonly "eks-node-monitoring-agent": string;
  readonly "metrics-server": string;
}

/** Everything that is installed together and was tested together upstream. */
export interface Release {
  readonly set: ReleaseSet;
  /** Oldest Kubernetes minor that the AI Gateway of this set supports. */
  readonly minimumKubernetes: string;
  /** The Kubernetes minor of a cluster that is made here, and the add-ons that AWS lists for it. */
  readonly eks: { readonly kubernetesVersion: string; readonly addOns: EksAddOnVersions };
  readonly karpenter: { readonly chart: ChartReference; readonly crdChart: ChartReference };
  readonly gatewayApi: { readonly version: string; readonly crdBundle: string };
  readonly envoyGateway: {
    readonly version: string;
    readonly chart: ChartReference;
    readonly crdChart: ChartReference;
  };
  readonly envoy: { readonly version: string; readonly image: ImageReference };
  readonly aiGateway: {
    readonly version: string;
    readonly chart: ChartReference;
    readonly crdChart: ChartReference;
  };
  readonly inferenceExtension: { readonly version: string; readonly crdBundle: string };
  /** What chooses among the pods of an InferencePool; of the inference extension's own version. */
  readonly endpointPicker: ImageReference;
  readonly certManager: { readonly version: string; readonly chart: ChartReference };
  readonly vllm: {
    readonly version: string;
    readonly cuda: ImageReference;
    readonly rocm: ImageReference;
  };
  readonly nvidiaDevicePlugin: ChartReference;
  readonly amdGpuOperator: ChartReference;
  readonly dcgmExporter: ChartReference;
  readonly efaDevicePlugin: ChartReference;
  readonly clusterAutoscaler: ChartReference;
  /** The network of hybrid hosts, as AWS builds it. */
  readonly cilium: ChartReference;
  /** Scales models by what Prometheus knows of them. */
  readonly keda: ChartReference;
  /** Runs models that take several nodes. */
  readonly leaderWorkerSet: ChartReference;
  readonly redis: ImageReference;
  /** The rate limit service of AI Gateway's quotas. */
  readonly quotaRateLimit: ImageReference;
}

/** Our own version, the tag of a processor's image that is built here. A test holds it equal to package.json. */
export const packageVersion = "0.1.0";

const envoyCharts = "oci://docker.io/envoyproxy";

function aiGateway(version: string): Release["aiGateway"] {
  return {
    version,
    chart: { chart: `${envoyCharts}/ai-gateway-helm`, version },
    crdChart: { chart: `${envoyCharts}/ai-gateway-crds-helm`, version },
  };
}

/** What both sets share: AI Gateway 1.0 and 1.1 name the same versions of everything below them. */
const shared = {
  minimumKubernetes: "1.32",
  // Standard support until 27 March 2027 (AWS EKS user guide, 2026). The add-ons are the newest that
  // `aws eks describe-addon-versions --kubernetes-version 1.35` listed in May 2026; AWS keeps older builds.
  eks: {
    kubernetesVersion: "1.35",
    addOns: {
      "vpc-cni": "v1.21.1-eksbuild.8",
      "kube-proxy": "v1.35.3-eksbuild.5",
      "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
      coredns: "v1.14.2-eksbuild.4",
      "aws-ebs-csi-driver": "v1.59.0-eksbuild.1",
      "eks-node-monitoring-agent": "v1.6.4-eksbuild.1",
      "metrics-server": "v0.8.1-eksbuild.6",
    },
  },
  // September 2026.
  karpenter: {
    chart: { chart: "oci://public.ecr.aws/karpenter/karpenter", version: "1.14.1" },
    crdChart: { chart: "oci://public.ecr.aws/karpenter/karpenter-crd", version: "1.14.1" },
  },
  gatewayApi: {
    version: "v1.5.1",
    // The experimental channel: Envoy Gateway watches kinds that the standard one does not hold.
    crdBundle:
      "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.5.1/experimental-install.yaml",
  },
  envoyGateway: {
    version: "v1.8.1",
    chart: { chart: `${envoyCharts}/gateway-helm`, version: "v1.8.1" },
    crdChart: { chart: `${envoyCharts}/gateway-crds-helm`, version: "v1.8.1" },
  },
  envoy: {
    version: "v1.38.1",
    image: { repository: "docker.io/envoyproxy/envoy", tag: "distroless-v1.38.1" },
  },
  inferenceExtension: {
    version: "v1.0.2",
    crdBundle:
      "https://github.com/kubernetes-sigs/gateway-api-inference-extension/releases/download/v1.0.2/manifests.yaml",
  },
  endpointPicker: { repository: "registry.k8s.io/gateway-api-inference-extension/epp", tag: "v1.0.2" },
  // AI Gateway names no cert-manager version; any that serves cert-manager.io/v1 will do. v1.21 came out in
  // July 2026 and v1.21.2 is the newest patch that public chart updates showed in November 2026.
  certManager: {
    version: "v1.21.2",
    chart: { chart: "oci://quay.io/jetstack/charts/cert-manager", version: "v1.21.2" },
  },
  // v0.33.0 of November 2026. Since v0.20.0 the plain tag is CUDA 13, which needs driver 580 or newer.
  vllm: {
    version: "0.33.0",
    cuda: { repository: "docker.io/vllm/vllm-openai", tag: "v0.33.0" },
    rocm: { repository: "docker.io/vllm/vllm-openai-rocm", tag: "v0.33.0" },
  },
  // 19 August 2026.
  nvidiaDevicePlugin: {
    chart: "nvidia-device-plugin",
    repository: "https://nvidia.github.io/k8s-device-plugin",
    version: "0.20.0",
  },
  // 21 July 2026. Brings AMD's device plugin and node labeller; AMD publishes no supported chart of the plugin alone.
  amdGpuOperator: {
    chart: "gpu-operator-charts",
    repository: "https://rocm.github.io/gpu-operator",
    version: "v1.5.1",
  },
  // 4.8.4 of September 2026, with DCGM 4.6.1.
  dcgmExporter: {
    chart: "dcgm-exporter",
    repository: "https://nvidia.github.io/dcgm-exporter/helm-charts",
    version: "4.8.4",
  },
  // 21 July 2026, with plugin 0.5.20: the first chart that runs on g7, too.
  efaDevicePlugin: {
    chart: "aws-efa-k8s-device-plugin",
    repository: "https://aws.github.io/eks-charts",
    version: "v0.5.30",
  },
  // With autoscaler 1.35.0, for the Kubernetes minor of `eks`.
  clusterAutoscaler: {
    chart: "cluster-autoscaler",
    repository: "https://kubernetes.github.io/autoscaler",
    version: "9.59.1",
  },
  // AWS supports its own builds of 1.17 and 1.18 on hybrid hosts (AWS EKS user guide, 2026).
  cilium: { chart: "oci://public.ecr.aws/eks/cilium/cilium", version: "1.18.3-0" },
  // Autumn 2026; the ScaledObjects are checked against the definitions of the same version.
  keda: { chart: "keda", repository: "https://kedacore.github.io/charts", version: "2.21.0" },
  // Summer 2026. 0.10 is out, but nobody has checked our objects against its definitions; 0.11 asks for Kubernetes 1.34.
  leaderWorkerSet: { chart: "oci://registry.k8s.io/lws/charts/lws", version: "0.9.0" },
  // 8.6.4 of June 2026.
  redis: { repository: "docker.io/library/redis", tag: "8.6.4-alpine" },
  // The build that AI Gateway v1.0.0 and v1.1.0 test their quotas with; older ones do not know quotas.
  quotaRateLimit: { repository: "docker.io/envoyproxy/ratelimit", tag: "1631871c" },
} as const;

/** The versions of each release set. */
export const releaseSets: Readonly<Record<ReleaseSet, Release>> = deepFreeze({
  "1.0": { set: ReleaseSet.V1_0, ...shared, aiGateway: aiGateway("v1.0.0") },
  "1.1": { set: ReleaseSet.V1_1, ...shared, aiGateway: aiGateway("v1.1.0") },
});

/** The image as a container runtime reads it: `repository:tag`, with `@digest` where one is known. */
export function imageName(image: ImageReference): string {
  const tagged = `${image.repository}:${image.tag}`;
  return image.digest === undefined ? tagged : `${tagged}@${image.digest}`;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === "object" && member !== null) {
      deepFreeze(member);
    }
  }
  return Object.freeze(value);
}
