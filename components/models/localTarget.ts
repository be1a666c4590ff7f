import { createHash } from "node:crypto";
import { localAccess } from "../budgets/localAccess";
import { localReleaseSet } from "../gateway/releases";
import { at, Problems } from "../shared/problems";
import { keyVariable, localCredential } from "./localCredential";
import { differencesOf, entryOf, isLoopback, needsGoogle } from "./localDifferences";
import type { LocalArgs } from "./modelGatewayArgs";
import type {
  ResolvedEndpoint,
  ResolvedModel,
  ResolvedModelGateway,
  ResolvedRoute,
  ResolvedSchema,
} from "./resolved";
import { type EndpointAndPath, resolveEndpoint } from "./resolveEndpoint";
import { rulesOf } from "./routeRules";

/** Port that AI Gateway's own tool uses by convention. */
export const defaultLocalPort = 1975;

/** Only this machine may call, unless somebody says otherwise. */
export const defaultLocalHost = "127.0.0.1";

/** Envoy Gateway moves privileged ports elsewhere, so nothing would answer on one. */
function checkLocalPort(path: string, port: number, problems: Problems): void {
  if (!Number.isInteger(port) || port < 1024 || port > 65_535) {
    problems.add(path, `${port} cannot be listened on; use 1024 to 65535`);
  }
}

/**
 * The same declaration for the standalone gateway of a laptop: what the gateway is given stays, but for the
 * pods, for what that gateway does not take, and for providers that are not asked for by name.
 *
 * @throws DeclarationError when `local` names models or addresses that cannot be used.
 */
export function applyLocal(resolved: ResolvedModelGateway, args: LocalArgs): ResolvedModelGateway {
  const problems = new Problems();
  checkLocal(resolved, args, problems);
  const port = args.port ?? defaultLocalPort;
  const host = args.host ?? defaultLocalHost;
  const models = resolved.models.map((model) => localModel(model, resolved.namespace, args, problems));
  checkAddresses(resolved.routes, models, problems);
  problems.throwIfAny(resolved.name);
  const access =
    resolved.access === undefined ? undefined : localAccess(resolved.access, resolved.gateway.objectName);
  return {
    ...resolved,
    access,
    release: localReleaseSet,
    createNamespace: false,
    gateway: {
      ...resolved.gateway,
      access,
      httpPort: port,
      https: undefined,
      local: { accessLog: args.accessLog ?? "/dev/stdout", loopbackOnly: isLoopback(host) },
    },
    models,
    routes: resolved.routes.map(localRoute),
    differences: differencesOf(resolved, models, args, port, host),
  };
}

/**
 * The port that a simulated engine has when nobody assigned one: it follows from the model's name alone, so
 * that one model's files never change with another. Two models may share it; `ai-gateway local` assigns free ones.
 */
export function conventionalEnginePort(modelKey: string): number {
  const hash = createHash("sha256").update(modelKey).digest().readUInt32BE(0);
  return 20_000 + (hash % 10_000);
}

function localModel(
  model: ResolvedModel,
  namespace: string,
  args: LocalArgs,
  problems: Problems,
): ResolvedModel {
  // Simulated engines answer on vLLM's health path too; nobody promised it for an upstream.
  const here = { ...model, namespace, vllm: undefined, inferencePool: undefined };
  if (args.real?.includes(model.key) === true) {
    return { ...here, credential: localCredential(model, true) };
  }
  const upstream = entryOf(args.upstreams, model.key);
  if (upstream !== undefined) {
    const place = localEndpoint(at("local.upstreams", model.key), upstream, problems);
    const prefix = place === undefined || place.path === "" || place.path === "v1" ? undefined : place.path;
    return {
      ...here,
      endpoint: place?.endpoint ?? model.endpoint,
      schema: { ...model.schema, prefix },
      credential: undefined,
      healthPath: undefined,
    };
  }
  return {
    ...here,
    endpoint: engineEndpoint(model, args, problems),
    schema: simulatedSchema(model),
    credential: localCredential(model, false),
  };
}

function engineEndpoint(model: ResolvedModel, args: LocalArgs, problems: Problems): ResolvedEndpoint {
  const url = entryOf(args.engines, model.key) ?? `http://localhost:${conventionalEnginePort(model.key)}`;
  return localEndpoint(at("local.engines", model.key), url, problems)?.endpoint ?? model.endpoint;
}

/** This machine is called by its name: backends with addresses cannot share a rule with others. */
function localEndpoint(path: string, url: string, problems: Problems): EndpointAndPath | undefined {
  const place = resolveEndpoint(path, { url }, true, problems, path);
  return place === undefined ||
    !/^(127\.0\.0\.1|::1)$/.test(place.endpoint.host) ||
    place.endpoint.tls !== undefined
    ? place
    : { ...place, endpoint: { ...place.endpoint, host: "localhost", isIp: false } };
}

function checkAddresses(
  routes: readonly ResolvedRoute[],
  models: readonly ResolvedModel[],
  problems: Problems,
): void {
  const addresses = new Map(
    models.flatMap(({ key, endpoint }) => (endpoint.isIp ? [[key, endpoint.host]] : [])),
  );
  const rules = routes.flatMap((route) => rulesOf(route).map((targets) => ({ key: route.key, targets })));
  for (const { key, targets } of rules.filter((rule) => rule.targets.length > 1)) {
    for (const { model } of targets.filter((target) => addresses.has(target.model))) {
      problems.add(
        at("local.upstreams", model),
        `names the address ${addresses.get(model)}, but "${key}" reaches it together with other models, and the gateway would mix them up; give it a DNS name`,
      );
    }
  }
}

/** Google's schemas need an access token that only Google gives out; their engines speak OpenAI's instead. */
function simulatedSchema(model: ResolvedModel): ResolvedSchema {
  return needsGoogle(model) ? { name: "OpenAI", version: undefined, prefix: undefined } : model.schema;
}

function localRoute(route: ResolvedRoute): ResolvedRoute {
  return { ...route, hostnames: [], timeouts: { ...route.timeouts, streamIdle: undefined } };
}

function checkLocal(resolved: ResolvedModelGateway, args: LocalArgs, problems: Problems): void {
  checkLocalPort("local.port", args.port ?? defaultLocalPort, problems);
  if (args.processorPort !== undefined) {
    checkLocalPort("local.processorPort", args.processorPort, problems);
    if (args.processorPort === (args.port ?? defaultLocalPort)) {
      problems.add("local.processorPort", `${args.processorPort} is the gateway's own port; choose another`);
    }
  }
  const host = args.host ?? defaultLocalHost;
  if (!isLoopback(host) && host !== "0.0.0.0") {
    problems.add(
      "local.host",
      `"${host}" cannot be chosen; use 127.0.0.1 for this machine alone or 0.0.0.0 for all`,
    );
  }
  const models = new Map(resolved.models.map((model) => [model.key, model]));
  const named = [
    ...Object.keys(args.engines ?? {}).map((key) => [`${at("local.engines", key)}`, key] as const),
    ...Object.keys(args.upstreams ?? {}).map((key) => [`${at("local.upstreams", key)}`, key] as const),
    ...(args.real ?? []).map((key) => [`${at("local.real", key)}`, key] as const),
  ];
  for (const [path, key] of named) {
    if (!models.has(key)) {
      const known = [...models.keys()].map((name) => JSON.stringify(name)).join(", ");
      problems.add(path, `"${key}" is not a model with a backend of its own; there are ${known}`);
    }
  }
  for (const key of args.real ?? []) {
    checkReal(key, models.get(key), args, problems);
  }
  checkKeyVariables(args.real ?? [], models, problems);
  for (const key of Object.keys(args.upstreams ?? {})) {
    const schema = models.get(key)?.schema.name;
    if (schema !== undefined && schema !== "OpenAI" && schema !== "Anthropic") {
      problems.add(
        at("local.upstreams", key),
        `the model speaks ${schema}, and only models that speak OpenAI's or Anthropic's API can be pointed elsewhere`,
      );
    }
  }
}

function checkReal(key: string, model: ResolvedModel | undefined, args: LocalArgs, problems: Problems): void {
  const path = at("local.real", key);
  if (model?.provider === "vllm") {
    problems.add(
      path,
      "is served by this platform's own vLLM, which a laptop does not run; use --upstream instead",
    );
  }
  if (entryOf(args.upstreams, key) !== undefined) {
    problems.add(path, "is given as an upstream too; keep one of them");
  }
  const { credential } = model ?? {};
  const exchanges =
    (credential !== undefined && "oidc" in credential && credential.oidc !== undefined) ||
    (credential?.type === "GCPCredentials" && credential.workloadIdentity !== undefined) ||
    credential?.type === "AzureCredentials";
  if (exchanges) {
    problems.add(
      path,
      "exchanges a token for its credential, which the standalone gateway cannot; use an API key here",
    );
  }
}

/** Two providers must not be given one key because their names look alike to a shell. */
function checkKeyVariables(
  real: readonly string[],
  models: ReadonlyMap<string, ResolvedModel>,
  problems: Problems,
): void {
  const users = new Map<string, string>();
  for (const model of real.flatMap((key) => models.get(key) ?? [])) {
    const variable = model.provider === "openAICompatible" ? keyVariable(model) : undefined;
    const other = variable === undefined ? undefined : users.get(variable);
    if (other !== undefined) {
      problems.add(
        at("local.real", model.key),
        `would read its key from ${variable}, as "${other}" does; rename one`,
      );
    }
    if (variable !== undefined) {
      users.set(variable, model.key);
    }
  }
}
