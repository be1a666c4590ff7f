import type { Input } from "@pulumi/pulumi";
import { type MembersOf, requiring } from "../models/memberShapes";
import type { ProcessorServiceArgs } from "./processorArgs";
import { processorServiceMembers } from "./processorMembers";

/** A budget processor of its own, for a Gateway that this package did not make. */
export interface BudgetProcessorArgs extends ProcessorServiceArgs {
  /** The policy document as JSON, version 1. A changed one reaches the running pods within about a minute. */
  policy: Input<string>;
  /**
   * Hashes of the API keys that the policy names under `access.keys`, as JSON: a secret output. Changed ones reach the
   * running pods within about a minute. Default: none.
   */
  keys?: Input<string>;
  /** The Gateway whose Envoy pods call. */
  gateway: BudgetProcessorGatewayArgs;
  /** Largest body that the Gateway lets through. Default: `50Mi`. */
  bufferLimit?: string;
}

/** A Gateway. */
export interface BudgetProcessorGatewayArgs {
  /** Name of the Gateway. */
  name: string;
  /** Namespace of the Gateway. */
  namespace: string;
}

const gateway = requiring<BudgetProcessorGatewayArgs>(
  { name: "text", namespace: "text" },
  "name",
  "namespace",
);

/** Every member of `BudgetProcessorArgs`, and what it must be. */
export const budgetProcessorMembers: MembersOf<BudgetProcessorArgs> = requiring<BudgetProcessorArgs>(
  { ...processorServiceMembers, policy: "input", keys: "secret", gateway, bufferLimit: "text" },
  "policy",
  "gateway",
);
