import type { LimitUnit } from "../../extproc/contract";
import { installDefaults } from "../gateway/installArgs";
import { ownRedisUrl, redisSecretName } from "../gateway/installRedis";
import { checkSecret } from "../models/resolveCredential";
import { checkObjectName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { checkInteger } from "./checkProcessor";
import {
  type ProcessorRedisArgs,
  type ProcessorSentinelArgs,
  type ProcessorServiceArgs,
  ProcessorStore,
} from "./processorArgs";
import { processorDefaults } from "./processorDefaults";
import { listed, parseRedisNode, sentinelPort } from "./redisAddress";
import type { ResolvedProcessorStore } from "./resolvedProcessor";

/** Members that a Redis of the user's own is found by. */
const addresses = ["url", "cluster", "sentinel"] as const;

export function resolveStore(
  { store, redis = {} }: ProcessorServiceArgs,
  gateway: { readonly name: string; readonly namespace: string },
  envoyNamespace: string,
): ResolvedProcessorStore {
  if (store === ProcessorStore.Memory) {
    return { kind: "memory" };
  }
  const isOwn = isOwnRedis(redis);
  const { sentinel } = redis;
  return {
    kind: "redis",
    ledger: redis.ledger ?? `${gateway.namespace}.${gateway.name}`,
    timeoutMs: redis.timeoutMs ?? processorDefaults.storeTimeoutMs,
    isOwn,
    url: isOwn ? ownRedisUrl(envoyNamespace) : redis.url,
    cluster: redis.cluster,
    sentinel:
      sentinel === undefined
        ? undefined
        : {
            addresses: sentinel.addresses,
            master: sentinel.master,
            tls: sentinel.tls ?? false,
            username: sentinel.username,
            password: sentinel.password,
          },
    username: redis.username,
    password: redis.password,
    passwordSecretName: isOwn ? redisSecretName : redis.passwordSecretName,
    caSecretName: redis.caSecretName,
    clientCertificateSecretName: redis.clientCertificateSecretName,
    serverName: redis.serverName,
  };
}

function isOwnRedis(redis: ProcessorRedisArgs): boolean {
  return addresses.every((member) => redis[member] === undefined);
}

export function checkStore(
  at: (member: string) => string,
  args: ProcessorServiceArgs,
  problems: Problems,
): void {
  const { store = ProcessorStore.Redis, redis = {} } = args;
  if (!Object.values(ProcessorStore).includes(store)) {
    problems.add(at("store"), `"${store}" is not known; use "redis" or "memory"`);
    return;
  }
  if (store === ProcessorStore.Memory) {
    if (args.redis !== undefined) {
      problems.add(at("redis"), 'is given, and store is "memory"; remove one of them');
    }
    return;
  }
  checkInteger(at("redis.timeoutMs"), redis.timeoutMs, 1, 1_000, problems);
  if (redis.ledger !== undefined && !/^[\w.:-]{1,128}$/.test(redis.ledger)) {
    problems.add(
      at("redis.ledger"),
      `${JSON.stringify(redis.ledger)} cannot be the name of a ledger; use 1 to 128 letters, digits and ._:-`,
    );
  }
  if (isOwnRedis(redis)) {
    checkOwn(at, args, problems);
    return;
  }
  checkAddresses(at, redis, problems);
  checkCredentials(at, redis, problems);
  checkTlsFiles(at, redis, problems);
}

/** Nothing of our own Redis can be chosen, and its password stays where it is. */
function checkOwn(at: (member: string) => string, args: ProcessorServiceArgs, problems: Problems): void {
  const { redis = {}, namespace, envoyGatewayNamespace } = args;
  const its = envoyGatewayNamespace ?? installDefaults.envoyGatewayNamespace;
  if (namespace !== undefined && namespace !== its) {
    problems.add(
      at("redis"),
      `names no server, and the password of GatewayInstall's Redis is in "${its}", where pods in "${namespace}" cannot read it; leave namespace out, or give redis.url with a password`,
    );
  }
  const members = [
    "username",
    "password",
    "passwordSecretName",
    "caSecretName",
    "clientCertificateSecretName",
    "serverName",
  ] as const;
  for (const member of members.filter((name) => redis[name] !== undefined)) {
    problems.add(
      at(`redis.${member}`),
      "belongs to a Redis of your own, and none is named; give redis.url, redis.cluster or redis.sentinel",
    );
  }
}

function checkAddresses(at: (member: string) => string, redis: ProcessorRedisArgs, problems: Problems): void {
  const given = addresses.filter((member) => redis[member] !== undefined);
  if (given.length > 1) {
    problems.add(at("redis"), `names a server by ${given.join(" and by ")}; keep one of them`);
  }
  for (const member of ["url", "cluster"] as const) {
    const text = redis[member];
    const nodes = typeof text !== "string" ? [] : member === "url" ? [text] : listed(text);
    if (typeof text === "string" && nodes.length === 0) {
      problems.add(at(`redis.${member}`), "names no server; write redis://host:6379");
    }
    for (const problem of new Set(nodes.map(parseRedisNode).filter((node) => typeof node === "string"))) {
      problems.add(at(`redis.${member}`), problem);
    }
  }
  if (redis.sentinel !== undefined) {
    checkSentinel(at("redis.sentinel"), redis.sentinel, problems);
  }
}

function checkSentinel(path: string, sentinel: ProcessorSentinelArgs, problems: Problems): void {
  const { addresses: text } = sentinel;
  if (typeof text === "string") {
    const entries = listed(text);
    if (entries.length === 0 || entries.some((entry) => sentinelPort(entry) === undefined)) {
      problems.add(`${path}.addresses`, "are not host:port with commas between them; write host:26379");
    }
  }
  if (sentinel.username !== undefined && sentinel.password === undefined) {
    problems.add(`${path}.username`, "has no password; give it, or remove the user");
  }
  checkSecret(`${path}.password`, sentinel.password, problems);
}

function checkCredentials(
  at: (member: string) => string,
  redis: ProcessorRedisArgs,
  problems: Problems,
): void {
  checkSecret(at("redis.password"), redis.password, problems);
  checkObjectName(at("redis.passwordSecretName"), redis.passwordSecretName, problems);
  if (redis.password !== undefined && redis.passwordSecretName !== undefined) {
    problems.add(at("redis.passwordSecretName"), "is given beside redis.password; keep one of them");
  }
  if (
    redis.username !== undefined &&
    redis.password === undefined &&
    redis.passwordSecretName === undefined
  ) {
    problems.add(at("redis.username"), "has no password; give redis.password or redis.passwordSecretName");
  }
}

function checkTlsFiles(at: (member: string) => string, redis: ProcessorRedisArgs, problems: Problems): void {
  for (const member of ["caSecretName", "clientCertificateSecretName"] as const) {
    checkObjectName(at(`redis.${member}`), redis[member], problems);
  }
  // What only comes with the update may have TLS.
  const text = redis.url ?? redis.cluster;
  const isClear =
    redis.sentinel === undefined
      ? typeof text === "string" && !text.startsWith("rediss://")
      : redis.sentinel.tls !== true;
  for (const member of ["caSecretName", "clientCertificateSecretName", "serverName"] as const) {
    if (redis[member] !== undefined && isClear) {
      problems.add(
        at(`redis.${member}`),
        "has no meaning without TLS; use rediss://, or redis.sentinel.tls with sentinels",
      );
    }
  }
}

/** Our own Redis keeps nothing on disk: right for tokens of an hour, wrong for a month's money. */
export function storeWarnings(
  store: ResolvedProcessorStore,
  budgets: readonly { readonly name: string; readonly unit: LimitUnit }[],
): readonly string[] {
  const money = budgets.filter(({ unit }) => unit === "nanodollars").map(({ name }) => `"${name}"`);
  if (money.length === 0 || (store.kind === "redis" && !store.isOwn)) {
    return [];
  }
  const place =
    store.kind === "memory"
      ? "the processor's memory"
      : "the Redis of GatewayInstall, which keeps nothing on disk";
  return [
    `${money.join(", ")}: dollars are counted in ${place}, so a restart forgets what was spent; give processor.redis a server that stores its data`,
  ];
}
