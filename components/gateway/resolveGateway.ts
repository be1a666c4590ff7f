import type { Input } from "@pulumi/pulumi";
import type { ResolvedAccess } from "../budgets/resolvedAccess";
import { checkTwice } from "../shared/checkTwice";
import { isHeaderName } from "../shared/headerNames";
import { checkObjectName, isDnsName } from "../shared/names";
import type { Problems } from "../shared/problems";
import { bytesOf, checkCpu, checkMemory } from "../shared/quantities";
import { type GatewayArgs, type HttpsListenerArgs, type ProxyArgs, ServiceType } from "./gatewayArgs";
import type { ResolvedProcessorWiring } from "./processorWiring";

export interface ResolvedGateway {
  /** Name of the Gateway and of everything that belongs to it as a whole. */
  readonly objectName: string;
  readonly className: string;
  /** Whether the class is ours to make. */
  readonly makesClass: boolean;
  readonly httpPort: number | undefined;
  readonly https: { readonly port: number; readonly certificateSecretName: Input<string> } | undefined;
  readonly bufferLimit: string;
  readonly removeHeaders: readonly string[];
  /** How headers begin that clients must not set. */
  readonly removePrefixes: readonly string[];
  readonly proxy: ResolvedProxy;
  readonly local: ResolvedLocalGateway | undefined;
  /** The budget processor that each request passes through; whoever declares budgets fills it in. */
  readonly processor: ResolvedProcessorWiring | undefined;
  /** Who may call; everybody where it is absent. Whoever declares access fills it in. */
  readonly access: ResolvedAccess | undefined;
}

export interface ResolvedProxy {
  readonly replicas: number;
  readonly cpu: string;
  readonly memory: string;
  readonly serviceType: ServiceType;
  readonly annotations: Readonly<Record<string, Input<string>>>;
  readonly loadBalancerClass: string | undefined;
  readonly accessLog: boolean;
}

/** What only the standalone gateway of a laptop needs. */
export interface ResolvedLocalGateway {
  /** File that the access log goes to. */
  readonly accessLog: string;
  /** Whether only this machine may call. */
  readonly loopbackOnly: boolean;
}

/** Envoy's initial window of an HTTP/2 stream; Gateway API of Envoy Gateway takes 64 KiB to 2 GiB. */
const leastBuffer = 64 * 1024;
const mostBuffer = 2 * 1024 ** 3;

/**
 * Headers by which the gateway's own parts talk to each other; a client that sets them would steer them. An endpoint
 * picker would ask for the model that the last one names, past every check of the one in the body.
 */
export const ownHeaderPrefixes = ["x-ai-eg-", "x-aigw-"];
export const ownHeaders = [
  "x-gateway-destination-endpoint",
  "x-envoy-original-path",
  "x-gateway-model-name-rewrite",
];

/**
 * Credentials of clients by which nobody is known here, such as a browser's cookies of the gateway's own domain: a
 * provider would get them. Those that callers are known by go later, when they have been read.
 */
export const unreadCredentials = ["cookie", "proxy-authorization"];

/** ClientTrafficPolicy takes 64 headers to remove, its own among them: these, and that of tokens. */
const mostRemoved = 64 - ownHeaders.length - unreadCredentials.length - 1;

export function resolveGateway(
  path: string,
  objectName: string,
  args: GatewayArgs,
  problems: Problems,
): ResolvedGateway {
  const httpEnabled = args.http?.enabled ?? args.https === undefined;
  if (!httpEnabled && args.https === undefined) {
    problems.add(
      `${path}.http.enabled`,
      "is false and there is no https, so nobody could call; keep one listener",
    );
  }
  const httpPort = args.http?.port ?? 80;
  checkPort(`${path}.http.port`, httpPort, problems);
  const https = resolveHttps(`${path}.https`, args.https, problems);
  if (httpEnabled && https?.port === httpPort) {
    problems.add(`${path}.https.port`, `${httpPort} is the port of http too; give each its own`);
  }
  const bufferLimit = args.bufferLimit ?? "50Mi";
  checkBuffer(`${path}.bufferLimit`, bufferLimit, problems);
  if (args.className !== undefined && !isDnsName(args.className)) {
    problems.add(`${path}.className`, `${JSON.stringify(args.className)} is not the name of a GatewayClass`);
  }
  const removeHeaders = (args.removeHeaders ?? []).map((name) => name.toLowerCase());
  checkRemovedHeaders(`${path}.removeHeaders`, removeHeaders, problems);
  return {
    objectName,
    className: args.className ?? objectName,
    makesClass: args.className === undefined,
    httpPort: httpEnabled ? httpPort : undefined,
    https,
    bufferLimit,
    removeHeaders,
    removePrefixes: ownHeaderPrefixes,
    proxy: resolveProxy(`${path}.proxy`, args.proxy ?? {}, problems),
    local: undefined,
    processor: undefined,
    access: undefined,
  };
}

function resolveHttps(
  path: string,
  args: HttpsListenerArgs | undefined,
  problems: Problems,
): ResolvedGateway["https"] {
  if (args === undefined) {
    return undefined;
  }
  const port = args.port ?? 443;
  checkPort(`${path}.port`, port, problems);
  checkObjectName(`${path}.certificateSecretName`, args.certificateSecretName ?? "", problems);
  return { port, certificateSecretName: args.certificateSecretName };
}

function resolveProxy(path: string, args: ProxyArgs, problems: Problems): ResolvedProxy {
  const internal = args.internal ?? true;
  const serviceType = args.serviceType ?? ServiceType.LoadBalancer;
  const resolved: ResolvedProxy = {
    replicas: args.replicas ?? 2,
    cpu: args.cpu ?? "500m",
    memory: args.memory ?? "1Gi",
    serviceType,
    annotations: {
      ...(serviceType === ServiceType.LoadBalancer ? schemeAnnotations(internal) : {}),
      ...args.annotations,
    },
    loadBalancerClass: args.loadBalancerClass,
    accessLog: args.accessLog ?? true,
  };
  if (!Number.isInteger(resolved.replicas) || resolved.replicas < 1 || resolved.replicas > 100) {
    problems.add(`${path}.replicas`, `${resolved.replicas} is not a whole number from 1 to 100`);
  }
  checkCpu(`${path}.cpu`, resolved.cpu, problems);
  checkMemory(`${path}.memory`, resolved.memory, problems);
  if (!Object.values(ServiceType).includes(serviceType)) {
    problems.add(
      `${path}.serviceType`,
      `"${serviceType}" is not known; use ${Object.values(ServiceType).join(", ")}`,
    );
  }
  if (args.loadBalancerClass !== undefined && serviceType !== ServiceType.LoadBalancer) {
    problems.add(
      `${path}.loadBalancerClass`,
      `means nothing for a Service of type ${serviceType}; remove it`,
    );
  }
  if (args.internal !== undefined && serviceType !== ServiceType.LoadBalancer) {
    problems.add(`${path}.internal`, `means nothing for a Service of type ${serviceType}; remove it`);
  }
  return resolved;
}

/** Both load balancer controllers of AWS: the separate one reads the scheme, the built-in one `internal`. */
function schemeAnnotations(internal: boolean): Readonly<Record<string, string>> {
  const prefix = "service.beta.kubernetes.io/aws-load-balancer";
  return internal
    ? { [`${prefix}-scheme`]: "internal", [`${prefix}-internal`]: "true" }
    : { [`${prefix}-scheme`]: "internet-facing" };
}

export function checkPort(path: string, port: number, problems: Problems): void {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    problems.add(path, `${port} is not a port; use 1 to 65535`);
  }
}

function checkBuffer(path: string, limit: string, problems: Problems): void {
  const bytes = typeof limit === "string" ? bytesOf(limit) : undefined;
  if (bytes === undefined || !/^[1-9][0-9]*[A-Za-z]*$/.test(limit)) {
    problems.add(path, `${JSON.stringify(limit)} is not a whole size; write it as 50Mi`);
  } else if (bytes < leastBuffer || bytes > mostBuffer) {
    problems.add(path, `${limit} is outside 64Ki to 2Gi; smaller bodies than that break ordinary prompts`);
  }
}

function checkRemovedHeaders(path: string, names: readonly string[], problems: Problems): void {
  if (names.length > mostRemoved) {
    problems.add(
      path,
      `has ${names.length} entries, and the gateway takes ${mostRemoved} besides its own; remove ${names.length - mostRemoved}`,
    );
  }
  for (const name of names) {
    if (!isHeaderName(name)) {
      problems.add(path, `${JSON.stringify(name)} is not a header name`);
    } else if (["host", "content-type", "content-length"].includes(name)) {
      problems.add(path, `"${name}" is needed to read the request; take it out of the list`);
    }
  }
  checkTwice(path, names, problems);
}
