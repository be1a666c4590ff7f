import { type MembersOf, requiring } from "../models/memberShapes";
import type {
  ProcessorArgs,
  ProcessorAutoscalingArgs,
  ProcessorBuildArgs,
  ProcessorLimitArgs,
  ProcessorNetworkPolicyArgs,
  ProcessorPodArgs,
  ProcessorRedisArgs,
  ProcessorSentinelArgs,
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
const limits: MembersOf<ProcessorLimitArgs> = {
  holdSeconds: "number",
  drainSeconds: "number",
  messageTimeout: "text",
  failOpen: "flag",
  allowJump: "flag",
};
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

/** Every member of `processor`, and what it must be. */
export const processorMembers: MembersOf<ProcessorArgs> = {
  image: "input",
  build,
  namespace: "text",
  envoyGatewayNamespace: "text",
  replicas: "number",
  autoscaling,
  pods,
  store: "text",
  redis,
  limits,
  webhook,
  tls,
  networkPolicy,
  logLevel: "text",
  genAiMetrics: "flag",
};
