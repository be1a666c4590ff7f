import { setTimeout as wait } from "node:timers/promises";
import { type RedisConnection, redisClient } from "../../extproc/ledger/redisClient";
import { readStore } from "../../extproc/service/redisSettings";
import { SettingsReader } from "../../extproc/service/settingsReader";
import { UsageError } from "../errors";

/** How long a Redis may take to answer before it counts as absent. */
const answerMs = 2_000;

const loginVariables = ["REDIS_USERNAME", "REDIS_PASSWORD", "REDIS_PASSWORD_FILE"] as const;
const tlsVariables = ["REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_KEY_FILE", "REDIS_SERVERNAME"] as const;

/**
 * Reads `--redis URL` as the processor reads its own settings: user, password and certificates may stand in the
 * `REDIS_...` variables that it knows. What is wrong is added to `problems`, never with the URL's password.
 */
export function readRedis(
  url: string,
  env: NodeJS.ProcessEnv,
  problems: string[],
): RedisConnection | undefined {
  // What the shell has for other programs must not contradict an address that says everything itself.
  const hasLogin = /^[^/]*\/\/[^/?#]*@/.test(url);
  const isEncrypted = /^rediss:/i.test(url);
  const names = [...(hasLogin ? [] : loginVariables), ...(isEncrypted ? tlsVariables : [])];
  const given = Object.fromEntries(names.map((name) => [name, env[name]]));
  const reader = new SettingsReader({ ...given, STORE: "redis", REDIS_URL: url }, []);
  const store = readStore(reader);
  problems.push(...reader.problems.map((problem) => `--redis: ${problem.replace(/^REDIS_URL: /, "")}`));
  return reader.problems.length === 0 && store.kind === "redis" ? store.connection : undefined;
}

/** Where a Redis is, without user and password. */
export function redisAddress({ url = "" }: RedisConnection): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/**
 * Asks a Redis whether it is there, so that a typing error does not end as refusals of every request.
 *
 * @throws UsageError when it does not answer within two seconds, or does not let us in.
 */
export async function checkRedisAnswers(connection: RedisConnection): Promise<void> {
  const client = redisClient({ ...connection, connectTimeoutMs: answerMs });
  let last: Error | undefined;
  client.on("error", (error: Error) => {
    last = error;
  });
  const over = new AbortController();
  try {
    const late = wait(answerMs, undefined, { signal: over.signal }).then(() => {
      throw last ?? new Error("timeout");
    });
    await Promise.race([client.connect().then(() => client.ping()), late]);
  } catch (error) {
    throw new UsageError(`--redis ${redisAddress(connection)}: ${whyNot(last ?? error)}`);
  } finally {
    over.abort();
    client.disconnect();
  }
}

/** Only what kind of error it was: messages of servers may repeat what they were sent. */
function whyNot(error: unknown): string {
  const message = error instanceof Error ? error.message : "";
  if (/^NOAUTH/.test(message)) {
    return "asks for a password; set REDIS_PASSWORD, or write redis://:PASSWORD@host:port";
  }
  if (/^(WRONGPASS|ERR AUTH|ERR invalid password)/.test(message)) {
    return "does not take the user and password that it was given";
  }
  const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
  return `nothing answers there within ${answerMs / 1000} s${code}; start a Redis or Valkey, or leave --redis out to count in this command's memory`;
}
