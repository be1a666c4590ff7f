import * as pulumi from "@pulumi/pulumi";
import { createObjects } from "../shared/createObjects";
import { markSecrets } from "./markSecrets";
import { planVllmServing } from "./planVllmServing";
import { createPodIdentities } from "./podIdentity";
import { type VllmServingArgs, vllmServingMembers } from "./vllmServingArgs";

/** The pods of one model on any cluster that has GPUs, and the Service in front of them; no gateway is needed. */
export class VllmServing extends pulumi.ComponentResource {
  /** Name of the Service. */
  public readonly serviceName: pulumi.Output<string>;
  /** Address of the server's API inside the cluster, for example `http://qwen3.ai-gateway.svc.cluster.local:8000/v1`. */
  public readonly url: pulumi.Output<string>;

  /** @throws DeclarationError with every problem of the declaration. */
  constructor(name: string, args: VllmServingArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before super, which sends the arguments to the engine: a refused plain-text secret must not reach the state.
    const sealed = markSecrets(args, vllmServingMembers);
    const plan = planVllmServing(name, sealed);
    super("ai-gateway:index:VllmServing", name, sealed, opts);
    for (const warning of plan.warnings) {
      void pulumi.log.warn(warning, this);
    }
    const { model, vllm } = plan;
    const readers = vllm.s3 === undefined ? [] : [{ model, s3: vllm.s3 }];
    const identities = createPodIdentities(name, readers, { parent: this });
    createObjects(name, plan.objects, { parent: this }, identities);
    this.serviceName = pulumi.output(plan.serviceName);
    this.url = pulumi.output(plan.url);
    this.registerOutputs({ serviceName: this.serviceName, url: this.url });
  }
}
