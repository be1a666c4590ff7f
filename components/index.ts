/** The public surface of the package: what is not exported here is not API. */

export * from "./budgets/accessArgs";
export * from "./budgets/budgetArgs";
export { BudgetProcessor } from "./budgets/budgetProcessor";
export type { BudgetProcessorArgs, BudgetProcessorGatewayArgs } from "./budgets/budgetProcessorArgs";
export * from "./budgets/processorArgs";
export * from "./budgets/quotaArgs";
export * from "./gateway/gatewayArgs";
export { GatewayInstall } from "./gateway/gatewayInstall";
export * from "./gateway/installArgs";
export { ReleaseSet } from "./gateway/releases";
export * from "./models/credentialArgs";
export * from "./models/modelArgs";
export { ModelGateway } from "./models/modelGateway";
export * from "./models/modelGatewayArgs";
export * from "./models/priceArgs";
export * from "./models/providerArgs";
export { Target } from "./models/resolved";
export * from "./models/routeArgs";
export { ClientEndpoint } from "./models/schemas";
export * from "./models/trafficArgs";
export * from "./models/vllmArgs";
export { DeclarationError, type Problem } from "./shared/problems";
