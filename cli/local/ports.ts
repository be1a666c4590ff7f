import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { UsageError } from "../errors";
import { portOwner } from "./portOwner";

/** Ports that the standalone gateway takes whatever it is told: one can run on a machine at a time. */
export const fixedPorts: Readonly<Record<number, string>> = {
  1061: "AI Gateway's extension server",
  8081: "Envoy Gateway's health check",
  9856: "AI Gateway's MCP proxy",
  18000: "Envoy Gateway's xDS server",
  18001: "Envoy Gateway's rate limit configuration",
  18002: "AI Gateway's quota configuration",
  19000: "Envoy Gateway's administration",
  19001: "Envoy Gateway's metrics",
  19003: "Envoy's readiness check",
};

/** A port that something else listens on. */
export interface TakenPort {
  readonly port: number;
  readonly purpose: string;
  /** The program that has it, where that can be read. */
  readonly owner: string | undefined;
}

/** Those of the ports that cannot be had. */
export async function takenPorts(wanted: Readonly<Record<number, string>>): Promise<TakenPort[]> {
  const checks = Object.entries(wanted).map(async ([key, purpose]) => {
    const port = Number(key);
    return (await isFree(port)) ? [] : [{ port, purpose, owner: await portOwner(port) }];
  });
  return (await Promise.all(checks)).flat();
}

/**
 * Checks that the gateway can have its port and those that it takes besides.
 *
 * @throws UsageError that names whoever has one, and what to do.
 */
export async function checkPorts(port: number): Promise<void> {
  const purpose = Object.hasOwn(fixedPorts, port) ? fixedPorts[port] : undefined;
  if (purpose !== undefined) {
    throw new UsageError(`--port ${port}: that port is ${purpose}, which cannot move; choose another one.`);
  }
  const taken = await takenPorts({ ...fixedPorts, [port]: "the gateway's listener" });
  if (taken.length === 0) {
    return;
  }
  const lines = taken.map(
    ({ port, purpose, owner }) => `  ${port} (${purpose}): ${owner ?? "a program that cannot be named"}`,
  );
  const listenerTaken = taken.some((entry) => entry.port === port);
  const fixedTaken = taken.some((entry) => entry.port !== port);
  const remedies = [
    ...(listenerTaken ? ["choose another port with --port (0 takes a free one)"] : []),
    ...(fixedTaken
      ? ["stop the program; the standalone gateway cannot use other ports, so only one can run"]
      : []),
  ];
  throw new UsageError(
    [`Ports that the gateway needs are in use:`, ...lines, `${remedies.join("; ")}.`].join("\n"),
  );
}

/**
 * Below the ports that Linux (32768 to 60999), macOS and Windows (49152 to 65535) give to connections and to whoever
 * asks for any port: one of those could be gone before the program that it is meant for listens on it.
 */
const ownPorts = { first: 20_000, last: 32_767 } as const;

const given = new Set<number>();

/** A port that nobody listens on, and that this process has not been given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(ownPorts.first, ownPorts.last + 1);
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
  throw new UsageError(`No free port was found between ${ownPorts.first} and ${ownPorts.last}.`);
}

/** Some systems allow a wildcard address beside a specific one, so both are tried, one after the other. */
async function isFree(port: number): Promise<boolean> {
  for (const host of ["127.0.0.1", "0.0.0.0", "::"]) {
    if (!(await canListen(port, host))) {
      return false;
    }
  }
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Any other error (no IPv6, for one) does not say that the port is taken.
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
