import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Health } from "./health";
import type { StatusPage } from "./status/statusPage";

/** What the health port tells. */
export interface HealthSources {
  health(): Health;
  readonly metrics: { scrape(): Promise<string>; readonly contentType: string };
  /** Default: there is none. */
  readonly status?: StatusPage | undefined;
  /** Told when a scrape fails. */
  onError(error: unknown): void;
}

/** The health port: `/live`, `/ready` and `/metrics` for probes and Prometheus, `/status` for people. */
export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const plain = "text/plain; charset=utf-8";

/** Listens on the port; 0 takes any free one. Rejects when it is taken. */
export async function startHealthServer(
  sources: HealthSources,
  { port, host }: { readonly port: number; readonly host?: string | undefined },
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const { method, url = "" } = request;
    const [path = ""] = url.split("?", 1);
    if ((method === "GET" || method === "HEAD") && sources.status?.serve(path, request, response) === true) {
      return;
    }
    replyTo(method, path, sources)
      .catch((error: unknown) => {
        sources.onError(error);
        return { status: 500, type: plain, body: "metrics failed\n" };
      })
      .then((reply) => answer(request, response, reply));
  });
  await listening(server, port, host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, port: number, host: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

async function replyTo(method: string | undefined, path: string, sources: HealthSources): Promise<Reply> {
  if (method !== "GET" && method !== "HEAD") {
    return { status: 405, type: plain, body: "GET or HEAD only\n" };
  }
  switch (path) {
    case "/live":
      return { status: 200, type: plain, body: "live\n" };
    case "/ready": {
      const health = sources.health();
      const body = `${JSON.stringify(health)}\n`;
      return { status: health.ready ? 200 : 503, type: "application/json", body };
    }
    case "/metrics":
      return { status: 200, type: sources.metrics.contentType, body: await sources.metrics.scrape() };
    default: {
      const paths =
        sources.status === undefined ? "/live, /ready or /metrics" : "/live, /ready, /metrics or /status";
      return { status: 404, type: plain, body: `${paths}\n` };
    }
  }
}

function answer({ method }: IncomingMessage, response: ServerResponse, { status, type, body }: Reply): void {
  const headers = {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
  };
  response.writeHead(status, status === 405 ? { ...headers, allow: "GET, HEAD" } : headers);
  response.end(method === "HEAD" ? undefined : body);
}
