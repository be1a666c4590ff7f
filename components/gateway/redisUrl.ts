/** The parts of a Redis address that the rate limit service takes. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

const shape = /^(rediss?):\/\/([^/?#]*)(.*)$/;

/**
 * Reads `redis://host:port` or `rediss://host:port`. Returns a sentence instead when the text is anything else;
 * the sentence never repeats what may be a password.
 */
export function parseRedisUrl(url: string): RedisAddress | string {
  const match = shape.exec(url);
  const [, scheme, authority, rest] = match ?? [];
  if (scheme === undefined || authority === undefined || rest === undefined) {
    return "is not a Redis address; write redis://host:port, or rediss://host:port for TLS";
  }
  // Anywhere: a password may hold "/" or "?".
  if (url.includes("@")) {
    return "holds a user or a password in clear; remove it and give a secret in redis.password";
  }
  if (authority.includes(",")) {
    return "names several servers; give one address (for Sentinel or Cluster set rateLimit.backend by an Envoy Gateway of your own)";
  }
  if (rest !== "" && rest !== "/") {
    return `ends in "${rest}", which the rate limit service would ignore; leave out database and options`;
  }
  const colon = authority.lastIndexOf(":");
  const host = colon < 0 ? authority : authority.slice(0, colon);
  const port = colon < 0 ? 6379 : Number(authority.slice(colon + 1));
  if (!/^([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?|\[[0-9a-fA-F:.]+\])$/.test(host)) {
    return `has the host "${host}", which is neither a host name nor an address`;
  }
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    return Number.isInteger(port)
      ? `has the port ${port}; use 1 to 65535`
      : "has a port that is no number; use 1 to 65535";
  }
  return { host, port, tls: scheme === "rediss" };
}
