import { randomUUID } from "node:crypto";
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Anthropic from "@anthropic-ai/sdk";
import { Redis } from "ioredis";
import OpenAI from "openai";
import { afterAll, beforeAll } from "vitest";
import { AccessLog } from "../../../cli/local/accessLog";
import { clientKeysText, readyWithKeys } from "../../../cli/local/clientKeys";
import type { EngineBehaviour } from "../../../cli/local/engine/behaviour";
import { isSimulated } from "../../../cli/local/engine/dialects";
import { startGatewayProcess } from "../../../cli/local/gatewayProcess";
import { localCaller } from "../../../cli/local/localCaller";
import { manifestFileText } from "../../../cli/local/manifestFile";
import { checkPorts, freePort } from "../../../cli/local/ports";
import { createRunDirectory } from "../../../cli/local/runDirectory";
import { SimulatedEngine } from "../../../cli/local/simulatedEngine";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../../components/models/planModelGateway";
import { Target } from "../../../components/models/resolved";
import { resolveModelGateway } from "../../../components/models/resolveModelGateway";
import type { RenderedObject } from "../../../components/shared/manifest";
import type { AccountQuery, AccountState } from "../../../extproc/ledger/ledger";
import { type RedisLedger, redisLedger } from "../../../extproc/ledger/redisLedger";
import { accountOf, ledgerPeriodOf } from "../../../extproc/policy/claims";
import { bindingsOf } from "../../../extproc/policy/match";
import { parsePolicy } from "../../../extproc/policy/parsePolicy";
import { requireTool } from "../../../tools/find";
import { type RedisServer, startRedis } from "../../extproc/ledger/support/redisServer";
import { ProcessorProcess } from "./processorProcess";

export interface BudgetGatewayOptions {
  /** Processors, each a process. Default: 1. */
  readonly replicas?: number;
  /** Arguments of the Redis. Default: none, so nothing outlives it. */
  readonly redis?: readonly string[];
  /** Settings of the processors, by environment variable. */
  readonly env?: Readonly<Record<string, string>>;
  /** How engines answer at first, by model. */
  readonly behaviours?: Readonly<Record<string, Partial<EngineBehaviour>>>;
  /** Models that something else answers for, by model: URLs. */
  readonly upstreams?: Readonly<Record<string, string>>;
  /** Starts engines of the test's own, in place of simulated ones; answers their URLs by model. */
  readonly ownEngines?: () => Promise<Readonly<Record<string, string>>>;
}

/** Who asks the ledger: the same attributes as authentication would find. */
export interface Asked {
  /** Default: the first model. */
  readonly model?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A counter of a budget, and how many reservations are open in the whole ledger. */
export interface Standing extends Pick<AccountState, "used" | "held"> {
  readonly liveHolds: number;
}

/** The real gateway with real processors and a real Redis, on this machine. */
export interface BudgetGateway {
  /** Without `/v1`. */
  readonly baseUrl: string;
  readonly processors: readonly ProcessorProcess[];
  readonly redis: RedisServer;
  readonly accessLog: AccessLog;
  engine(model: string): SimulatedEngine;
  openai(options?: Partial<ConstructorParameters<typeof OpenAI>[0]>): OpenAI;
  anthropic(options?: Partial<ConstructorParameters<typeof Anthropic>[0]>): Anthropic;
  /** Sends JSON as no SDK would. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** The counter of a budget as the ledger has it. */
  standing(budget: string, asked?: Asked): Promise<Standing>;
  /** Takes so much off what was spent, in the budget's unit, as an operator does. */
  credit(budget: string, amount: number, asked?: Asked): Promise<void>;
  /** Waits until nothing is held in the whole ledger; answers the counter of the budget then. */
  settled(budget: string, asked?: Asked, timeoutMs?: number): Promise<Standing>;
  /** Sum of a metric over all processors that run, of the series that have these labels. */
  metric(name: string, labels?: Readonly<Record<string, string>>): Promise<number>;
  /** Replaces the policy by that of another declaration, as a rollout of a ConfigMap does, and waits for it. */
  declare(declaration: ModelGatewayArgs): Promise<void>;
  /** Replaces the policy by any text. */
  offerPolicy(text: string): void;
  /** Process id of the Redis. */
  redisPid(): Promise<number>;
}

type Cleanup = () => Promise<unknown> | unknown;

/** Load on a machine of two cores makes everything slow: by itself that must not count as an outage. */
const patientEnv = {
  STORE_TIMEOUT_MS: "2000",
  LOG_LEVEL: "info",
  LOG_WAIT_SECONDS: "15",
  ALLOW_JUMP: "true",
};

/** Starts all of it before the tests of a file, and ends it after them. */
export function useBudgetGateway(
  declaration: ModelGatewayArgs,
  options: BudgetGatewayOptions = {},
): BudgetGateway {
  let running: BudgetGateway | undefined;
  const cleanup: Cleanup[] = [];
  beforeAll(async () => {
    running = await startBudgetGateway(declaration, options, cleanup);
  });
  afterAll(async () => {
    for (const step of cleanup.splice(0).reverse()) {
      await step();
    }
  });
  return new Proxy({} as BudgetGateway, {
    get(_target, name) {
      if (running === undefined) {
        throw new Error("the gateway has not started");
      }
      return Reflect.get(running, name);
    },
  });
}

async function startBudgetGateway(
  declaration: ModelGatewayArgs,
  options: BudgetGatewayOptions,
  cleanup: Cleanup[],
): Promise<BudgetGateway> {
  const { replicas = 1, behaviours = {}, upstreams = {} } = options;
  const name = "budgets";
  const programs = { aigw: requireTool("aigw"), envoy: requireTool("envoy") };
  const port = await freePort();
  await checkPorts(port);
  const ownEngines = (await options.ownEngines?.()) ?? {};
  const answered = { ...upstreams, ...ownEngines };
  const draft = resolveModelGateway(name, { ...declaration, target: "local", local: { upstreams } });
  const engines = new Map<string, SimulatedEngine>();
  for (const { key, schema } of draft.models.filter(({ key }) => answered[key] === undefined)) {
    if (!isSimulated(schema.name)) {
      throw new Error(`${key}: no simulated engine speaks ${schema.name}`);
    }
    const behaviour = behaviours[key] ?? {};
    const engine = await SimulatedEngine.start({ name: key, schema: schema.name, behaviour });
    engines.set(key, engine);
    cleanup.push(() => engine.stop());
  }
  const directory = createRunDirectory();
  cleanup.push(() => directory.remove());
  const simulated = Object.fromEntries([...engines].map(([key, { url }]) => [key, url]));
  const urls = { ...simulated, ...ownEngines };
  const plan = (declared: ModelGatewayArgs) =>
    planModelGateway(name, {
      ...declared,
      target: Target.Local,
      local: { port, accessLog: directory.accessLog, engines: urls, upstreams },
    });
  const { resolved, objects } = plan(declaration);

  const redis = await startRedis(...(options.redis ?? []));
  cleanup.push(() => redis.stop());
  const policyFile = join(directory.path, "policy.json");
  const write = (text: string) => {
    writeFileSync(`${policyFile}.new`, text);
    renameSync(`${policyFile}.new`, policyFile);
  };
  let policy = forReplicas(resolved.policy, replicas);
  write(policy);
  const env = { ...patientEnv, POLICY_FILE: policyFile, REDIS_URL: redis.url, ...options.env };
  const processors = await Promise.all(
    Array.from({ length: replicas }, async () => {
      const processor = await ProcessorProcess.start(env);
      cleanup.push(() => processor.end("SIGKILL"));
      return processor;
    }),
  );
  const ledger = redisLedger({ url: redis.url }, { timeoutMs: 5_000 });
  cleanup.push(() => ledger.close());

  const pointed = pointAt(objects, processors);
  writeFileSync(directory.manifests, await manifestFileText(pointed), { mode: 0o600 });
  const accessLog = new AccessLog(directory.accessLog);
  cleanup.push(() => accessLog.close());
  const { headers } = localCaller(resolved, undefined);
  const gateway = await startGatewayProcess({ ...programs, directory, port, headers });
  cleanup.push(() => gateway.stop());
  const keys = await clientKeysText(objects, resolved.access?.apiKeys?.make?.name);
  await readyWithKeys(gateway, { directory, keys }, resolved.routes.length, 120_000);

  const baseUrl = `http://127.0.0.1:${port}`;
  const firstModel = Object.keys(declaration.models)[0] ?? "";
  const standing = (budget: string, asked: Asked = {}) =>
    standingOf(ledger, queryOf(ledger, policy, budget, { model: firstModel, ...asked }));
  return {
    baseUrl,
    processors,
    redis,
    accessLog,
    engine(model) {
      const engine = engines.get(model);
      if (engine === undefined) {
        throw new Error(`${model} has no simulated engine`);
      }
      return engine;
    },
    openai: (more) => new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey: "client-key", maxRetries: 0, ...more }),
    anthropic: (more) =>
      new Anthropic({ baseURL: `${baseUrl}/anthropic`, apiKey: "client-key", maxRetries: 0, ...more }),
    post: (path, body, headers = {}) =>
      fetch(`${baseUrl}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
    standing,
    async credit(budget, amount, asked = {}) {
      const query = queryOf(ledger, policy, budget, { model: firstModel, ...asked });
      const reason = { by: "operator", reason: "goodwill" };
      await ledger.adjust({ id: randomUUID(), ...query, amount: -amount, ...reason });
    },
    settled: (budget, asked, timeoutMs = 20_000) =>
      untilNothingHeld(() => standing(budget, asked), timeoutMs),
    async metric(metricName, labels = {}) {
      const texts = await Promise.all(
        processors.filter(({ isRunning }) => isRunning).map((one) => one.metrics()),
      );
      return texts.reduce((sum, text) => sum + metricSum(text, metricName, labels), 0);
    },
    async declare(next) {
      const planned = plan(next).resolved;
      policy = forReplicas(planned.policy, replicas);
      write(policy);
      const id = policyOf(policy).id;
      await until(async () => {
        const healths = await Promise.all(
          processors.filter(({ isRunning }) => isRunning).map((one) => one.health()),
        );
        return healths.every((health) => health["policy"] === id);
      });
    },
    offerPolicy: write,
    async redisPid() {
      const client = new Redis(redis.url);
      const info = await client.info("server");
      client.disconnect();
      return Number(/process_id:(\d+)/.exec(info)?.[1]);
    },
  };
}

/** The objects, with every processor behind the name that Envoy asks, in place of one. */
function pointAt(
  objects: readonly RenderedObject[],
  processors: readonly ProcessorProcess[],
): readonly RenderedObject[] {
  const endpoints = processors.map(({ port }) => ({ ip: { address: "127.0.0.1", port } }));
  return objects.map((object) => {
    const { manifest } = object;
    const isProcessor = manifest.kind === "Backend" && manifest.metadata.name.endsWith(".processor");
    return isProcessor
      ? { ...object, manifest: { ...manifest, spec: { ...(manifest["spec"] as object), endpoints } } }
      : object;
  });
}

/** A laptop runs one processor; a cluster's policy says how many there are. */
function forReplicas(text: string | undefined, replicas: number): string {
  return JSON.stringify({ ...JSON.parse(text ?? "{}"), replicas });
}

function policyOf(text: string) {
  const { policy, problems } = parsePolicy(JSON.parse(text));
  if (policy === undefined) {
    throw new Error(`the policy is wrong: ${JSON.stringify(problems)}`);
  }
  return policy;
}

/** The counter of a budget that a request by somebody to a model would count at. */
function queryOf(
  ledger: RedisLedger,
  text: string,
  name: string,
  { model, attributes = {} }: Asked & { readonly model: string },
): AccountQuery {
  const bindings = bindingsOf(policyOf(text), model, new Map(Object.entries(attributes)));
  const binding = bindings.find(({ budget }) => budget.name === name);
  if (binding === undefined) {
    throw new Error(`the budget ${name} does not bind ${model}`);
  }
  const { budget } = binding;
  const period = ledgerPeriodOf(budget, ledger.nowMs());
  return { account: accountOf(binding), period, limit: budget.limit };
}

async function standingOf(ledger: RedisLedger, query: AccountQuery): Promise<Standing> {
  await ledger.ready(5_000);
  const { accounts, liveHolds } = await ledger.inspect([query]);
  const [state] = accounts;
  return { used: state?.used ?? 0, held: state?.held ?? 0, liveHolds };
}

async function untilNothingHeld(ask: () => Promise<Standing>, timeoutMs: number): Promise<Standing> {
  let last = await ask();
  await until(async () => {
    last = await ask();
    return last.held === 0 && last.liveHolds === 0;
  }, timeoutMs).catch(() => {
    throw new Error(`after ${timeoutMs} ms something is still held: ${JSON.stringify(last)}`);
  });
  return last;
}

/** Waits until something holds. */
export async function until(isSo: () => Promise<boolean> | boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) {
      throw new Error(`it is not so after ${timeoutMs} ms: ${isSo}`);
    }
    await delay(50);
  }
}

function metricSum(text: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((pair) => line.includes(pair)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
