import { createHash } from "node:crypto";
import { localAccess, localApiKey } from "../budgets/localAccess";
import { localReleaseSet } from "../gateway/releases";
import { at, Problems } from "../shared/problems";
import { keyVariable, localCredential } from "./localCredential";
import type { LocalArgs } from "./modelGatewayArgs";
import type {
  ResolvedEndpoint,
  ResolvedModel,
  ResolvedModelGateway,
  ResolvedRoute,
  ResolvedSchema,
} from "./resolved";
import { type EndpointAndPath, resolveEndpoint } from "./resolveEndpoint";

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
  const here = { ...model, namespace, vllm: undefined };
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

function entryOf(map: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
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
  for (const { key, targets } of routes.filter((route) => route.targets.length > 1)) {
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

function needsGoogle(model: ResolvedModel): boolean {
  return model.schema.name === "GCPVertexAI" || model.schema.name === "GCPAnthropic";
}

function localRoute(route: ResolvedRoute): ResolvedRoute {
  return { ...route, hostnames: [], timeouts: { ...route.timeouts, streamIdle: undefined } };
}

function isLoopback(host: string): boolean {
  return host === "127.0.0.1" || host === "localhost" || host === "::1";
}

function checkLocal(resolved: ResolvedModelGateway, args: LocalArgs, problems: Problems): void {
  checkLocalPort("local.port", args.port ?? defaultLocalPort, problems);
  if (args.processorPort !== undefined) {
    checkLocalPort("local.processorPort", args.processorPort, problems);
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

function differencesOf(
  resolved: ResolvedModelGateway,
  models: readonly ResolvedModel[],
  args: LocalArgs,
  port: number,
  host: string,
): readonly string[] {
  const simulated = models.filter(
    ({ key }) => !args.real?.includes(key) && entryOf(args.upstreams, key) === undefined,
  );
  const list = (keys: readonly { readonly key: string }[]) => keys.map(({ key }) => key).join(", ");
  const google = resolved.models.filter(
    (model) => needsGoogle(model) && simulated.some(({ key }) => key === model.key),
  );
  const moved = resolved.models.filter(({ namespace }) => namespace !== resolved.namespace);
  const idle = resolved.routes.filter(({ timeouts }) => timeouts.streamIdle !== undefined);
  const named = resolved.routes.filter(({ hostnames }) => hostnames.length > 0);
  const pods = resolved.models.filter(({ vllm }) => vllm !== undefined);
  return [
    ...(simulated.length > 0 ? [`simulated engines answer for ${list(simulated)}`] : []),
    ...(pods.length > 0 ? [`no pods are run for ${list(pods)}`] : []),
    ...(google.length > 0 ? [`the engines of ${list(google)} speak OpenAI's API in place of Google's`] : []),
    "token counts are configured on each route, since the standalone gateway does not take GatewayConfig",
    ...(resolved.release === localReleaseSet
      ? []
      : [`release set ${localReleaseSet} runs here, ${resolved.release} in a cluster`]),
    ...(idle.length > 0
      ? [`timeouts.streamIdle of ${list(idle)} needs release set 1.1 and is left out`]
      : []),
    ...(named.length > 0
      ? [`host names of ${list(named)} are left out: all models answer on localhost`]
      : []),
    ...(moved.length > 0 ? [`${list(moved)} stand in the gateway's own namespace`] : []),
    ...localKeys(resolved),
    ...(resolved.gateway.https === undefined ? [] : [`http on port ${port} in place of https`]),
    ...(isLoopback(host)
      ? ["callers from other machines get 403 (the list of models stays visible to them)"]
      : []),
  ];
}

function localKeys({ access }: ResolvedModelGateway): readonly string[] {
  const names = Object.keys(access?.apiKeys?.attributes ?? {});
  return names.length === 0 ? [] : [`API keys are ${names.map(localApiKey).join(", ")}`];
}
