import type { ReleaseSet } from "../gateway/releases";
import { checkTwice } from "../shared/checkTwice";
import { isHostName, objectName } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import type { ModelArgs } from "./modelArgs";
import type { ResolvedModel, ResolvedRoute, ResolvedRouteTarget, ResolvedTier } from "./resolved";
import { checkRequestCosts } from "./resolveRequestCosts";
import { resolveRetries, resolveTimeouts } from "./resolveTraffic";
import { levelsOf, rulesOf } from "./routeRules";
import { type ApiSchema, ClientEndpoint, servedEndpoints } from "./schemas";
import type { RetryArgs, TimeoutArgs } from "./trafficArgs";

export interface RouteContext {
  readonly defaults: { readonly timeouts?: TimeoutArgs; readonly retries?: RetryArgs };
  readonly models: ReadonlyMap<string, ResolvedModel>;
  readonly release: ReleaseSet;
  readonly problems: Problems;
}

/** Rules of a route besides the usual one (`rules` takes 15, both release sets). */
const mostTiers = 14;

/** Resolves one public name whose targets are known, those of its tiers too. */
export function resolveRoute(
  key: string,
  args: ModelArgs,
  targets: readonly ResolvedRouteTarget[],
  tiers: readonly ResolvedTier[],
  context: RouteContext,
): ResolvedRoute {
  const { defaults, models, release, problems } = context;
  const path = at("models", key);
  if (args.route !== undefined && args.fallback !== undefined) {
    problems.add(`${path}.fallback`, "belongs into route.fallback for an alias; move it there");
  }
  const targetModels = targets.flatMap(({ model }) => models.get(model) ?? []);
  checkOneCluster(path, targetModels, problems);
  if (tiers.length > mostTiers) {
    problems.add(
      path,
      `overflows to ${tiers.length} models, and a route takes ${mostTiers} beside the usual targets; let its budgets share them`,
    );
  }
  const rules = rulesOf({ targets, tiers });
  const everyModel = [...new Set(rules.flat().flatMap(({ model }) => models.get(model) ?? []))];
  const timeouts = resolveTimeouts(
    whereGiven(path, "timeouts", args, defaults),
    { ...defaults.timeouts, ...withoutUndefined(args.timeouts) },
    release,
    problems,
  );
  const levels = Math.max(...rules.map(levelsOf));
  const requestCosts = args.requestCosts ?? {};
  const upstreamNames = [...new Set(everyModel.map(({ upstreamName }) => upstreamName))];
  checkRequestCosts(`${path}.requestCosts`, requestCosts, upstreamNames, problems);
  checkShown(path, args, problems);
  return {
    key,
    objectName: objectName(key),
    targets,
    tiers,
    endpoints: resolveServed(path, args, everyModel, problems),
    ownedBy: args.ownedBy,
    createdAt: args.createdAt,
    hostnames: args.hostnames ?? [],
    timeouts,
    retries: resolveRetries(
      path,
      whereGiven(path, "retries", args, defaults),
      { ...defaults.retries, ...withoutUndefined(args.retries) },
      levels,
      timeouts,
      problems,
    ),
    requestCosts,
  };
}

/** Where a member was written: on the model, or on the gateway as a default for all. */
function whereGiven(
  path: string,
  group: "timeouts" | "retries",
  args: ModelArgs,
  defaults: RouteContext["defaults"],
): (member: string) => string {
  const given = (from: RouteContext["defaults"] | ModelArgs, member: string) =>
    withoutUndefined(from[group])[member] !== undefined;
  return (member) =>
    given(defaults, member) && !given(args, member) ? `${group}.${member}` : `${path}.${group}.${member}`;
}

function withoutUndefined(value: object | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, member]) => member !== undefined));
}

/**
 * Envoy Gateway puts the backends of a rule into one cluster only if they are alike; else priorities turn into
 * shares, and AI Gateway gives one backend's schema and credential to the others.
 */
function checkOneCluster(path: string, models: readonly ResolvedModel[], problems: Problems): void {
  if (models.length < 2) {
    return;
  }
  for (const model of models.filter(({ endpoint }) => endpoint.isIp)) {
    problems.add(
      path,
      `reaches "${model.key}" at the address ${model.endpoint.host} together with other models, and the gateway would mix up their schemas and credentials; give it a DNS name (a Service will do)`,
    );
  }
  const h2c = models.filter(({ endpoint }) => endpoint.h2c);
  if (h2c.length > 0 && h2c.length < models.length) {
    const names = h2c.map(({ key }) => `"${key}"`).join(", ");
    problems.add(
      path,
      `mixes h2c (${names}) with HTTP/1.1, and all would be spoken to in HTTP/2; set h2c on all or none`,
    );
  }
}

function resolveServed(
  path: string,
  args: ModelArgs,
  models: readonly ResolvedModel[],
  problems: Problems,
): readonly ClientEndpoint[] {
  const schemas = [...new Set(models.map(({ schema }) => schema.name))];
  const shared = Object.values(ClientEndpoint).filter((endpoint) =>
    schemas.every((schema) => servedEndpoints[schema].includes(endpoint)),
  );
  if (shared.length === 0 && schemas.length > 1) {
    const list = models.map(
      ({ key, schema }) => `"${key}" (${schema.name}: ${servedEndpoints[schema.name].join(", ")})`,
    );
    problems.add(path, `has targets that share no API: ${list.join("; ")}; choose targets that do`);
  }
  if (args.serves === undefined) {
    checkChatKept(path, shared, models, problems);
    return shared;
  }
  if (args.serves.length === 0) {
    problems.add(`${path}.serves`, "is empty; name the APIs that clients call, or leave it out");
  }
  for (const endpoint of args.serves) {
    if (!Object.values(ClientEndpoint).includes(endpoint)) {
      problems.add(
        `${path}.serves`,
        `"${endpoint}" is not known; use ${Object.values(ClientEndpoint).join(", ")}`,
      );
      continue;
    }
    for (const { key, schema } of models) {
      checkSpoken(`${path}.serves`, endpoint, key, schema.name, problems);
    }
  }
  return args.serves;
}

/** Chat is what most clients call: a target that cannot answer it has to be meant. */
function checkChatKept(
  path: string,
  shared: readonly ClientEndpoint[],
  models: readonly ResolvedModel[],
  problems: Problems,
): void {
  const speaks = (model: ResolvedModel) => servedEndpoints[model.schema.name].includes(ClientEndpoint.Chat);
  const mute = models.filter((model) => !speaks(model));
  if (shared.length > 0 && mute.length > 0 && mute.length < models.length) {
    const names = mute.map(({ key, schema }) => `"${key}" (${schema.name})`).join(", ");
    problems.add(
      path,
      `reaches ${names}, which cannot answer chat as its other targets do: those requests would get 500; say which APIs clients call, serves: ${JSON.stringify(shared)}, or choose another target`,
    );
  }
}

function checkSpoken(
  path: string,
  endpoint: ClientEndpoint,
  key: string,
  schema: ApiSchema,
  problems: Problems,
): void {
  if (!servedEndpoints[schema].includes(endpoint)) {
    problems.add(
      path,
      `"${endpoint}" cannot be spoken to "${key}": its schema ${schema} takes ${servedEndpoints[schema].join(", ")}, and the gateway would answer 500; take it out or choose another target`,
    );
  }
}

function checkShown(path: string, args: ModelArgs, problems: Problems): void {
  const { hostnames = [], createdAt } = args;
  if (hostnames.length > 16) {
    problems.add(
      `${path}.hostnames`,
      `has ${hostnames.length} entries, and a route takes 16; use a wildcard`,
    );
  }
  checkTwice(`${path}.hostnames`, hostnames, problems);
  for (const hostname of hostnames) {
    if (!isHostName(hostname.replace(/^\*\./, "")) || hostname.length > 253) {
      problems.add(
        `${path}.hostnames`,
        `"${hostname}" is not a host name; write it as llm.example.com or *.example.com`,
      );
    }
  }
  if (createdAt !== undefined && !isTime(createdAt)) {
    problems.add(`${path}.createdAt`, `"${createdAt}" is not a time; write it as 2026-01-31T00:00:00Z`);
  }
}

const timePattern = /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Whether a text is a time of RFC 3339. `Date` takes a 31st of February for the 3rd of March. */
function isTime(text: string): boolean {
  const [, year, month, day] = timePattern.exec(text) ?? [];
  if (year === undefined || !Number.isFinite(Date.parse(text))) {
    return false;
  }
  const written = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return written.getUTCMonth() + 1 === Number(month) && written.getUTCDate() === Number(day);
}
