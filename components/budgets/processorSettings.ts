import type { Input } from "@pulumi/pulumi";
import { processorHealthPort, processorPort, webhookVariable } from "./processorDefaults";
import type { ResolvedProcessorPods, ResolvedProcessorStore } from "./resolvedProcessor";

/** Key of the policy document in its ConfigMap, and so the name of its file. */
export const policyKey = "policy.json";

/** The same of the hashes of API keys, in their Secret. */
export const keysKey = "keys.json";

/** Seconds that a stopping pod still takes requests, until every Envoy has heard that it is going. */
export const drainDelaySeconds = 15;

/** Folders of what is mounted; whole folders, since single files would never change. */
const folders = {
  policy: "/etc/ai-gateway/policy",
  keys: "/etc/ai-gateway/keys",
  tls: "/etc/ai-gateway/tls",
  redisCa: "/etc/ai-gateway/redis-ca",
  redisCertificate: "/etc/ai-gateway/redis-certificate",
} as const;

/** Entries of the Secret that is made of what is given in the declaration. */
export const credentialKeys = {
  redis: "password",
  sentinel: "sentinel-password",
  webhook: "authorization",
} as const;

/** A dot never stands in the processor's own name, so this Secret is none of another processor's. */
export function keysSecretName({ objectName }: ResolvedProcessorPods): string {
  return `${objectName}.keys`;
}

/** What is kept in the processor's own Secret; absent when nothing is. */
export function ownCredentials(
  pods: ResolvedProcessorPods,
): Readonly<Record<string, Input<string>>> | undefined {
  const { store, webhook } = pods;
  const entries = [
    [credentialKeys.redis, store.kind === "redis" ? store.password : undefined],
    [credentialKeys.sentinel, store.kind === "redis" ? store.sentinel?.password : undefined],
    [credentialKeys.webhook, webhook?.authorization],
  ] as const;
  const given = entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]));
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** An environment variable of a container. */
interface Variable {
  readonly name: string;
  readonly value?: Input<string>;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: Input<string>; readonly key: string } };
}

/** The settings of the processor as its container's environment. */
export function environment(pods: ResolvedProcessorPods): readonly Variable[] {
  const { store, tls, webhook } = pods;
  return [
    plain("POLICY_FILE", `${folders.policy}/${policyKey}`),
    ...(pods.hasKeys ? [plain("KEYS_FILE", `${folders.keys}/${keysKey}`)] : []),
    plain("PORT", String(processorPort)),
    plain("HEALTH_PORT", String(processorHealthPort)),
    ...(tls === undefined
      ? []
      : [plain("TLS_CERT_FILE", `${folders.tls}/tls.crt`), plain("TLS_KEY_FILE", `${folders.tls}/tls.key`)]),
    plain("STORE", store.kind),
    ...(store.kind === "redis" ? redisVariables(store, pods.objectName) : []),
    plain("MAX_BODY_MB", String(pods.maxBody)),
    plain("HOLD_SECONDS", String(pods.holdSeconds)),
    plain("DRAIN_DELAY_SECONDS", String(drainDelaySeconds)),
    plain("DRAIN_SECONDS", String(pods.drainSeconds)),
    plain("LOG_LEVEL", pods.logLevel),
    ...(pods.allowJump ? [plain("ALLOW_JUMP", "true")] : []),
    ...(pods.genAiMetrics ? [plain("GEN_AI_METRICS", "true")] : []),
    ...(pods.statusPage ? [] : [plain("STATUS_PAGE", "false")]),
    ...secret(
      webhookVariable,
      webhook?.authorization === undefined ? webhook?.authorizationSecretName : pods.objectName,
      credentialKeys.webhook,
    ),
  ];
}

function redisVariables(
  store: Extract<ResolvedProcessorStore, { kind: "redis" }>,
  ownSecret: string,
): readonly Variable[] {
  const { sentinel } = store;
  return [
    ...optional("REDIS_URL", store.url),
    ...optional("REDIS_CLUSTER", store.cluster),
    ...optional("REDIS_SENTINEL", sentinel?.addresses),
    ...optional("REDIS_SENTINEL_MASTER", sentinel?.master),
    ...(sentinel?.tls === true ? [plain("REDIS_SENTINEL_TLS", "true")] : []),
    ...optional("REDIS_SENTINEL_USERNAME", sentinel?.username),
    ...secret(
      "REDIS_SENTINEL_PASSWORD",
      sentinel?.password === undefined ? undefined : ownSecret,
      credentialKeys.sentinel,
    ),
    ...optional("REDIS_USERNAME", store.username),
    ...secret(
      "REDIS_PASSWORD",
      store.password === undefined ? store.passwordSecretName : ownSecret,
      credentialKeys.redis,
    ),
    ...(store.caSecretName === undefined ? [] : [plain("REDIS_CA_FILE", `${folders.redisCa}/ca.crt`)]),
    ...(store.clientCertificateSecretName === undefined
      ? []
      : [
          plain("REDIS_CERT_FILE", `${folders.redisCertificate}/tls.crt`),
          plain("REDIS_KEY_FILE", `${folders.redisCertificate}/tls.key`),
        ]),
    ...optional("REDIS_SERVERNAME", store.serverName),
    plain("LEDGER_NAME", store.ledger),
    plain("STORE_TIMEOUT_MS", String(store.timeoutMs)),
  ];
}

function plain(name: string, value: string): Variable {
  return { name, value };
}

function optional(name: string, value: Input<string> | undefined): readonly Variable[] {
  return value === undefined ? [] : [{ name, value }];
}

function secret(name: string, from: Input<string> | undefined, key: string): readonly Variable[] {
  return from === undefined ? [] : [{ name, valueFrom: { secretKeyRef: { name: from, key } } }];
}

/** The folders of the container, and what stands behind them. */
export function volumesOf(pods: ResolvedProcessorPods) {
  const { store, tls, objectName } = pods;
  const secrets = [
    ["keys", folders.keys, pods.hasKeys ? keysSecretName(pods) : undefined, [keysKey]],
    ["tls", folders.tls, tls?.certificateSecretName, ["tls.crt", "tls.key"]],
    ["redis-ca", folders.redisCa, store.kind === "redis" ? store.caSecretName : undefined, ["ca.crt"]],
    [
      "redis-certificate",
      folders.redisCertificate,
      store.kind === "redis" ? store.clientCertificateSecretName : undefined,
      ["tls.crt", "tls.key"],
    ],
  ] as const;
  const given = secrets.filter(([, , secretName]) => secretName !== undefined);
  return {
    mounts: [
      { name: "policy", mountPath: folders.policy, readOnly: true },
      ...given.map(([name, mountPath]) => ({ name, mountPath, readOnly: true })),
    ],
    volumes: [
      { name: "policy", configMap: { name: objectName } },
      ...given.map(([name, , secretName, keys]) => ({
        name,
        // Readable for the pod's own group alone.
        secret: { secretName, defaultMode: 0o440, items: keys.map((key) => ({ key, path: key })) },
      })),
    ],
  };
}
