/**
 * Members whose change makes a new object, by kind: `forceNewProperties` of the Kubernetes provider
 * (pulumi/pulumi-kubernetes, provider/pkg/provider/diff.go, 2026), as far as this package makes such objects. Name and
 * namespace are added for every kind. A ConfigMap or a Secret is replaced by the provider's choice, not the API's:
 * with `enableConfigMapMutable` and `enableSecretMutable` it changes them in place.
 */
export const kubernetesReplacedBy: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["binaryData", "data"],
  Deployment: ["spec.selector"],
  Job: ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  PersistentVolumeClaim: ["spec"],
  Secret: ["type", "stringData", "data"],
  Service: ["spec.clusterIP"],
  StatefulSet: [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  StorageClass: ["parameters", "provisioner"],
  ClusterRoleBinding: ["roleRef"],
  RoleBinding: ["roleRef"],
};

/** Namespaces of a new cluster. */
export const builtInNamespaces: readonly string[] = [
  "default",
  "kube-node-lease",
  "kube-public",
  "kube-system",
];

/** Groups of custom resources that a bundle or chart of definitions brings, by a part of its URL or name. */
export const definitionGroups: readonly (readonly [RegExp, readonly string[]])[] = [
  [/gateway-api-inference-extension/, ["inference.networking.k8s.io", "inference.networking.x-k8s.io"]],
  [/\/gateway-api\//, ["gateway.networking.k8s.io"]],
  [/\/ai-gateway-crds-helm$/, ["aigateway.envoyproxy.io"]],
  [/\/gateway-crds-helm$/, ["gateway.envoyproxy.io"]],
];
