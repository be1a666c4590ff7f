/** The public surface of the package: what is not exported here is not API. */

export * from "./budgets/accessArgs";
export * from "./budgets/budgetArgs";
export { BudgetProcessor } from "./budgets/budgetProcessor";
export type { BudgetProcessorArgs, BudgetProcessorGatewayArgs } from "./budgets/budgetProcessorArgs";
export * from "./budgets/processorArgs";
export * from "./budgets/quotaArgs";
export type { AcceleratorArgs } from "./cluster/acceleratorArgs";
export { GpuCluster } from "./cluster/gpuCluster";
export * from "./cluster/gpuClusterArgs";
export * from "./cluster/poolArgs";
export { ClusterCompute } from "./cluster/poolPlace";
export * from "./gateway/gatewayArgs";
export { GatewayInstall } from "./gateway/gatewayInstall";
export * from "./gateway/installArgs";
export { ReleaseSet } from "./gateway/releases";
export * from "./models/autoscalingArgs";
export * from "./models/credentialArgs";
export * from "./models/endpointPickerArgs";
export * from "./models/modelArgs";
export { ModelGateway } from "./models/modelGateway";
export * from "./models/modelGatewayArgs";
export type { ModelPoolArgs } from "./models/modelPoolArgs";
export { WeightFormat } from "./models/modelShape";
export {
  type AttentionArgs,
  type FullAttentionArgs,
  type LatentAttentionArgs,
  type ModelShapeArgs,
  ModelTask,
  type SlidingAttentionArgs,
  type StateLayersArgs,
} from "./models/modelShapeArgs";
export * from "./models/priceArgs";
export * from "./models/providerArgs";
export { Target } from "./models/resolved";
export * from "./models/routeArgs";
export { ClientEndpoint } from "./models/schemas";
export { KvCacheFormat } from "./models/sizingArgs";
export * from "./models/trafficArgs";
export * from "./models/vllmArgs";
export * from "./models/vllmLoraArgs";
export { VllmServing } from "./models/vllmServing";
export type { VllmServingArgs } from "./models/vllmServingArgs";
export * from "./models/vllmWeightsArgs";
export { Observability } from "./observability/observability";
export type {
  AlertsArgs,
  DashboardArgs,
  ObservabilityArgs,
  SeriesArgs,
} from "./observability/observabilityArgs";
export { AiPlatform } from "./platform";
export type { AiPlatformArgs, PlatformControllersArgs } from "./platformArgs";
// A model's `accelerator` and the `vendor` of a pool's nodes are one choice, which has both names.
export { GpuVendor, GpuVendor as Accelerator } from "./shared/gpuNodes";
export { DeclarationError, type Problem } from "./shared/problems";
