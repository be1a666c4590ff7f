import { pickerPorts } from "./endpointPickerNames";
import type { ResolvedEndpointPicker } from "./resolvedEndpointPicker";
import type { ResolvedVllm } from "./resolvedVllm";
import { endpointSeconds, graceSeconds } from "./vllmPod";

/** User of the image, which holds the program alone. */
const pickerUser = 65_532;
/** Seconds after which a pod on a lost node is made anew elsewhere. Kubernetes' own five minutes are an outage. */
const lostNodeSeconds = 30;

/** The pod of a picker. */
export function pickerPodSpec(
  pool: { readonly name: string; readonly namespace: string },
  serviceAccountName: string,
  picker: ResolvedEndpointPicker,
  vllm: ResolvedVllm,
) {
  const { grpc, health, metrics } = pickerPorts;
  return {
    enableServiceLinks: false,
    serviceAccountName,
    // Answers pass through the picker, so it has to outlive the longest that is under way.
    terminationGracePeriodSeconds: graceSeconds(vllm),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: pickerUser,
      runAsGroup: pickerUser,
      seccompProfile: { type: "RuntimeDefault" },
    },
    tolerations: ["not-ready", "unreachable"].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: lostNodeSeconds,
    })),
    containers: [
      {
        name: "epp",
        image: picker.image,
        args: pickerArgs(pool, vllm),
        ports: [
          { name: "grpc", containerPort: grpc, protocol: "TCP" },
          { name: "grpc-health", containerPort: health, protocol: "TCP" },
          { name: "metrics", containerPort: metrics, protocol: "TCP" },
        ],
        resources: {
          requests: { cpu: picker.cpu, memory: picker.memory },
          limits: { memory: picker.memory },
        },
        livenessProbe: {
          grpc: { port: health, service: "liveness" },
          initialDelaySeconds: 5,
          periodSeconds: 10,
          failureThreshold: 6,
        },
        readinessProbe: { grpc: { port: health, service: "readiness" }, periodSeconds: 2 },
        // Until every node has heard that it is going; then it takes nothing new and ends what is under way.
        lifecycle: { preStop: { sleep: { seconds: endpointSeconds } } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
      },
    ],
  };
}

/** Labels that tell the pods of one picker from all others. */
export function pickerLabels(instance: string) {
  return { "app.kubernetes.io/name": "endpoint-picker", "app.kubernetes.io/instance": instance };
}

/** `--secure-serving` stays on: AI Gateway always speaks TLS to a picker. */
function pickerArgs(
  pool: { readonly name: string; readonly namespace: string },
  { loras }: ResolvedVllm,
): readonly string[] {
  return [
    "--pool-name",
    pool.name,
    "--pool-namespace",
    pool.namespace,
    "--grpc-port",
    String(pickerPorts.grpc),
    "--grpc-health-port",
    String(pickerPorts.health),
    "--metrics-port",
    String(pickerPorts.metrics),
    "--zap-encoder",
    "json",
    "--v",
    "1",
    "--enable-pprof=false",
    // The picker's own default is the name that vLLM gave this metric before 2026.
    "--kv-cache-usage-percentage-metric",
    "vllm:kv_cache_usage_perc",
    // Without adapters vLLM has no such metric, and the picker would report an error at each look.
    ...(loras === undefined ? ["--lora-info-metric="] : []),
    // Not a file: the picker reads it once, and a change has to start a new pod.
    "--config-text",
    JSON.stringify(pickerConfig(loras !== undefined)),
  ];
}

/** As the project's own chart, and where adapters are loaded already counts too. */
function pickerConfig(hasAdapters: boolean) {
  const scorers = [
    "queue-scorer",
    "kv-cache-utilization-scorer",
    "prefix-cache-scorer",
    ...(hasAdapters ? ["lora-affinity-scorer"] : []),
  ];
  return {
    apiVersion: "inference.networking.x-k8s.io/v1alpha1",
    kind: "EndpointPickerConfig",
    plugins: scorers.map((type) => ({ type })),
    schedulingProfiles: [{ name: "default", plugins: scorers.map((pluginRef) => ({ pluginRef })) }],
  };
}
