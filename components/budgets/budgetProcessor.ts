import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { parsePolicy } from "../../extproc/contract";
import { checkMembers } from "../models/checkMembers";
import { markSecrets } from "../models/markSecrets";
import { checkSecret } from "../models/resolveCredential";
import { createObjects, type ResourcesByReference } from "../shared/createObjects";
import type { Manifest, RenderedObject } from "../shared/manifest";
import { Problems } from "../shared/problems";
import { referenceTo } from "../shared/references";
import { type BudgetProcessorArgs, budgetProcessorMembers } from "./budgetProcessorArgs";
import { buildImage } from "./buildImage";
import { checkPolicyText } from "./checkPolicyText";
import type { ProcessorArgs } from "./processorArgs";
import { processorHealthPort, processorPort } from "./processorDefaults";
import { processorManifests } from "./processorManifests";
import { keysSecretName, ownCredentials } from "./processorSettings";
import type { ResolvedProcessorPods } from "./resolvedProcessor";
import { resolvePods } from "./resolveProcessor";

/** The buffer of a Gateway that says nothing else. */
const defaultBufferLimit = "50Mi";

/**
 * The processor that holds requests to budgets: its pods, their Service, the policy document and what protects them.
 * `ModelGateway` makes one when it has budgets. Alone, it serves a Gateway of your own, which has to send it every
 * request (EnvoyExtensionPolicy) and its access log (EnvoyProxy); the documentation shows both.
 */
export class BudgetProcessor extends pulumi.ComponentResource {
  /** Name of the Service. */
  public readonly serviceName: pulumi.Output<string>;
  /** Namespace of the Service and the pods. */
  public readonly namespace: pulumi.Output<string>;
  /** Host name of the Service, which a certificate for TLS has to have. */
  public readonly hostname: pulumi.Output<string>;
  /** Port of external processing and of the access log. */
  public readonly port: pulumi.Output<number>;
  /** Port of metrics and health. */
  public readonly metricsPort: pulumi.Output<number>;

  /** @throws DeclarationError with every problem of the declaration. */
  constructor(name: string, args: BudgetProcessorArgs, opts?: pulumi.ComponentResourceOptions) {
    // Before super, which sends the arguments to the engine: a refused plain-text secret must not reach the state.
    const sealed = markSecrets(args, budgetProcessorMembers);
    const pods = resolveBudgetProcessor(name, sealed);
    // The document stands in its ConfigMap; here a change of it would show as a change of everything.
    super("ai-gateway:index:BudgetProcessor", name, { ...sealed, policy: undefined, keys: undefined }, opts);
    const parts = {
      policy: sealed.policy,
      keys: sealed.keys,
      image: imageOf(name, pods, this),
      credentialsVersion: credentialsVersion(name, pods, this),
    };
    const objects = processorManifests(pods, parts).map((manifest) => renderedObject(pods, manifest));
    createObjects(name, objects, { parent: this });
    this.serviceName = pulumi.output(pods.objectName);
    this.namespace = pulumi.output(pods.namespace);
    this.hostname = pulumi.output(pods.hostname);
    this.port = pulumi.output(processorPort);
    this.metricsPort = pulumi.output(processorHealthPort);
    this.registerOutputs({
      serviceName: this.serviceName,
      namespace: this.namespace,
      hostname: this.hostname,
      port: this.port,
      metricsPort: this.metricsPort,
    });
  }
}

/** Two Secrets need two names, and pods wait for what they mount. */
function renderedObject(pods: ResolvedProcessorPods, manifest: Manifest): RenderedObject {
  const name = keysSecretName(pods);
  const isKeys = manifest.kind === "Secret" && manifest.metadata.name === name;
  const after =
    pods.hasKeys && manifest.kind === "Deployment" ? [referenceTo("Secret", pods.namespace, name)] : [];
  return { key: isKeys ? "keys" : "", manifest, after };
}

/** What a ModelGateway knows of its processor. */
export interface ProcessorPlan {
  readonly pods: ResolvedProcessorPods;
  /** The policy document. */
  readonly policy: string;
  /** The keys file; absent when it checks none. */
  readonly keys: pulumi.Output<string> | undefined;
  readonly bufferLimit: string;
}

/**
 * Makes the processor of a ModelGateway: after the namespace, and before whatever refers to its Service. `before`: what
 * was made already. Returns that and the Service.
 */
export function createProcessor(
  name: string,
  { envoy: _, ...args }: ProcessorArgs,
  { pods, policy, keys, bufferLimit }: ProcessorPlan,
  before: ResourcesByReference,
  opts: pulumi.ComponentResourceOptions,
): ResourcesByReference {
  const namespace = before.get(referenceTo("Namespace", undefined, pods.namespace));
  const processor = new BudgetProcessor(
    name,
    { ...args, policy, ...(keys === undefined ? {} : { keys }), gateway: { ...pods.gateway }, bufferLimit },
    { ...opts, dependsOn: namespace === undefined ? [] : [namespace] },
  );
  return new Map([...before, [referenceTo("Service", pods.namespace, pods.objectName), processor]]);
}

/**
 * Fills in the defaults and checks the whole declaration, the policy document too where it is known.
 *
 * @throws DeclarationError with all problems at once.
 */
export function resolveBudgetProcessor(name: string, args: BudgetProcessorArgs): ResolvedProcessorPods {
  const subject = `BudgetProcessor "${name}"`;
  const problems = new Problems();
  checkMembers(args, problems, budgetProcessorMembers);
  problems.throwIfAny(subject);
  if (typeof args.policy === "string") {
    checkPolicyText("policy", args.policy, problems);
  }
  const context = {
    gateway: { objectName: args.gateway.name, bufferLimit: args.bufferLimit ?? defaultBufferLimit },
    namespace: args.gateway.namespace,
    countsNothing: typeof args.policy === "string" && countsNothing(args.policy),
    hasKeys: args.keys !== undefined,
  };
  checkSecret("keys", args.keys, problems);
  const pods = resolvePods("", args, context, problems);
  problems.throwIfAny(subject);
  return pods;
}

/** A policy that says who calls, and limits nothing, needs no store. One that is only known later may have budgets. */
function countsNothing(text: string): boolean {
  try {
    const { policy } = parsePolicy(JSON.parse(text));
    return policy?.access !== undefined && policy.budgets.length === 0;
  } catch {
    // Told of where the text is checked.
    return false;
  }
}

function imageOf(name: string, pods: ResolvedProcessorPods, parent: pulumi.Resource): pulumi.Input<string> {
  return pods.build === undefined ? (pods.image ?? "") : buildImage(name, pods.build, parent);
}

/** Pods read credentials at their start: another number on them, and they are replaced. */
function credentialsVersion(
  name: string,
  pods: ResolvedProcessorPods,
  parent: pulumi.Resource,
): pulumi.Output<string> | undefined {
  const credentials = ownCredentials(pods);
  if (credentials === undefined) {
    return undefined;
  }
  const keepers = Object.entries(credentials).map(([key, value]) => [key, pulumi.secret(value)] as const);
  const id = { byteLength: 4, keepers: Object.fromEntries(keepers) };
  return new random.RandomId(`${name}-credentials`, id, { parent }).hex;
}
