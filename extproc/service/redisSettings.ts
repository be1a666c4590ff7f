import { clientPlan, type RedisConnection } from "../ledger/redisClient";
import type { SettingsReader } from "./settingsReader";
import type { SettingName } from "./settingsTable";

const shapes = ["REDIS_URL", "REDIS_CLUSTER", "REDIS_SENTINEL"] as const;
const sentinelOnly = [
  "REDIS_SENTINEL_MASTER",
  "REDIS_SENTINEL_TLS",
  "REDIS_SENTINEL_USERNAME",
  "REDIS_SENTINEL_PASSWORD",
  "REDIS_SENTINEL_PASSWORD_FILE",
] as const;

/** Where budgets are counted. */
export type StoreSettings =
  | { readonly kind: "memory" }
  | { readonly kind: "redis"; readonly connection: RedisConnection };

/** Reads STORE and REDIS_*. A Redis that would not be used is a problem: budgets would be counted per replica. */
export function readStore(reader: SettingsReader): StoreSettings {
  const given = shapes.filter((name) => reader.has(name));
  const kind = reader.oneOf("STORE", ["memory", "redis"], given.length > 0 ? "redis" : "memory");
  if (kind === "memory") {
    for (const name of given) {
      reader.problem(name, "is given, but STORE is memory; remove one of them");
    }
    return { kind };
  }
  if (given.length !== 1) {
    const names = shapes.join(", ");
    reader.problem(
      "STORE",
      `redis needs exactly one of ${names}; ${given.length === 0 ? "none" : given.join(" and ")} is given`,
    );
    return { kind, connection: {} };
  }
  for (const name of sentinelOnly) {
    if (!reader.has("REDIS_SENTINEL") && reader.has(name)) {
      reader.problem(name, "needs REDIS_SENTINEL");
    }
  }
  const connection = readConnection(reader);
  checkConnection(reader, connection);
  return { kind, connection };
}

function readConnection(reader: SettingsReader): RedisConnection {
  const username = reader.text("REDIS_USERNAME");
  const password = reader.secret("REDIS_PASSWORD", "REDIS_PASSWORD_FILE");
  if (username !== undefined && password === undefined) {
    reader.problem("REDIS_USERNAME", "has no password; give REDIS_PASSWORD or REDIS_PASSWORD_FILE");
  }
  const tls = readTls(reader);
  const url = reader.text("REDIS_URL");
  if (url !== undefined) {
    return { url: withCredentials(reader, "REDIS_URL", url, username, password), tls };
  }
  const cluster = reader.text("REDIS_CLUSTER");
  if (cluster !== undefined) {
    // The client takes credentials and TLS of the first node for all.
    const [first = "", ...others] = listed(cluster);
    return {
      cluster: [withCredentials(reader, "REDIS_CLUSTER", first, username, password), ...others],
      tls,
    };
  }
  return { sentinel: readSentinel(reader, username, password), tls };
}

function readSentinel(
  reader: SettingsReader,
  username: string | undefined,
  password: string | undefined,
): NonNullable<RedisConnection["sentinel"]> {
  const name = reader.text("REDIS_SENTINEL_MASTER") ?? "";
  if (name === "") {
    reader.problem("REDIS_SENTINEL_MASTER", "is missing; say what the sentinels call the master");
  }
  const sentinelUsername = reader.text("REDIS_SENTINEL_USERNAME");
  const sentinelPassword = reader.secret("REDIS_SENTINEL_PASSWORD", "REDIS_SENTINEL_PASSWORD_FILE");
  const sentinels = listed(reader.text("REDIS_SENTINEL") ?? "").map((address) => {
    const [, host = "", port = "26379"] = /^(\[[0-9a-fA-F:.]+\]|[^:/@]+)(?::(\d{1,5}))?$/.exec(address) ?? [];
    if (host === "" || Number(port) < 1 || Number(port) > 65_535) {
      reader.problem("REDIS_SENTINEL", "holds an address that is not HOST:PORT; separate several by commas");
    }
    return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
  });
  if (sentinels.length === 0) {
    reader.problem("REDIS_SENTINEL", "names no sentinel; write HOST:PORT,HOST:PORT");
  }
  return {
    name,
    sentinels,
    tls: reader.flag("REDIS_SENTINEL_TLS", false),
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}

function readTls(reader: SettingsReader): NonNullable<RedisConnection["tls"]> {
  const ca = reader.file("REDIS_CA_FILE");
  const cert = reader.file("REDIS_CERT_FILE");
  const key = reader.file("REDIS_KEY_FILE");
  const servername = reader.text("REDIS_SERVERNAME");
  if (reader.has("REDIS_CERT_FILE") !== reader.has("REDIS_KEY_FILE")) {
    reader.problem("REDIS_CERT_FILE", "and REDIS_KEY_FILE need each other; give both or none");
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
  };
}

/** Puts user and password into the address, where the client looks for them. */
function withCredentials(
  reader: SettingsReader,
  name: SettingName,
  text: string,
  username: string | undefined,
  password: string | undefined,
): string {
  if (!URL.canParse(text)) {
    return text;
  }
  const url = new URL(text);
  if (password !== undefined && url.password !== "") {
    reader.problem(name, "holds a password, and REDIS_PASSWORD another; give one of them");
  }
  if (username !== undefined && url.username !== "") {
    reader.problem(name, "holds a user, and REDIS_USERNAME another; give one of them");
  }
  // The setters leave "%" alone.
  url.username = username === undefined ? url.username : encodeURIComponent(username);
  url.password = password === undefined ? url.password : encodeURIComponent(password);
  return url.href;
}

function checkConnection(reader: SettingsReader, connection: RedisConnection): void {
  const files = ["REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_SERVERNAME"] as const;
  const addresses = [connection.url, connection.cluster?.[0]].filter((one) => one !== undefined);
  const hasTls = addresses.some((one) => /^rediss:/i.test(one)) || connection.sentinel?.tls === true;
  for (const name of files.filter((file) => reader.has(file) && !hasTls)) {
    reader.problem(name, "has no meaning without TLS; use rediss:// or REDIS_SENTINEL_TLS");
  }
  try {
    clientPlan(connection);
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
    const [, member = "", text = ""] = /^redis\.(\w+)(?:\[\d+\])?: (.*)$/.exec(error.message) ?? [];
    if (member === "url" || member === "cluster") {
      reader.problem(member === "url" ? "REDIS_URL" : "REDIS_CLUSTER", text);
    }
  }
}

function listed(text: string): readonly string[] {
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
