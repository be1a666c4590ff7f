import { AtLimit, appliedHeaders, limitHeaderNames, type WebhookDocument } from "../../extproc/contract";
import { installDefaults } from "../gateway/installArgs";
import type { ResolvedGateway } from "../gateway/resolveGateway";
import { Target } from "../models/resolved";
import { objectName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { bytesOf } from "../shared/quantities";
import {
  checkFailOpen,
  checkImage,
  checkImageGiven,
  checkMessageTimeout,
  checkNamespaces,
  checkNetworkPolicy,
  checkService,
  checkTls,
  checkWebhook,
  memberPath,
} from "./checkProcessor";
import { checkBodies, checkScaling, checkShape } from "./checkProcessorPods";
import {
  type ProcessorArgs,
  type ProcessorBuildArgs,
  type ProcessorServiceArgs,
  ProcessorStore,
  type ProcessorTlsArgs,
  type ProcessorWebhookArgs,
} from "./processorArgs";
import { autoscalingBounds, processorDefaults, processorPort, webhookVariable } from "./processorDefaults";
import type { ResolvedBudget } from "./resolvedBudget";
import type { ResolvedProcessor, ResolvedProcessorPods, ResolvedProcessorTls } from "./resolvedProcessor";
import { checkStore, resolveStore, storeWarnings } from "./resolveProcessorStore";

const mebibyte = 1024 ** 2;

/** What is asked of a budget here. */
type EnforcedBudget = Pick<ResolvedBudget, "name" | "unit" | "settle" | "atLimit" | "shadow">;

/** What the processor's declaration is checked against. */
export interface ProcessorContext {
  /** Those budgets that the processor enforces. */
  readonly budgets: readonly EnforcedBudget[];
  /** Whether it decides who gets in, or what they may call. Default: false. */
  readonly decidesAccess?: boolean;
  /** Whether API keys are given to it. Default: false. */
  readonly hasKeys?: boolean;
  readonly gateway: Pick<ResolvedGateway, "objectName" | "bufferLimit">;
  /** Namespace of the Gateway. */
  readonly namespace: string;
  readonly target: Target;
  /** Port of the processor on a laptop. Default: that of a pod. */
  readonly localPort?: number;
  /** Namespaces of dynamic metadata by which budgets know callers. Default: none. */
  readonly identityNamespaces?: readonly string[];
}

/** What the pods are checked against. */
export interface PodContext extends Pick<ProcessorContext, "gateway" | "namespace"> {
  /** Whether there is nothing to count, and so no need for a store. */
  readonly countsNothing: boolean;
  /** Whether API keys are given to it. */
  readonly hasKeys: boolean;
}

/** Fills in the defaults and reports everything that is wrong. `path`: where the arguments stand. */
export function resolveProcessor(
  path: string,
  args: ProcessorArgs,
  context: ProcessorContext,
  problems: Problems,
): ResolvedProcessor {
  checkMessageTimeout(`${path}.envoy.messageTimeout`, args, problems);
  checkFailOpen(`${path}.envoy.failOpen`, args, context, problems);
  const podContext = {
    gateway: context.gateway,
    namespace: context.namespace,
    countsNothing: context.budgets.length === 0,
    hasKeys: context.hasKeys ?? false,
  };
  if (context.target === Target.Local) {
    checkPods(path, args, podContext, problems);
    const address = { kind: "local", port: context.localPort ?? processorPort } as const;
    // A laptop's warnings would wake up the people that the cluster's are for.
    return {
      wiring: wiring(args, context, address),
      document: { replicas: 1 },
      pods: undefined,
      warnings: [],
    };
  }
  const pods = resolvePods(path, args, podContext, problems);
  const address = {
    kind: "service",
    name: pods.objectName,
    namespace: pods.namespace,
    port: processorPort,
  } as const;
  return {
    wiring: wiring(args, context, address),
    document: {
      replicas: pods.scaling.max,
      ...(args.webhook === undefined ? {} : { webhook: webhookDocument(args.webhook) }),
    },
    pods,
    warnings: storeWarnings(pods.store, context.budgets),
  };
}

/** The pods in a cluster. `path`: where the arguments stand; empty for a declaration of its own. */
export function resolvePods(
  path: string,
  args: ProcessorServiceArgs,
  context: PodContext,
  problems: Problems,
): ResolvedProcessorPods {
  checkPods(path, args, context, problems);
  checkImageGiven(path, args, problems);
  return fillIn(args, context);
}

function checkPods(
  path: string,
  args: ProcessorServiceArgs,
  { gateway }: PodContext,
  problems: Problems,
): void {
  const at = (member: string) => memberPath(path, member);
  checkImage(path, args, problems);
  checkNamespaces(at, args, problems);
  checkScaling(at, args, problems);
  checkBodies(path, gateway.bufferLimit, problems);
  checkShape(at("pods"), args.pods ?? {}, gateway.bufferLimit, problems);
  checkStore(at, args, problems);
  checkService(at, args, problems);
  checkWebhook(at("webhook"), args.webhook, problems);
  checkTls(at("tls"), args.tls, problems);
  checkNetworkPolicy(at("networkPolicy"), args.networkPolicy ?? {}, problems);
}

function wiring(
  { envoy = {} }: ProcessorArgs,
  context: ProcessorContext,
  address: ResolvedProcessor["wiring"]["address"],
): ResolvedProcessor["wiring"] {
  return {
    address,
    messageTimeout: envoy.messageTimeout ?? processorDefaults.messageTimeout,
    failOpen: envoy.failOpen ?? false,
    identityNamespaces: context.identityNamespaces ?? [],
    answerHeaders: answerHeaders(context.budgets),
  };
}

/** Every header by which a client may be told of these budgets. */
function answerHeaders(budgets: readonly EnforcedBudget[]): readonly string[] {
  const told = budgets.filter(({ shadow }) => !shadow);
  const names = told.flatMap(({ unit, atLimit }) => [
    ...limitHeaderNames(unit),
    ...(atLimit === AtLimit.Reject ? [] : [appliedHeaders[atLimit]]),
  ]);
  return [...new Set(names)].sort();
}

function webhookDocument(args: ProcessorWebhookArgs): WebhookDocument {
  const isAuthorized = args.authorization !== undefined || args.authorizationSecretName !== undefined;
  return {
    url: args.url,
    ...(args.timeoutMs === undefined ? {} : { timeoutMs: args.timeoutMs }),
    ...(isAuthorized ? { authorizationFrom: webhookVariable } : {}),
  };
}

function fillIn(args: ProcessorServiceArgs, context: PodContext): ResolvedProcessorPods {
  const { build, pods = {}, networkPolicy = {} } = args;
  const gateway = { name: context.gateway.objectName, namespace: context.namespace };
  // Gateways of several namespaces have their processors in one.
  const name = objectName(`${gateway.namespace}/${gateway.name}/processor`);
  const envoyNamespace = args.envoyGatewayNamespace ?? installDefaults.envoyGatewayNamespace;
  const namespace = args.namespace ?? envoyNamespace;
  const hostname = `${name}.${namespace}.svc.cluster.local`;
  return {
    objectName: name,
    namespace,
    hostname,
    gateway,
    envoyNamespace,
    image: args.image,
    build: build === undefined ? undefined : resolveBuild(build),
    scaling: resolveScaling(args),
    shape: {
      cpu: pods.cpu ?? processorDefaults.cpu,
      memory: pods.memory ?? processorDefaults.memory,
      spread: pods.spread ?? processorDefaults.spread,
      nodeSelector: pods.nodeSelector ?? {},
      tolerations: pods.tolerations ?? {},
      priorityClassName: pods.priorityClassName,
      imagePullSecretName: pods.imagePullSecretName,
      labels: pods.labels ?? {},
      annotations: pods.annotations ?? {},
    },
    // Nothing is counted: no server is needed, and replicas have nothing to share.
    store:
      context.countsNothing && args.redis === undefined
        ? { kind: "memory" }
        : resolveStore(args, gateway, envoyNamespace),
    hasKeys: context.hasKeys,
    maxBody: Math.ceil((bytesOf(context.gateway.bufferLimit) ?? 0) / mebibyte),
    holdSeconds: args.holdSeconds ?? processorDefaults.holdSeconds,
    drainSeconds: args.drainSeconds ?? processorDefaults.drainSeconds,
    allowJump: args.allowJump ?? false,
    logLevel: args.logLevel ?? processorDefaults.logLevel,
    genAiMetrics: args.genAiMetrics ?? false,
    statusPage: args.statusPage ?? true,
    webhook: args.webhook,
    tls: resolveTls(args.tls, hostname),
    networkPolicy:
      networkPolicy.enabled === false
        ? undefined
        : {
            metricsNamespaces: networkPolicy.metricsNamespaces,
            egressPorts: networkPolicy.egressPorts ?? [],
          },
  };
}

function resolveBuild(build: ProcessorBuildArgs): ResolvedProcessorPods["build"] {
  const { username, password } = build;
  return {
    repositoryUrl: build.repositoryUrl,
    platforms: build.platforms ?? processorDefaults.platforms,
    login: username === undefined || password === undefined ? undefined : { username, password },
  };
}

function resolveScaling({
  store,
  replicas,
  autoscaling,
}: ProcessorServiceArgs): ResolvedProcessorPods["scaling"] {
  const fixed = replicas ?? (store === ProcessorStore.Memory ? 1 : processorDefaults.replicas);
  return autoscaling === undefined
    ? { min: fixed, max: fixed, cpuPercent: undefined }
    : autoscalingBounds(autoscaling);
}

function resolveTls(args: ProcessorTlsArgs | undefined, hostname: string): ResolvedProcessorTls | undefined {
  return args === undefined
    ? undefined
    : {
        certificateSecretName: args.certificateSecretName,
        hostname: args.hostname ?? hostname,
        ca:
          args.caConfigMapName === undefined
            ? { kind: "Secret", name: args.certificateSecretName }
            : { kind: "ConfigMap", name: args.caConfigMapName },
      };
}
