import { writeFileSync } from "node:fs";
import { localKeysText } from "../../components/budgets/localAccess";
import { defaultLocalHost } from "../../components/models/localTarget";
import type { LocalArgs, ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../components/models/planModelGateway";
import {
  type EngineLimits,
  type ResolvedModel,
  type ResolvedModelGateway,
  Target,
} from "../../components/models/resolved";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";
import { requireTool } from "../../tools/find";
import { UsageError } from "../errors";
import { AccessLog } from "./accessLog";
import { clientKeysText, readyWithKeys } from "./clientKeys";
import type { EngineBehaviour } from "./engine/behaviour";
import { isSimulated } from "./engine/dialects";
import type { LocalSettings } from "./flags";
import type { GatewayError } from "./gatewayError";
import { type GatewayProcess, type GatewayProcessOptions, startGatewayProcess } from "./gatewayProcess";
import { type LocalCaller, localCaller } from "./localCaller";
import { type LocalProcessor, startLocalProcessor } from "./localProcessor";
import { localTokens } from "./localTokens";
import { manifestFileText } from "./manifestFile";
import { checkPorts, freePort } from "./ports";
import { checkRedisAnswers, redisAddress } from "./redisOption";
import { createRunDirectory } from "./runDirectory";
import { SimulatedEngine } from "./simulatedEngine";

export interface LocalOptions extends Partial<LocalSettings> {
  /** Name of the gateway. */
  readonly name: string;
  readonly declaration: ModelGatewayArgs;
  /** Tells what happens, a line each. */
  readonly progress?: (line: string) => void;
  /** Receives every line that the gateway, Envoy and the budget processor print. */
  readonly onOutput?: (line: string) => void;
  /** Receives a line for everything about budgets that somebody should see. */
  readonly onWarning?: (line: string) => void;
  /** Ends the start; what has been started is stopped. */
  readonly signal?: AbortSignal;
  /** How long the gateway may take to answer. Default: 120 s, and 20 ms more for each model. */
  readonly readyTimeoutMs?: number;
}

/** A gateway that runs on this machine. */
export interface LocalGateway {
  /** Without `/v1`, for example `http://127.0.0.1:1975`. */
  readonly baseUrl: string;
  readonly resolved: ResolvedModelGateway;
  /** Simulated engines by model; models that answer for real have none. */
  readonly engines: ReadonlyMap<string, SimulatedEngine>;
  readonly accessLog: AccessLog;
  /** Counts budgets; absent when none is declared. */
  readonly processor: LocalProcessor | undefined;
  /** Somebody whom the gateway lets in. */
  readonly caller: LocalCaller;
  /** Process id of `aigw`. */
  readonly pid: number;
  /** Resolves when the gateway is gone: with what went wrong, or with undefined after `stop`. */
  readonly ended: Promise<GatewayError | undefined>;
  /** Stops everything and removes every file. Can be called again. */
  stop(): Promise<void>;
}

type Cleanup = () => Promise<void> | void;

/**
 * Starts the gateway that a declaration describes, with a simulated engine in place of every model that is not
 * asked for otherwise, and waits until it answers. Nothing is left running when it fails.
 *
 * @throws DeclarationError when the declaration is wrong.
 * @throws UsageError when a port is taken, the Redis does not answer, or there are more models than the standalone
 * gateway takes.
 * @throws ToolError when a program is missing.
 * @throws GatewayError when the gateway does not come up, or when `signal` ended the start.
 */
export async function startLocal(options: LocalOptions): Promise<LocalGateway> {
  const { name, declaration, upstreams = {}, real = [], redis } = options;
  const host = options.host ?? defaultLocalHost;
  // Resolved first with no engines: a wrong declaration starts nothing.
  const settings = { host, upstreams: { ...upstreams }, real: [...real] };
  const draft = resolveModelGateway(name, { ...declaration, target: "local", local: settings });
  checkRouteCount(draft);
  const programs = { aigw: requireTool("aigw"), envoy: requireTool("envoy") };
  const port = options.port === 0 || options.port === undefined ? await freePort() : options.port;
  await checkPorts(port);
  if (redis !== undefined && draft.policy !== undefined) {
    await checkRedisAnswers(redis);
  }
  options.signal?.throwIfAborted();

  const cleanup: Cleanup[] = [];
  const stop = once(async () => {
    for (const step of cleanup.reverse()) {
      await step();
    }
  });
  try {
    return { ...(await startParts(options, draft, { ...settings, port }, programs, cleanup)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts one thing after another; how each ends is added to `cleanup`. */
async function startParts(
  options: LocalOptions,
  draft: ResolvedModelGateway,
  settings: LocalArgs & { readonly port: number },
  programs: { readonly aigw: string; readonly envoy: string },
  cleanup: Cleanup[],
): Promise<Omit<LocalGateway, "stop">> {
  const { declaration, progress } = options;
  const { port } = settings;
  const engines = await startEngines(draft.models, options, cleanup);
  const processor = await startBudgets(draft, options, cleanup);
  const directory = createRunDirectory();
  cleanup.push(() => directory.remove());
  const tokens = await localTokens(declaration, draft.access?.issuers ?? []);
  const urls = Object.fromEntries([...engines].map(([key, { url }]) => [key, url]));
  const local = {
    ...settings,
    accessLog: directory.accessLog,
    engines: urls,
    ...(processor === undefined ? {} : { processorPort: processor.port }),
  };
  const planned = { ...(tokens?.declaration ?? declaration), target: Target.Local, local };
  const { resolved: plan, objects } = planModelGateway(options.name, planned);
  const resolved =
    tokens === undefined ? plan : { ...plan, differences: [...plan.differences, tokens.difference] };
  if (resolved.policy !== undefined) {
    processor?.use(resolved.policy);
  }
  writeFileSync(directory.manifests, await manifestFileText(objects), { mode: 0o600 });

  const accessLog = new AccessLog(directory.accessLog);
  cleanup.push(() => accessLog.close());
  progress?.(`starting the gateway (aigw with Envoy) on port ${port}`);
  const caller = localCaller(resolved, tokens);
  const keys = await clientKeysText(objects, resolved.access?.apiKeys?.make?.name);
  const start = { ...programs, directory, port, headers: caller.headers, keys };
  const run = () => startAndWait(start, resolved, options, cleanup);
  // Whether all models are there is AI Gateway's to say: the processor's list is what a caller may use.
  const { pid, ended } = await (processor === undefined ? run() : processor.withoutBudgets(run));
  const baseUrl = `http://${defaultLocalHost}:${port}`;
  return { baseUrl, resolved, engines, accessLog, processor, caller, pid, ended };
}

/** Before the gateway, so that its first request finds it, and ended after it, when no request is under way. */
async function startBudgets(
  { name, namespace, policy, access, budgets }: ResolvedModelGateway,
  { redis, progress, onOutput, onWarning }: LocalOptions,
  cleanup: Cleanup[],
): Promise<LocalProcessor | undefined> {
  if (policy === undefined) {
    return undefined;
  }
  // Never the name that a cluster's ledger has: trying things out must not spend what others have.
  const ledgerName = `local:${namespace}.${name}`.replace(/[^\w.:-]/g, "_").slice(0, 128);
  const keys = localKeysText(access);
  const processor = await startLocalProcessor({ policy, keys, redis, ledgerName, onOutput, onWarning });
  cleanup.push(() => processor.stop());
  if (keys !== undefined) {
    progress?.("API keys are checked by the processor");
  }
  if (budgets.length > 0) {
    progress?.(`budgets are counted in ${redis === undefined ? "memory" : redisAddress(redis)}`);
  }
  return processor;
}

async function startAndWait(
  start: Omit<GatewayProcessOptions, "onOutput"> & { readonly keys: string | undefined },
  resolved: ResolvedModelGateway,
  options: LocalOptions,
  cleanup: Cleanup[],
): Promise<GatewayProcess> {
  const started = Date.now();
  const gateway = await startGatewayProcess({ ...start, onOutput: options.onOutput });
  cleanup.push(() => gateway.stop());
  const onAbort = () => void gateway.stop();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  if (options.signal?.aborted === true) {
    onAbort();
  }
  const patienceMs = options.readyTimeoutMs ?? 120_000 + 20 * resolved.routes.length;
  await readyWithKeys(gateway, start, resolved.routes.length, patienceMs);
  options.signal?.removeEventListener("abort", onAbort);
  options.progress?.(`the gateway answers after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return gateway;
}

async function startEngines(
  models: readonly ResolvedModel[],
  { behaviours = {}, upstreams = {}, real = [], progress }: LocalOptions,
  cleanup: Cleanup[],
): Promise<ReadonlyMap<string, SimulatedEngine>> {
  const engines = new Map<string, SimulatedEngine>();
  cleanup.push(async () => {
    await Promise.all([...engines.values()].map((engine) => engine.stop()));
  });
  for (const { key, schema, engineLimits } of models) {
    if (upstreams[key] !== undefined || real.includes(key)) {
      continue;
    }
    if (!isSimulated(schema.name)) {
      throw new Error(`${key}: no simulated engine speaks ${schema.name}`);
    }
    const behaviour = { ...limitsOf(engineLimits), ...behaviours[key] };
    engines.set(key, await SimulatedEngine.start({ name: key, schema: schema.name, behaviour }));
  }
  progress?.(`${engines.size} simulated ${engines.size === 1 ? "engine" : "engines"} started`);
  return engines;
}

/** What the pods of a model would refuse or make wait; `--simulate` may say otherwise. */
function limitsOf(limits: EngineLimits | undefined): Partial<EngineBehaviour> {
  return limits === undefined
    ? {}
    : { contextTokens: limits.contextTokens, concurrency: limits.concurrency ?? 0 };
}

/**
 * `aigw` v1.0.0 hangs at start when there are more: each route sends an event into a channel of this size that
 * nobody reads (`cmd/aigw/translate.go`).
 */
const mostRoutes = 100;

function checkRouteCount({ routes }: ResolvedModelGateway): void {
  if (routes.length > mostRoutes) {
    throw new UsageError(
      `${routes.length} public models are declared, and the standalone gateway takes at most ${mostRoutes}; ` +
        'declare a stack with fewer for this machine, or set "public: false" on some.',
    );
  }
}

function once(run: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= run();
    return result;
  };
}
