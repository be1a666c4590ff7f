import { createServer } from "node:net";
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

/** A port that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "0.0.0.0", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
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
