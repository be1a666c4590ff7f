/** The kinds that the components emit, in the version that they emit them in: "group/version/Kind". */
export const emittedKinds: readonly string[] = [
  "aigateway.envoyproxy.io/v1alpha1/QuotaPolicy",
  "aigateway.envoyproxy.io/v1beta1/AIGatewayRoute",
  "aigateway.envoyproxy.io/v1beta1/AIServiceBackend",
  "aigateway.envoyproxy.io/v1beta1/BackendSecurityPolicy",
  "aigateway.envoyproxy.io/v1beta1/GatewayConfig",
  "gateway.envoyproxy.io/v1alpha1/Backend",
  "gateway.envoyproxy.io/v1alpha1/BackendTrafficPolicy",
  "gateway.envoyproxy.io/v1alpha1/ClientTrafficPolicy",
  "gateway.envoyproxy.io/v1alpha1/EnvoyExtensionPolicy",
  "gateway.envoyproxy.io/v1alpha1/EnvoyProxy",
  "gateway.envoyproxy.io/v1alpha1/SecurityPolicy",
  "gateway.networking.k8s.io/v1/BackendTLSPolicy",
  "gateway.networking.k8s.io/v1/Gateway",
  "gateway.networking.k8s.io/v1/GatewayClass",
  "gateway.networking.k8s.io/v1beta1/ReferenceGrant",
  "inference.networking.k8s.io/v1/InferencePool",
  "inference.networking.x-k8s.io/v1alpha2/InferenceObjective",
];

/** Takes "group/version/Kind" apart. */
export function splitKind(key: string): { apiVersion: string; kind: string } {
  const slash = key.lastIndexOf("/");
  return { apiVersion: key.slice(0, slash), kind: key.slice(slash + 1) };
}
