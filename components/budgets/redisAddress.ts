/** A server of a Redis, as its address tells. */
export interface RedisNode {
  readonly port: number;
  readonly tls: boolean;
}

const shape =
  /^(rediss?):\/\/(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9][-a-zA-Z0-9.]*)(?::([0-9]{1,5}))?(?:\/[0-9]{0,3})?$/;

/**
 * Reads `redis://host:port` or `rediss://host:port`, with the number of a database or without. Returns a sentence
 * instead when the text is anything else; the sentence never repeats what may be a password.
 */
export function parseRedisNode(text: string): RedisNode | string {
  // Anywhere: a password may hold "/" or "?".
  if (text.includes("@")) {
    return "holds a user or a password in clear; remove it and give username and password";
  }
  const [, scheme, , digits = "6379"] = shape.exec(text) ?? [];
  const port = Number(digits);
  if (scheme === undefined || port < 1 || port > 65_535) {
    return "is not a Redis address; write redis://host:6379, or rediss://host:6379 for TLS";
  }
  return { port, tls: scheme === "rediss" };
}

/** The entries of a list with commas between them. */
export function listed(text: string): readonly string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** Port of `host:port` of a sentinel; 26379 where there is none, `undefined` where the text is no address. */
export function sentinelPort(address: string): number | undefined {
  const match = /^(?:\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9][-a-zA-Z0-9.]*)(?::([0-9]{1,5}))?$/.exec(address);
  const port = Number(match?.[1] ?? "26379");
  return match !== null && port >= 1 && port <= 65_535 ? port : undefined;
}
