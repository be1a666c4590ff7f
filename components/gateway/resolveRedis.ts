import type * as pulumi from "@pulumi/pulumi";
import type { Problems } from "../shared/problems";
import { InstallMode, type RedisArgs } from "./installArgs";
import { parseRedisUrl } from "./redisUrl";

/** `RedisArgs` with the defaults filled in. */
export interface ResolvedRedis {
  readonly mode: InstallMode;
  /** Null unless the Redis is the user's own. */
  readonly url: pulumi.Input<string> | null;
  readonly password: pulumi.Input<string> | null;
  readonly clientCertificateSecretName: string | null;
}

export function resolveRedis(args: RedisArgs): ResolvedRedis {
  return {
    mode: args.mode ?? (args.url === undefined ? InstallMode.Install : InstallMode.External),
    url: args.url ?? null,
    password: args.password ?? null,
    clientCertificateSecretName: args.clientCertificateSecretName ?? null,
  };
}

export function checkRedis(args: RedisArgs, problems: Problems): void {
  const { mode } = resolveRedis(args);
  if (mode === InstallMode.External && args.url === undefined) {
    problems.add("redis.url", `is missing, and redis.mode is "external"; give the address of your Redis`);
  }
  for (const key of ["url", "password", "clientCertificateSecretName"] as const) {
    if (mode !== InstallMode.External && args[key] !== undefined) {
      problems.add(
        `redis.${key}`,
        `is not used with redis.mode "${mode}"; leave it out, or use mode "external"`,
      );
    }
  }
  if (typeof args.url !== "string") {
    return;
  }
  const address = parseRedisUrl(args.url);
  if (typeof address === "string") {
    problems.add("redis.url", address);
  } else if (args.clientCertificateSecretName !== undefined && !address.tls) {
    problems.add(
      "redis.clientCertificateSecretName",
      "needs TLS, and redis.url starts with redis://; use rediss://",
    );
  }
}
