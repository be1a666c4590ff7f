import type { ReleaseSet } from "../gateway/releases";
import { objectName } from "../shared/names";
import { at, type Problems } from "../shared/problems";
import { checkClearText } from "./checkClearText";
import type { CredentialArgs } from "./credentialArgs";
import type { ModelArgs } from "./modelArgs";
import type { KnownPools } from "./modelPools";
import { drafts, type ProviderDraft } from "./providers";
import { hasCredential, resolveCredential } from "./resolveCredential";
import {
  type EngineLimits,
  type ProviderKind,
  providerKinds,
  type ResolvedModel,
  type ResolvedSchema,
} from "./resolved";
import type { ResolvedVllm } from "./resolvedVllm";
import { resolveEndpoint } from "./resolveEndpoint";
import { resolveMutations } from "./resolveMutations";
import { resolvePrice } from "./resolvePrice";
import { resolveTokenLimits } from "./resolveTokenLimits";
import { resolveVllm, vllmHealthPath } from "./resolveVllm";
import { serviceName } from "./serviceName";
import { vllmPort } from "./vllmFlags";

export interface ModelContext extends KnownPools {
  readonly namespace: string;
  readonly isLocal: boolean;
  readonly release: ReleaseSet;
  readonly credentials: Readonly<Record<string, CredentialArgs>>;
  /** Credentials that are declared, but could not be read. */
  readonly leftOut: ReadonlySet<string>;
  /** The model whose pods serve an adapter, by the adapter's name. */
  readonly baseOf: ReadonlyMap<string, string>;
  readonly problems: Problems;
  /** Takes what is allowed but worth a warning. */
  readonly warn: (sentence: string) => void;
}

/** The blocks of a model that say where it is served. */
export function kindsOf(args: ModelArgs): readonly (ProviderKind | "route")[] {
  return ([...providerKinds, "route"] as const).filter((kind) => args[kind] !== undefined);
}

/** Resolves a model that is served somewhere (not an alias); reports what is wrong with it. */
export function resolveModel(
  key: string,
  args: ModelArgs,
  kind: ProviderKind,
  context: ModelContext,
): ResolvedModel | undefined {
  const { problems } = context;
  const path = at("models", key);
  const namespace = args.namespace ?? context.namespace;
  const common = {
    key,
    objectName: objectName(key),
    provider: kind,
    namespace,
    public: args.public ?? true,
    price: resolvePrice(`${path}.price`, args.price, problems),
    ...resolveTokenLimits(path, args, problems),
    ...resolveMutations(path, args.headers, args.body, problems),
  };
  if (kind === "vllm") {
    return resolveOwn(key, args, common, context);
  }
  return resolveProvider(key, args, kind, common, context);
}

type Common = Pick<
  ResolvedModel,
  | "key"
  | "objectName"
  | "provider"
  | "namespace"
  | "public"
  | "price"
  | "contextTokens"
  | "maxOutputTokens"
  | "setHeaders"
  | "removeHeaders"
  | "setBody"
  | "removeBody"
>;

function resolveOwn(
  key: string,
  args: ModelArgs,
  common: Common,
  context: ModelContext,
): ResolvedModel | undefined {
  const { vllm } = args;
  if (vllm === undefined) {
    return undefined;
  }
  checkUpstreamName(`${at("models", key)}.upstreamName`, args.upstreamName, context.problems);
  const base = context.baseOf.get(key);
  // What is wrong with it is reported where it is declared: at the model whose pods serve an adapter.
  const resolved =
    base === undefined ? resolveVllm(`${at("models", key)}.vllm`, key, vllm, context) : undefined;
  // Pods of an adapter's model: they have their Service's name and their pool's from it.
  const podsName = base === undefined ? common.objectName : objectName(base);
  const host = serviceName(podsName);
  const limits = resolved === undefined ? undefined : engineLimits(resolved);
  return {
    ...common,
    contextTokens: common.contextTokens ?? limits?.contextTokens,
    maxOutputTokens: common.maxOutputTokens ?? limits?.contextTokens,
    schema: { name: "OpenAI", version: undefined, prefix: undefined },
    upstreamName: args.upstreamName ?? key,
    endpoint: {
      host: `${host}.${common.namespace}.svc.cluster.local`,
      isIp: false,
      port: vllmPort,
      tls: undefined,
      h2c: false,
    },
    credential: undefined,
    vllm: resolved,
    inferencePool: vllm.endpointPicker === true ? podsName : undefined,
    engineLimits: limits,
    healthPath: vllmHealthPath,
  };
}

/** One simulated engine stands for all replicas. */
function engineLimits({ maxModelLen, replicas, sizing }: ResolvedVllm): EngineLimits | undefined {
  const contextTokens = maxModelLen ?? sizing?.contextLength;
  if (contextTokens === undefined) {
    return undefined;
  }
  const each = sizing === undefined ? undefined : Math.max(1, Math.floor(sizing.concurrency));
  return { contextTokens, concurrency: each === undefined ? undefined : each * Math.max(1, replicas) };
}

function resolveProvider(
  key: string,
  args: ModelArgs,
  kind: Exclude<ProviderKind, "vllm">,
  common: Common,
  context: ModelContext,
): ResolvedModel | undefined {
  const { problems } = context;
  const path = `${at("models", key)}.${kind}`;
  const draft = draftOf(kind, args, path, problems);
  const credential =
    draft.slot === undefined ? undefined : resolveCredential(path, key, draft.block, draft.slot, context);
  const upstreamName = resolveUpstreamName(path, key, args, draft, problems);
  const place = resolveEndpoint(path, draft, context.isLocal, problems);
  if (place === undefined) {
    return undefined;
  }
  const isOwn = kind === "openAICompatible";
  if (!isOwn || hasCredential(draft.block)) {
    checkClearText(`${path}.url`, place.endpoint, isOwn, problems);
  }
  return {
    ...common,
    schema: resolveSchema(path, draft, place.path, problems),
    upstreamName,
    endpoint: place.endpoint,
    credential,
    vllm: undefined,
    inferencePool: undefined,
    engineLimits: undefined,
    healthPath: undefined,
  };
}

function draftOf(
  kind: Exclude<ProviderKind, "vllm">,
  args: ModelArgs,
  path: string,
  problems: Problems,
): ProviderDraft {
  // The table maps each kind to a function of its own block, which TypeScript cannot follow through a union.
  const draft = drafts[kind] as (block: unknown, path: string, problems: Problems) => ProviderDraft;
  return draft(args[kind], path, problems);
}

function resolveUpstreamName(
  path: string,
  key: string,
  args: ModelArgs,
  draft: ProviderDraft,
  problems: Problems,
): string {
  const own = draft.modelId;
  if (own !== undefined && args.upstreamName !== undefined && args.upstreamName !== own.value) {
    problems.add(
      `${path}.${own.field}`,
      `${JSON.stringify(own.value)} and upstreamName ${JSON.stringify(args.upstreamName)} name the same thing; keep one of them`,
    );
  }
  const name = own?.value ?? args.upstreamName;
  const given = own === undefined ? `${at("models", key)}.upstreamName` : `${path}.${own.field}`;
  checkUpstreamName(given, name, problems);
  return name ?? key;
}

/** An empty override counts as none, and the provider would get the public name. */
function checkUpstreamName(path: string, name: unknown, problems: Problems): void {
  if (name !== undefined && (typeof name !== "string" || name.trim() === "")) {
    problems.add(
      path,
      `${JSON.stringify(name)} is not a name; write it as the provider does, or leave it out`,
    );
  }
}

function resolveSchema(
  path: string,
  draft: ProviderDraft,
  urlPath: string,
  problems: Problems,
): ResolvedSchema {
  const schema = { name: draft.schema, version: draft.version, prefix: undefined };
  switch (draft.urlPath) {
    case "prefix":
      return { ...schema, prefix: urlPath === "" || urlPath === "v1" ? undefined : urlPath };
    case "version":
      if (!/^v[0-9]+$/.test(urlPath)) {
        problems.add(
          `${path}.url`,
          `path "${urlPath}" must be the API's version alone; write it as https://host/v2`,
        );
      }
      return { ...schema, version: urlPath };
    default:
      if (urlPath !== "") {
        problems.add(
          `${path}.url`,
          `path "/${urlPath}" would be dropped: the gateway makes the whole path itself; remove it`,
        );
      }
      return schema;
  }
}
