import { Cluster, type ClusterOptions, Redis, type RedisOptions } from "ioredis";

interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where Redis or Valkey is, in exactly one of three shapes, and how to be let in. */
export interface RedisConnection {
  /** One server: `redis://[user:password@]host[:port][/db]`, or `rediss://` for TLS. */
  readonly url?: string;
  /** Some nodes of a cluster, the rest is found; URLs as above, with the credentials and TLS of the first one. */
  readonly cluster?: readonly string[];
  /** Sentinels that know which server is the master of `name`. */
  readonly sentinel?: {
    readonly name: string;
    readonly sentinels: readonly Address[];
    readonly sentinelUsername?: string;
    readonly sentinelPassword?: string;
    readonly username?: string;
    readonly password?: string;
    readonly db?: number;
    /** TLS to the servers and the sentinels. Default: false. */
    readonly tls?: boolean;
  };
  /** Certificates of TLS: PEM. Default: the system's certificate authorities and no client certificate. */
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
  };
  /** How long to wait for a connection, in milliseconds. Default: 2,000. */
  readonly connectTimeoutMs?: number;
}

/** What ioredis is given. A call fails at once while there is no connection; nothing is ever sent a second time. */
export type ClientPlan =
  | { readonly kind: "single"; readonly options: RedisOptions }
  | { readonly kind: "cluster"; readonly nodes: Address[]; readonly options: ClusterOptions };

export type RedisClient = Redis | Cluster;

export function clientPlan(connection: RedisConnection): ClientPlan {
  const { url, cluster, sentinel } = connection;
  if ([url, cluster, sentinel].filter((shape) => shape !== undefined).length !== 1) {
    throw new RangeError("redis: give exactly one of url, cluster and sentinel");
  }
  const common = commonOptions(connection);
  if (url !== undefined) {
    return { kind: "single", options: { ...common, ...fromUrl("redis.url", url, connection) } };
  }
  if (cluster !== undefined) {
    return clusterPlan(cluster, connection);
  }
  const { name, sentinels = [], tls = false, ...credentials } = sentinel ?? {};
  if (sentinels.length === 0 || name === undefined) {
    throw new RangeError("redis.sentinel: give a name and at least one sentinel");
  }
  const secure = tls
    ? { tls: { ...connection.tls }, sentinelTLS: { ...connection.tls }, enableTLSForSentinelMode: true }
    : {};
  const options = { ...common, ...credentials, ...secure, name, sentinels: sentinels.map((s) => ({ ...s })) };
  return { kind: "single", options: { ...options, role: "master", sentinelRetryStrategy: backOff } };
}

function clusterPlan(urls: readonly string[], connection: RedisConnection): ClientPlan {
  const nodes = urls.map((url, index) => fromUrl(`redis.cluster[${index}]`, url, connection));
  const first = nodes[0];
  if (first === undefined) {
    throw new RangeError("redis.cluster: give at least one node");
  }
  if ((first.db ?? 0) !== 0) {
    throw new RangeError(`redis.cluster[0]: database ${first.db}: a cluster has database 0 only`);
  }
  const { host: _host, port: _port, db: _db, ...credentials } = first;
  return {
    kind: "cluster",
    nodes: nodes.map(({ host, port }) => ({ host, port })),
    options: {
      redisOptions: { ...commonOptions(connection), ...credentials },
      enableOfflineQueue: false,
      clusterRetryStrategy: backOff,
      // Addresses in the cluster's own list must be the certificate's names, so they are not resolved here.
      ...(first.tls === undefined
        ? {}
        : { dnsLookup: (address: string, done: Lookup) => done(null, address) }),
    },
  };
}

type Lookup = (error: null, address: string) => void;

function commonOptions({ connectTimeoutMs = 2_000 }: RedisConnection): RedisOptions {
  return {
    connectTimeout: connectTimeoutMs,
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    noDelay: true,
    keepAlive: 30_000,
    retryStrategy: backOff,
    // After a failover the old master takes no writes: look for the new one.
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
  };
}

function backOff(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);
}

function fromUrl(path: string, text: string, { tls }: RedisConnection) {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new RangeError(`${path}: not a URL; write redis://host:6379 or rediss://user:password@host:6379`);
  }
  if (url.protocol !== "redis:" && url.protocol !== "rediss:") {
    throw new RangeError(`${path}: protocol "${url.protocol}" is neither redis: nor rediss:`);
  }
  const db = url.pathname.replace(/^\//, "");
  if (url.hostname === "" || !/^\d*$/.test(db)) {
    throw new RangeError(`${path}: write redis://host:port or redis://host:port/DATABASE-NUMBER`);
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 6379 : Number(url.port),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    ...(db === "" ? {} : { db: Number(db) }),
    ...(url.protocol === "rediss:" ? { tls: { ...tls } } : {}),
  };
}

/** A client that is not connected yet. */
export function redisClient(connection: RedisConnection): RedisClient {
  const plan = clientPlan(connection);
  if (plan.kind === "single") {
    return new Redis(plan.options);
  }
  return new Cluster(plan.nodes, { ...plan.options, lazyConnect: true });
}
