import { isIP } from "node:net";
import { checkObjectName, isHostName } from "../shared/names";
import type { Problems } from "../shared/problems";
import type { BackendTlsArgs } from "./providerArgs";
import type { ResolvedEndpoint } from "./resolved";

export interface UrlArgs {
  readonly url: string;
  readonly tls?: BackendTlsArgs | undefined;
  readonly h2c?: boolean | undefined;
  /** Whether the gateway adds an operation to the URL's path; `none` when it makes the whole path. Default: `prefix`. */
  readonly urlPath?: "prefix" | "version" | "none" | undefined;
}

export interface EndpointAndPath {
  readonly endpoint: ResolvedEndpoint;
  /** Path of the URL without slashes at its ends; empty when there is none. */
  readonly path: string;
}

/** What the gateway appends to a base URL; providers' manuals show it together with the URL. */
const operation =
  /\/(chat\/completions|completions|embeddings|responses|messages(\/count_tokens)?|rerank|images\/(generations|edits|variations)|audio\/(speech|transcriptions|translations)|(?<=\/v[0-9]+\/)models)\/*$/;

/**
 * Splits a base URL into what a Backend and a schema need; reports what the gateway could not use. `urlPath`: where
 * the URL was written, if not in a member `url`.
 */
export function resolveEndpoint(
  path: string,
  args: UrlArgs,
  isLocal: boolean,
  problems: Problems,
  urlPath = `${path}.url`,
): EndpointAndPath | undefined {
  const url = parseUrl(urlPath, args.url, problems);
  if (url === undefined) {
    return undefined;
  }
  if ((args.urlPath ?? "prefix") === "prefix") {
    checkOperation(urlPath, url, problems);
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const isIp = isIP(host) !== 0;
  checkHost(urlPath, host, isIp, isLocal, problems);
  const isTls = url.protocol === "https:";
  checkTls(path, args, { host, isIp, isTls }, urlPath, problems);
  return {
    endpoint: {
      host,
      isIp,
      port: url.port === "" ? (isTls ? 443 : 80) : Number(url.port),
      tls: isTls
        ? {
            hostname: args.tls?.hostname ?? host,
            caConfigMapName: args.tls?.caConfigMapName,
            insecureSkipVerify: args.tls?.insecureSkipVerify ?? false,
          }
        : undefined,
      h2c: args.h2c ?? false,
    },
    path: url.pathname.replace(/^\/+|\/+$/g, ""),
  };
}

function parseUrl(path: string, text: unknown, problems: Problems): URL | undefined {
  if (typeof text !== "string" || !URL.canParse(text)) {
    problems.add(path, `${shownUrl(text)} is not a URL; write it as https://host[:port][/path]`);
    return undefined;
  }
  const url = new URL(text);
  const before = problems.count;
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    problems.add(path, `${url.protocol}// cannot be called by the gateway; use https:// or http://`);
  }
  if (url.username !== "" || url.password !== "") {
    problems.add(path, "holds a user name or password; give credentials with apiKey or credential instead");
  }
  if (url.search !== "" || url.hash !== "") {
    // Some providers take their key as a parameter, so it is not repeated here.
    problems.add(path, 'has parameters ("?" or "#"), which the gateway would drop; remove them from the URL');
  }
  if (url.port === "0") {
    problems.add(path, "names port 0; use 1 to 65535");
  }
  if (url.protocol === "http:" && url.port === "443") {
    problems.add(path, "speaks http:// to port 443, which is for TLS; write https://, or use another port");
  }
  return problems.count === before ? url : undefined;
}

function checkOperation(path: string, url: URL, problems: Problems): void {
  const found = operation.exec(url.pathname);
  if (found !== null) {
    const base = `${url.origin}${url.pathname.slice(0, found.index)}`;
    problems.add(
      path,
      `names one operation (/${found[1]}), and the gateway adds that itself; give the base URL, ${base}`,
    );
  }
}

/** A text as it may be repeated: without what could be a password or a key. */
function shownUrl(text: unknown): string {
  return typeof text === "string"
    ? JSON.stringify(text.replace(/[^/]*@/, "...@").replace(/[?#].*/s, "?..."))
    : typeof text;
}

function checkHost(path: string, host: string, isIp: boolean, isLocal: boolean, problems: Problems): void {
  if (!isIp && !isHostName(host)) {
    problems.add(path, `host "${host}" is not a DNS name; use letters, digits, "-" and "."`);
    return;
  }
  if (isLocal) {
    return;
  }
  const isLoopback =
    /^(localhost|127\..*|::1|::ffff:7f.*|0\.0\.0\.0|::)$/.test(host) || host.endsWith(".localhost");
  if (isLoopback) {
    problems.add(
      path,
      `"${host}" is the gateway's own pod, and Envoy Gateway refuses it in a cluster; use the address of the endpoint as the cluster sees it`,
    );
  } else if (!isIp && !host.includes(".")) {
    problems.add(
      path,
      `"${host}" has a single label, which Envoy Gateway refuses; write the whole name, ${host}.<namespace>.svc.cluster.local`,
    );
  }
}

interface CheckedUrl {
  readonly host: string;
  readonly isIp: boolean;
  readonly isTls: boolean;
}

function checkTls(path: string, args: UrlArgs, url: CheckedUrl, urlPath: string, problems: Problems): void {
  const { tls } = args;
  checkObjectName(`${path}.tls.caConfigMapName`, tls?.caConfigMapName, problems);
  if (!url.isTls) {
    if (tls !== undefined) {
      problems.add(`${path}.tls`, `is given for ${args.url}, which has no TLS; use https:// or remove tls`);
    }
    return;
  }
  if (args.h2c === true) {
    problems.add(
      `${path}.h2c`,
      "is HTTP/2 without TLS, but the URL is https://; remove h2c (ALPN chooses HTTP/2)",
    );
  }
  const name = tls?.hostname;
  if (url.isIp && name === undefined && tls?.insecureSkipVerify !== true) {
    const [place, remedy] =
      urlPath === path
        ? [urlPath, "has no name to check its certificate by; write the name that it carries"]
        : [
            `${path}.tls.hostname`,
            `is missing: the URL names the address ${url.host}; say which name its certificate carries`,
          ];
    problems.add(place, remedy);
  }
  if (name !== undefined && (!isHostName(name) || !name.includes("."))) {
    problems.add(`${path}.tls.hostname`, `"${name}" is not a full DNS name; write it as llm.example.com`);
  }
  if (tls?.insecureSkipVerify === true && tls.caConfigMapName !== undefined) {
    problems.add(`${path}.tls`, "gives both insecureSkipVerify and caConfigMapName; keep one of them");
  }
}
