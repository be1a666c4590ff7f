import * as pulumi from "@pulumi/pulumi";
import { createObjects } from "../shared/createObjects";
import type { ObservabilityArgs } from "./observabilityArgs";
import { observabilityManifests } from "./observabilityManifests";
import { resolveObservability } from "./resolveObservability";

/** A Grafana dashboard and Prometheus alerts for gateways, models, teams and budgets. It needs no gateway of ours. */
export class Observability extends pulumi.ComponentResource {
  /** Name of the ConfigMap and of the PrometheusRule. */
  public readonly objectName: pulumi.Output<string>;

  /** @throws DeclarationError with every problem of the declaration. */
  constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
    const plan = resolveObservability(name, args);
    super("ai-gateway:index:Observability", name, args, opts);
    createObjects(name, observabilityManifests(plan), { parent: this });
    this.objectName = pulumi.output(plan.objectName);
    this.registerOutputs({ objectName: this.objectName });
  }
}
