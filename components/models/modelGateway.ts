import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { createProcessor } from "../budgets/budgetProcessor";
import { createClientKeys } from "../budgets/createClientKeys";
import { createObjects, type ResourcesByReference } from "../shared/createObjects";
import type { RenderedObject } from "../shared/manifest";
import { markSecrets } from "./markSecrets";
import type { ModelGatewayArgs } from "./modelGatewayArgs";
import { type ModelGatewayPlan, planModelGateway } from "./planModelGateway";
import { createPodIdentities } from "./podIdentity";
import { type ResolvedModel, Target } from "./resolved";

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
  /** The API keys that were made here, a secret, by `name` or `name/version`. */
  public readonly apiKeys: pulumi.Output<Record<string, string>>;

  /** @throws DeclarationError with every problem of the declaration. */
  constructor(name: string, args: ModelGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before super, which sends the arguments to the engine: a refused plain-text secret must not reach the state.
    const sealed = markSecrets(args);
    const plan = planModelGateway(name, sealed);
    const { resolved } = plan;
    super("ai-gateway:index:ModelGateway", name, sealed, opts);
    for (const warning of resolved.warnings) {
      void pulumi.log.warn(warning, this);
    }
    for (const line of resolved.budgetSummary) {
      void pulumi.log.info(line, this);
    }
    const keys = createClientKeys(name, resolved.access?.apiKeys, { parent: this });
    createAll(name, sealed, plan, keys.document, childOptions(this, name, resolved.target));
    this.namespace = pulumi.output(resolved.namespace);
    this.gatewayName = pulumi.output(resolved.gateway.objectName);
    this.modelNames = pulumi.output(resolved.routes.map(({ key }) => key));
    this.apiKeys = keys.generated;
    this.registerOutputs({
      namespace: this.namespace,
      gatewayName: this.gatewayName,
      modelNames: this.modelNames,
      apiKeys: this.apiKeys,
    });
  }
}

/** Namespaces first, then the processor that the Gateway's policies refer to by its Service, then all others. */
function createAll(
  name: string,
  { processor: args = {} }: ModelGatewayArgs,
  { resolved, objects }: ModelGatewayPlan,
  keys: pulumi.Output<string> | undefined,
  opts: pulumi.CustomResourceOptions,
): void {
  const { processor, policy, gateway } = resolved;
  const isNamespace = ({ manifest }: RenderedObject) => manifest.kind === "Namespace";
  const namespaces = createObjects(name, objects.filter(isNamespace), opts);
  const before =
    processor?.pods === undefined || policy === undefined
      ? namespaces
      : createProcessor(
          name,
          args,
          { pods: processor.pods, policy, keys, bufferLimit: gateway.bufferLimit },
          namespaces,
          opts,
        );
  createObjects(
    name,
    objects.filter((object) => !isNamespace(object)),
    opts,
    withIdentities(name, resolved.models, before, opts),
  );
}

/** Resources that are there already, and the ties of service accounts to their roles. */
function withIdentities(
  name: string,
  models: readonly ResolvedModel[],
  before: ResourcesByReference,
  { parent }: pulumi.CustomResourceOptions,
): ResourcesByReference {
  const readers = models.flatMap((model) =>
    model.vllm?.s3 === undefined ? [] : [{ model, s3: model.vllm.s3 }],
  );
  if (readers.length === 0) {
    return before;
  }
  // AWS's provider, not the one that the cluster's objects go to.
  const opts = parent === undefined ? {} : { parent };
  return new Map([...before, ...createPodIdentities(name, readers, opts)]);
}

/** A local declaration has no cluster to go to: unless a provider says otherwise, it is written to files. */
function childOptions(
  parent: pulumi.ComponentResource,
  name: string,
  target: Target,
): pulumi.CustomResourceOptions {
  if (target === Target.Cluster || parent.getProvider("kubernetes:core/v1:Secret") !== undefined) {
    return { parent };
  }
  const files = new k8s.Provider(name, { renderYamlToDirectory: `.ai-gateway/${name}` }, { parent });
  return { parent, provider: files };
}
