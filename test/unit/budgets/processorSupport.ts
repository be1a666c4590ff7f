import { output, secret } from "@pulumi/pulumi";
import type { ProcessorArgs } from "../../../components/budgets/processorArgs";
import type { ResolvedProcessor, ResolvedProcessorPods } from "../../../components/budgets/resolvedProcessor";
import { type ProcessorContext, resolveProcessor } from "../../../components/budgets/resolveProcessor";
import { Problems } from "../../../components/shared/problems";
import type { LimitUnit } from "../../../extproc/contract";

/** A secret output. */
export const sealed = secret("word");
/** A text that only comes with the update. */
export const later = output("later");

export const budget = (name: string, unit: LimitUnit) =>
  ({ name, unit, settle: "log", atLimit: "reject", shadow: false }) as const;

export const inCluster: ProcessorContext = {
  budgets: [budget("tokens", "tokens")],
  gateway: { objectName: "dev", bufferLimit: "50Mi" },
  namespace: "ai-gateway",
  target: "cluster",
};

/** What is wrong with a declaration, `path: reason`. */
export function problemsOf(args: ProcessorArgs, context: Partial<ProcessorContext> = {}): readonly string[] {
  const problems = new Problems();
  resolveProcessor("processor", args, { ...inCluster, ...context }, problems);
  return problems.all.map(({ path, reason }) => `${path}: ${reason}`);
}

/** A declaration without problems. */
export function resolved(args: ProcessorArgs, context: Partial<ProcessorContext> = {}): ResolvedProcessor {
  const problems = new Problems();
  const processor = resolveProcessor("processor", args, { ...inCluster, ...context }, problems);
  problems.throwIfAny("processor");
  return processor;
}

export function podsOf(args: ProcessorArgs, context: Partial<ProcessorContext> = {}): ResolvedProcessorPods {
  const { pods } = resolved({ image: "registry.example.com/processor:1", ...args }, context);
  if (pods === undefined) {
    throw new Error("no pods");
  }
  return pods;
}
