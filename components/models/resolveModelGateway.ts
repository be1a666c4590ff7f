import { ruleWarnings } from "../budgets/checkAccessRules";
import { identityWarnings } from "../budgets/checkBudgetIdentity";
import { overflowsOf, tierName } from "../budgets/overflow";
import { policyText } from "../budgets/policyText";
import type { ResolvedBudget } from "../budgets/resolvedBudget";
import {
  completeSpending,
  gatewayFor,
  resolveSpending,
  type Spending,
  type SpendingParts,
} from "../budgets/resolveSpending";
import type { ReleaseSet } from "../gateway/releases";
import { type ResolvedGateway, resolveGateway } from "../gateway/resolveGateway";
import { objectName } from "../shared/names";
import { at, DeclarationError, Problems } from "../shared/problems";
import { checkPickedModels, checkPickedRoute } from "./checkEndpointPickers";
import { checkMembers } from "./checkMembers";
import { checkNames } from "./checkNames";
import { checkTogether } from "./checkTogether";
import { expandLoras } from "./expandLoras";
import { flattenRoute } from "./flattenRoute";
import { applyLocal } from "./localTarget";
import type { ModelArgs } from "./modelArgs";
import type { ModelGatewayArgs } from "./modelGatewayArgs";
import { modelPools, type PoolShapes } from "./modelPools";
import { checkReleaseSet, modelScope } from "./modelScope";
import { pickerWarnings } from "./pickerWarnings";
import { checkSharedCredentials } from "./resolveCredential";
import {
  type ProviderKind,
  providerKinds,
  type ResolvedModel,
  type ResolvedModelGateway,
  type ResolvedRoute,
  type ResolvedTier,
  Target,
} from "./resolved";
import { kindsOf, resolveModel } from "./resolveModel";
import { resolveRoute } from "./resolveRoute";
import { soundPart } from "./soundPart";

/** Routes above which one Gateway's configuration grows slow to build and large to send. */
const manyRoutes = 2_000;

/**
 * Fills in every default and checks the whole declaration. `given`: nodes of pools that the caller knows, besides
 * those that the declaration names.
 *
 * @throws DeclarationError with all problems at once.
 */
export function resolveModelGateway(
  name: string,
  declaration: ModelGatewayArgs,
  given: PoolShapes = {},
): ResolvedModelGateway {
  const problems = new Problems();
  checkMembers(declaration, problems);
  const sound = soundPart(declaration, problems.all);
  if (sound === undefined) {
    throw new DeclarationError(name, problems.all);
  }
  const { leftOut } = sound;
  const expanded = expandLoras(sound.args.models ?? {}, problems);
  const args = { ...sound.args, models: expanded.models };
  const target = args.target ?? Target.Cluster;
  const { namespace, release } = modelScope(args);
  checkChoices(target, release, args, problems);
  const declared = args.models;
  const known = modelPools("pools", args.pools ?? {}, given, problems);
  // Of pools that could not be read nobody knows the nodes.
  const pools = leftOut.members.has("pools") ? undefined : known.pools;
  const sizeWarnings: string[] = [];
  checkNames(args, namespace, problems);
  const credentials = args.credentials ?? {};
  checkSharedCredentials(credentials, problems);
  const gateway = resolveGateway("gateway", objectName(name), args.gateway ?? {}, problems);
  const spending = resolveSpending(args, gateway, problems);

  const separate = Object.entries(declared).flatMap(([key, model]) => {
    const kind = soleKind(key, model, problems);
    const isLocal = target === Target.Local;
    const context = {
      namespace,
      isLocal,
      release,
      credentials,
      leftOut: leftOut.credentials,
      pools,
      unknownPools: known.unknownPools,
      poolSizes: known.poolSizes,
      baseOf: expanded.baseOf,
      problems,
      warn: (sentence: string) => sizeWarnings.push(sentence),
    };
    const resolved =
      kind === undefined || kind === "route" ? undefined : resolveModel(key, model, kind, context);
    return resolved === undefined ? [] : [resolved];
  });
  const models = withBaseLimits(separate, expanded.baseOf);
  const routes = resolveRoutes(args, models, spending, leftOut.models, release, problems);
  const overflows = spending.budgets.flatMap(({ overflowTo }) => overflowTo ?? []);
  const isWhole = leftOut.models.size === 0 && leftOut.budgets.size === 0;
  // Pods that clients only reach by their adapters are reached.
  const reached = [...overflows, ...expanded.baseOf.values()];
  checkTogether(declared, routes, reached, isWhole, problems);
  const byKey = new Map(models.map((model) => [model.key, model]));
  checkPickedModels(declared, { models: byKey, namespace, release, problems });
  const place = { gateway, namespace, target, release, routes, models: byKey, leftOut };
  const parts = completeSpending(args, spending, place, problems);
  problems.throwIfAny(name);
  const ready = gatewayFor(gateway, spending, parts.processor);
  return finish(
    { name, target, release, namespace, gateway: ready, models, routes, sizeWarnings, ...spending, ...parts },
    args,
  );
}

/** What is known of the pods of a model holds for its adapters. */
function withBaseLimits(
  models: readonly ResolvedModel[],
  baseOf: ReadonlyMap<string, string>,
): readonly ResolvedModel[] {
  const byKey = new Map(models.map((model) => [model.key, model]));
  return models.map((model) => {
    const base = byKey.get(baseOf.get(model.key) ?? "");
    return base === undefined
      ? model
      : {
          ...model,
          engineLimits: base.engineLimits,
          contextTokens: model.contextTokens ?? base.contextTokens,
          maxOutputTokens: model.maxOutputTokens ?? base.maxOutputTokens,
        };
  });
}

function resolveRoutes(
  args: ModelGatewayArgs,
  models: readonly ResolvedModel[],
  { budgets }: Spending,
  leftOut: ReadonlySet<string>,
  release: ReleaseSet,
  problems: Problems,
): readonly ResolvedRoute[] {
  const byKey = new Map(models.map((model) => [model.key, model]));
  return Object.entries(args.models ?? {}).flatMap(([key, model]) => {
    if (kindsOf(model).length !== 1) {
      return [];
    }
    // A model that clients cannot see has no route, but what it names is checked all the same.
    const targets = flattenRoute(key, args.models, problems, leftOut);
    if (targets === undefined) {
      return [];
    }
    const isPublic = model.public ?? true;
    const tiers = isPublic ? tiersOf(key, args.models, budgets, leftOut, problems) : [];
    const route = resolveRoute(key, model, targets, tiers, {
      defaults: args,
      models: byKey,
      release,
      problems,
    });
    const picked = checkPickedRoute(route, model, { models: byKey, problems });
    return isPublic ? [picked] : [];
  });
}

/** Where budgets lead that count a public model; what is wrong with those names is reported elsewhere. */
function tiersOf(
  key: string,
  models: Readonly<Record<string, ModelArgs>>,
  budgets: readonly ResolvedBudget[],
  leftOut: ReadonlySet<string>,
  problems: Problems,
): readonly ResolvedTier[] {
  return overflowsOf(key, budgets).flatMap((model) => {
    const kinds = Object.hasOwn(models, model) ? kindsOf(models[model] ?? {}) : [];
    const targets = kinds.length === 1 ? flattenRoute(model, models, problems, leftOut) : undefined;
    return targets === undefined ? [] : [{ name: tierName(model), model, targets }];
  });
}

function soleKind(key: string, model: ModelArgs, problems: Problems): ProviderKind | "route" | undefined {
  const kinds = kindsOf(model);
  if (kinds.length === 1) {
    return kinds[0];
  }
  problems.add(
    at("models", key),
    kinds.length === 0
      ? "says nowhere that it is served; give one of vllm, openai, anthropic, bedrock, bedrockAnthropic, azureOpenAI, vertex, vertexAnthropic, cohere, openAICompatible and route"
      : `is served by ${kinds.join(" and ")}; keep one, and declare the other as a model of its own`,
  );
  return undefined;
}

function checkChoices(target: Target, release: ReleaseSet, args: ModelGatewayArgs, problems: Problems): void {
  if (!Object.values(Target).includes(target)) {
    problems.add("target", `"${target}" is not known; use "cluster" or "local"`);
  }
  checkReleaseSet(release, problems);
  if (args.local !== undefined && target !== Target.Local) {
    problems.add("local", 'is given, but target is "cluster"; remove it, or set target: "local"');
  }
  if (Object.keys(args.models ?? {}).length === 0 && problems.count === 0) {
    problems.add("models", "is empty; declare at least one model");
  }
}

interface Parts extends Spending, SpendingParts {
  readonly name: string;
  readonly target: Target;
  readonly release: ReleaseSet;
  readonly namespace: string;
  readonly gateway: ResolvedGateway;
  readonly models: readonly ResolvedModel[];
  readonly routes: readonly ResolvedRoute[];
  readonly sizeWarnings: readonly string[];
}

function finish({ sizeWarnings, ...parts }: Parts, args: ModelGatewayArgs): ResolvedModelGateway {
  const { routes, budgets, access } = parts;
  const warnings = [
    ...manyRoutesWarnings(routes.length),
    ...sizeWarnings,
    ...unusedCredentials(args),
    ...identityWarnings(budgets, access),
    ...ruleWarnings(
      access,
      routes.map(({ key }) => key),
    ),
    // On a laptop the model is an ordinary backend.
    ...(parts.target === Target.Local
      ? []
      : pickerWarnings(parts.models, access, parts.processor !== undefined)),
    ...(parts.processor?.warnings ?? []),
  ];
  const resolved = {
    ...parts,
    createNamespace: args.createNamespace ?? true,
    policy: undefined,
    differences: [],
    warnings,
  };
  return withPolicy(parts.target === Target.Local ? onLaptop(resolved, args) : resolved);
}

function onLaptop(resolved: ResolvedModelGateway, { local, processor }: ModelGatewayArgs) {
  const applied = applyLocal(resolved, local ?? {});
  const silent =
    processor?.webhook === undefined ? [] : ["warnings of budgets are not sent to processor.webhook"];
  return { ...applied, differences: [...applied.differences, ...silent] };
}

/** The document names backends as they are called where they stand, on a laptop too. */
function withPolicy(resolved: ResolvedModelGateway): ResolvedModelGateway {
  const { name, processor } = resolved;
  if (processor === undefined) {
    return resolved;
  }
  const problems = new Problems();
  const policy = policyText({ ...resolved, processor: processor.document }, problems);
  problems.throwIfAny(name);
  return { ...resolved, policy };
}

function manyRoutesWarnings(count: number): readonly string[] {
  return count > manyRoutes
    ? [
        `${count} public models on one Gateway: above ${manyRoutes.toLocaleString("en")} its configuration is slow to build; spread them over several gateways`,
      ]
    : [];
}

function unusedCredentials({ credentials = {}, models }: ModelGatewayArgs): readonly string[] {
  const used = new Set(
    Object.values(models).flatMap((model) =>
      providerKinds.flatMap((kind) => {
        const block = kind === "vllm" ? undefined : model[kind];
        return block?.credential ?? [];
      }),
    ),
  );
  return Object.keys(credentials)
    .filter((name) => !used.has(name))
    .map((name) => `${at("credentials", name)} is used by no model, so nothing is made for it; take it out`);
}
