import { type MembersOf, requiring } from "../models/memberShapes";
import type {
  ProcessorArgs,
  ProcessorAutoscalingArgs,
  ProcessorBuildArgs,
  ProcessorEnvoyArgs,
  ProcessorNetworkPolicyArgs,
  ProcessorPodArgs,
  ProcessorRedisArgs,
  ProcessorSentinelArgs,
  ProcessorServiceArgs,
  ProcessorTlsArgs,
  ProcessorTolerationArgs,
  ProcessorWebhookArgs,
} from "./processorArgs";

const texts = { listOf: "text" } as const;

const build = requiring<ProcessorBuildArgs>(
  { repositoryUrl: "input", platforms: texts, username: "input", password: "secret" },
  "repositoryUrl",
);
const autoscaling: MembersOf<ProcessorAutoscalingArgs> = {
  min: "number",
  max: "number",
  cpuPercent: "number",
};
const toleration: MembersOf<ProcessorTolerationArgs> = { value: "text", effect: "text" };
const pods: MembersOf<ProcessorPodArgs> = {
  cpu: "text",
  memory: "text",
  spread: "text",
  nodeSelector: { eachOf: "text" },
  tolerations: { eachOf: toleration },
  priorityClassName: "input",
  imagePullSecretName: "input",
  labels: { eachOf: "text" },
  annotations: { eachOf: "input" },
};
const sentinel = requiring<ProcessorSentinelArgs>(
  { addresses: "input", master: "input", tls: "flag", username: "input", password: "secret" },
  "addresses",
  "master",
);
const redis: MembersOf<ProcessorRedisArgs> = {
  url: "input",
  cluster: "input",
  sentinel,
  username: "input",
  password: "secret",
  passwordSecretName: "input",
  caSecretName: "input",
  clientCertificateSecretName: "input",
  serverName: "input",
  timeoutMs: "number",
  ledger: "text",
};
const envoy: MembersOf<ProcessorEnvoyArgs> = { messageTimeout: "text", failOpen: "flag" };
const webhook = requiring<ProcessorWebhookArgs>(
  { url: "text", timeoutMs: "number", authorization: "secret", authorizationSecretName: "input" },
  "url",
);
const tls = requiring<ProcessorTlsArgs>(
  { certificateSecretName: "input", caConfigMapName: "input", hostname: "text" },
  "certificateSecretName",
);
const networkPolicy: MembersOf<ProcessorNetworkPolicyArgs> = {
  enabled: "flag",
  metricsNamespaces: texts,
  egressPorts: { listOf: "number" },
};

/** Every member of `ProcessorServiceArgs`, and what it must be. */
export const processorServiceMembers: MembersOf<ProcessorServiceArgs> = {
  image: "input",
  build,
  namespace: "text",
  envoyGatewayNamespace: "text",
  replicas: "number",
  autoscaling,
  pods,
  store: "text",
  redis,
  holdSeconds: "number",
  drainSeconds: "number",
  allowJump: "flag",
  webhook,
  tls,
  networkPolicy,
  logLevel: "text",
  genAiMetrics: "flag",
  statusPage: "flag",
};

/** Every member of `ProcessorArgs`, and what it must be. */
export const processorMembers: MembersOf<ProcessorArgs> = { ...processorServiceMembers, envoy };
