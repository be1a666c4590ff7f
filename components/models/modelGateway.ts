import * as pulumi from "@pulumi/pulumi";
import { createObjects } from "../shared/createObjects";
import type { ModelGatewayArgs } from "./modelGatewayArgs";
import { modelGatewayManifests } from "./modelGatewayManifests";
import { resolveModelGateway } from "./resolveModelGateway";

/**
 * Models behind one Gateway: backends, credentials and routes from a map of declarations, and the Gateway with
 * its Envoy pods and policies. Needs what `GatewayInstall` installs.
 */
export class ModelGateway extends pulumi.ComponentResource {
  /** Namespace of the Gateway. */
  public readonly namespace: pulumi.Output<string>;
  /** Name of the Gateway. */
  public readonly gatewayName: pulumi.Output<string>;
  /** Names that clients can call, in order of declaration. */
  public readonly modelNames: pulumi.Output<string[]>;

  constructor(name: string, args: ModelGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("ai-gateway:index:ModelGateway", name, args, opts);
    const resolved = resolveModelGateway(name, args);
    for (const warning of resolved.warnings) {
      void pulumi.log.warn(warning, this);
    }
    createObjects(name, modelGatewayManifests(resolved), this);
    this.namespace = pulumi.output(resolved.namespace);
    this.gatewayName = pulumi.output(resolved.gateway.objectName);
    this.modelNames = pulumi.output(resolved.routes.map(({ key }) => key));
    this.registerOutputs({
      namespace: this.namespace,
      gatewayName: this.gatewayName,
      modelNames: this.modelNames,
    });
  }
}
