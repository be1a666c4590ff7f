import { writeFileSync } from "node:fs";
import { defaultLocalHost } from "../../components/models/localTarget";
import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../components/models/planModelGateway";
import type { ResolvedModel, ResolvedModelGateway } from "../../components/models/resolved";
import { resolveModelGateway } from "../../components/models/resolveModelGateway";
import { requireTool } from "../../tools/find";
import { UsageError } from "../errors";
import { AccessLog } from "./accessLog";
import { isSimulated } from "./engine/dialects";
import type { LocalSettings } from "./flags";
import type { GatewayError } from "./gatewayError";
import { type GatewayProcess, startGatewayProcess } from "./gatewayProcess";
import { manifestFileText } from "./manifestFile";
import { fixedPorts, freePort, takenPorts } from "./ports";
import { createRunDirectory, type RunDirectory } from "./runDirectory";
import { SimulatedEngine } from "./simulatedEngine";

export interface LocalOptions extends Partial<LocalSettings> {
  /** Name of the gateway. */
  readonly name: string;
  readonly declaration: ModelGatewayArgs;
  /** Tells what happens, a line each. */
  readonly progress?: (line: string) => void;
  /** Receives every line that the gateway and Envoy print. */
  readonly onOutput?: (line: string) => void;
  /** Ends the start; what has been started is stopped. */
  readonly signal?: AbortSignal;
  /** How long the gateway may take to answer. Default: 60 s, and 20 ms more for each model. */
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
 * @throws UsageError when a port is taken, or when there are more models than the standalone gateway takes.
 * @throws ToolError when a program is missing.
 * @throws GatewayError when the gateway does not come up, or when `signal` ended the start.
 */
export async function startLocal(options: LocalOptions): Promise<LocalGateway> {
  const { name, declaration, upstreams = {}, real = [], progress = () => undefined } = options;
  const host = options.host ?? defaultLocalHost;
  // Resolved first with no engines: a wrong declaration starts nothing.
  const settings = { host, upstreams: { ...upstreams }, real: [...real] };
  const draft = resolveModelGateway(name, { ...declaration, target: "local", local: settings });
  checkRouteCount(draft);
  const programs = { aigw: requireTool("aigw"), envoy: requireTool("envoy") };
  const port = options.port === 0 || options.port === undefined ? await freePort() : options.port;
  await checkPorts(port);
  options.signal?.throwIfAborted();

  const cleanup: Cleanup[] = [];
  const stop = once(async () => {
    for (const step of cleanup.reverse()) {
      await step();
    }
  });
  try {
    const engines = new Map<string, SimulatedEngine>();
    cleanup.push(async () => {
      await Promise.all([...engines.values()].map((engine) => engine.stop()));
    });
    const simulated = draft.models.filter(({ key }) => upstreams[key] === undefined && !real.includes(key));
    await startEngines(simulated, options, engines);
    progress(`${engines.size} simulated ${engines.size === 1 ? "engine" : "engines"} started`);

    const directory = createRunDirectory();
    cleanup.push(() => directory.remove());
    const urls = Object.fromEntries([...engines].map(([key, { url }]) => [key, url]));
    const local = { ...settings, port, accessLog: directory.accessLog, engines: urls };
    const { resolved, objects } = planModelGateway(name, { ...declaration, target: "local", local });
    const text = await manifestFileText(objects);
    writeFileSync(directory.manifests, text, { mode: 0o600 });

    const accessLog = new AccessLog(directory.accessLog);
    cleanup.push(() => accessLog.close());
    progress(`starting the gateway (aigw with Envoy) on port ${port}`);
    const gateway = await startAndWait(programs, directory, port, resolved, options, cleanup);
    const baseUrl = `http://${defaultLocalHost}:${port}`;
    return { baseUrl, resolved, engines, accessLog, pid: gateway.pid, ended: gateway.ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startAndWait(
  programs: { readonly aigw: string; readonly envoy: string },
  directory: RunDirectory,
  port: number,
  resolved: ResolvedModelGateway,
  options: LocalOptions,
  cleanup: Cleanup[],
): Promise<GatewayProcess> {
  const started = Date.now();
  const gateway = await startGatewayProcess({ ...programs, directory, port, onOutput: options.onOutput });
  cleanup.push(() => gateway.stop());
  const onAbort = () => void gateway.stop();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  if (options.signal?.aborted === true) {
    onAbort();
  }
  await gateway.ready(resolved.routes.length, options.readyTimeoutMs ?? 60_000 + 20 * resolved.routes.length);
  options.signal?.removeEventListener("abort", onAbort);
  options.progress?.(`the gateway answers after ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return gateway;
}

async function startEngines(
  models: readonly ResolvedModel[],
  { behaviours = {} }: LocalOptions,
  engines: Map<string, SimulatedEngine>,
): Promise<void> {
  for (const { key, schema } of models) {
    if (!isSimulated(schema.name)) {
      throw new Error(`${key}: no simulated engine speaks ${schema.name}`);
    }
    const behaviour = behaviours[key] ?? {};
    engines.set(key, await SimulatedEngine.start({ name: key, schema: schema.name, behaviour }));
  }
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

async function checkPorts(port: number): Promise<void> {
  const purpose = Object.hasOwn(fixedPorts, port) ? fixedPorts[port] : undefined;
  if (purpose !== undefined) {
    throw new UsageError(`--port ${port}: that port is ${purpose}, which cannot move; choose another one.`);
  }
  const taken = await takenPorts({ ...fixedPorts, [port]: "the gateway's listener" });
  if (taken.length === 0) {
    return;
  }
  const lines = taken.map(
    ({ port, purpose, owner }) => `  ${port} (${purpose}): ${owner ?? "a program that cannot be named"}`,
  );
  const listenerTaken = taken.some((entry) => entry.port === port);
  const fixedTaken = taken.some((entry) => entry.port !== port);
  const remedies = [
    ...(listenerTaken ? ["choose another port with --port (0 takes a free one)"] : []),
    ...(fixedTaken
      ? ["stop the program; the standalone gateway cannot use other ports, so only one can run"]
      : []),
  ];
  throw new UsageError(
    [`Ports that the gateway needs are in use:`, ...lines, `${remedies.join("; ")}.`].join("\n"),
  );
}

function once(run: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= run();
    return result;
  };
}
