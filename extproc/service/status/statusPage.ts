import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { isOwnHost } from "./ownHost";
import { type SnapshotSources, takeSnapshot } from "./snapshot";
import { StatusFeed } from "./statusFeed";

/** Where the page is, on the health port. */
export const statusPath = "/status";
const eventsPath = "/status/events";

/** A page that shows what a processor does, and keeps itself up to date. */
export interface StatusPage {
  /** Answers a GET or HEAD of one of its paths; false when the path is none of them. */
  serve(path: string, request: IncomingMessage, response: ServerResponse): boolean;
}

/** The page lies beside this file, wherever that was put: see `extproc/build.mjs` and `npm run build`. */
const pageFile = join(__dirname, "status.html");

/** The page of these figures. Throws when its file is missing. */
export function statusPage(sources: SnapshotSources): StatusPage {
  const page = readFileSync(pageFile);
  const feed = new StatusFeed({
    snapshot: () => takeSnapshot(sources),
    onError: (error) => sources.onError(error),
  });
  const headers = { ...pageHeaders(page.toString("utf8")), "content-length": page.length };
  return {
    serve(path, { method, headers: asked }, response) {
      if (path !== statusPath && path !== eventsPath) {
        return false;
      }
      if (!isOwnHost(asked.host)) {
        response.writeHead(403, { "content-type": "text/plain; charset=utf-8" });
        response.end("ask for this page by an address, localhost or a name of the cluster\n");
        return true;
      }
      if (path === statusPath) {
        response.writeHead(200, headers).end(method === "HEAD" ? undefined : page);
        return true;
      }
      if (feed.isFull) {
        response.writeHead(503, { "content-type": "text/plain; charset=utf-8", "retry-after": "10" });
        response.end("too many watch already\n");
        return true;
      }
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      if (method === "HEAD") {
        response.end();
      } else {
        feed.add(response);
      }
      return true;
    },
  };
}

/** Nothing but the page's own style and script is taken, wherever its texts come from. */
function pageHeaders(page: string): Readonly<Record<string, string>> {
  const own = (element: string) => {
    const text = new RegExp(`<${element}>([^]*?)</${element}>`).exec(page)?.[1] ?? "";
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  const policy = [
    "default-src 'none'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    `script-src ${own("script")}`,
    `style-src ${own("style")}`,
  ];
  return {
    "content-type": "text/html; charset=utf-8",
    "cache-control": "no-store",
    "content-security-policy": policy.join("; "),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
}
