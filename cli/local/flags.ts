import { defaultLocalHost, defaultLocalPort } from "../../components/models/localTarget";
import type { LocalArgs } from "../../components/models/modelGatewayArgs";
import type { ResolvedModel } from "../../components/models/resolved";
import type { RedisConnection } from "../../extproc/ledger/redisClient";
import { type EngineBehaviour, parseBehaviour, simulateSyntax } from "./engine/behaviour";
import { missingCredential } from "./realCredentials";
import { readRedis } from "./redisOption";

/** The options of `ai-gateway local` as typed. */
export interface LocalFlags {
  readonly port?: string;
  readonly host?: string;
  readonly upstream?: readonly string[];
  readonly real?: readonly string[];
  readonly simulate?: readonly string[];
  readonly redis?: string;
}

/** The options, read and checked. */
export interface LocalSettings {
  /** 0 means any free port. */
  readonly port: number;
  readonly host: string;
  readonly upstreams: Readonly<Record<string, string>>;
  readonly real: readonly string[];
  readonly behaviours: Readonly<Record<string, Partial<EngineBehaviour>>>;
  /** Where budgets are counted; `undefined`: in this process' memory. */
  readonly redis: RedisConnection | undefined;
}

/** What the options are read against. */
export interface FlagContext {
  /** Models that have a backend of their own. */
  readonly models: readonly ResolvedModel[];
  /** Keys of aliases, for messages. */
  readonly aliases: readonly string[];
  /** Whether there is a budget that this command holds to. */
  readonly hasBudgets: boolean;
  /** What the stack itself says; options go before it. */
  readonly declared: LocalArgs;
  readonly env: NodeJS.ProcessEnv;
  /** Receives a sentence for everything that is wrong. */
  readonly problems: string[];
}

/** Reads the options against the declaration. */
export function readFlags(flags: LocalFlags, context: FlagContext): LocalSettings {
  const { declared, problems } = context;
  const upstreams = { ...declared.upstreams, ...readUpstreams(flags.upstream ?? [], context) };
  const real = [...new Set([...(declared.real ?? []), ...(flags.real ?? [])])];
  for (const name of real) {
    checkReal(name, context);
    if (upstreams[name] !== undefined) {
      problems.push(`--real ${name} and --upstream ${name}: give one of them`);
    }
  }
  const behaviours = readBehaviours(flags.simulate ?? [], context);
  for (const name of Object.keys(behaviours)) {
    if (real.includes(name) || upstreams[name] !== undefined) {
      problems.push(
        `--simulate ${name}: this model is not simulated; leave out --real and --upstream for it`,
      );
    }
  }
  return {
    port: flags.port === undefined ? (declared.port ?? defaultLocalPort) : readPort(flags.port, problems),
    host: readHost(flags.host ?? declared.host ?? defaultLocalHost, problems),
    upstreams,
    real,
    behaviours,
    redis: flags.redis === undefined ? undefined : readStoreFlag(flags.redis, context),
  };
}

/** The value may hold a password, so no sentence repeats it. */
function readStoreFlag(url: string, { hasBudgets, env, problems }: FlagContext): RedisConnection | undefined {
  if (!hasBudgets) {
    problems.push("--redis: the stack declares no budget that could be counted there; leave it out");
    return undefined;
  }
  return readRedis(url, env, problems);
}

function readPort(text: string, problems: string[]): number {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  // Envoy Gateway moves privileged ports elsewhere, so the base URL would be wrong.
  if (port === 0 || (port >= 1024 && port <= 65_535)) {
    return port;
  }
  problems.push(`--port ${text}: give a port from 1024 to 65535, or 0 for a free one`);
  return defaultLocalPort;
}

function readHost(host: string, problems: string[]): string {
  if (host === "localhost" || host === defaultLocalHost) {
    return defaultLocalHost;
  }
  if (host !== "0.0.0.0") {
    problems.push(
      `--host ${host}: give 127.0.0.1 (this machine alone) or 0.0.0.0 (every machine that reaches it)`,
    );
  }
  return host;
}

function readUpstreams(given: readonly string[], context: FlagContext): Readonly<Record<string, string>> {
  const upstreams: Record<string, string> = {};
  for (const text of given) {
    const [name, url] = assignment(text);
    const flag = `--upstream ${text}`;
    if (url === undefined) {
      context.problems.push(`${flag}: write NAME=URL, for example qwen3-1.7b=http://localhost:11434/v1`);
      continue;
    }
    const model = findModel(flag, name, context);
    if (model === undefined) {
      continue;
    }
    if (model.schema.name !== "OpenAI" && model.schema.name !== "Anthropic") {
      context.problems.push(
        `${flag}: the model speaks ${model.schema.name}; only models that speak OpenAI's or Anthropic's API can be pointed elsewhere`,
      );
    }
    checkUrl(flag, url, context.problems);
    upstreams[name] = url;
  }
  return upstreams;
}

function checkUrl(flag: string, url: string, problems: string[]): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["http:", "https:"].includes(parsed.protocol)) {
    problems.push(`${flag}: "${url}" is not an http or https URL, such as http://localhost:11434/v1`);
  } else if (parsed.username !== "" || parsed.password !== "" || parsed.search !== "" || parsed.hash !== "") {
    problems.push(`${flag}: leave user, password, query and fragment out of the URL`);
  }
}

function checkReal(name: string, context: FlagContext): void {
  const flag = `--real ${name}`;
  const model = findModel(flag, name, context);
  if (model === undefined) {
    return;
  }
  if (model.provider === "vllm") {
    context.problems.push(
      `${flag}: vLLM does not run here; use --upstream ${name}=URL for a server that does`,
    );
    return;
  }
  const missing = missingCredential(model, context.env);
  if (missing !== undefined) {
    context.problems.push(`${flag}: ${missing}`);
  }
}

function readBehaviours(
  given: readonly string[],
  context: FlagContext,
): Readonly<Record<string, Partial<EngineBehaviour>>> {
  const behaviours: Record<string, Partial<EngineBehaviour>> = {};
  for (const text of given) {
    const [name, settings] = assignment(text);
    const flag = `--simulate ${text}`;
    if (settings === undefined) {
      context.problems.push(`${flag}: write ${simulateSyntax}`);
    } else if (findModel(flag, name, context) !== undefined) {
      const found: string[] = [];
      behaviours[name] = { ...behaviours[name], ...parseBehaviour(settings, found) };
      context.problems.push(...found.map((problem) => `${flag}: ${problem}`));
    }
  }
  return behaviours;
}

/** Aliases have no backend of their own. */
function findModel(flag: string, name: string, context: FlagContext): ResolvedModel | undefined {
  const model = context.models.find(({ key }) => key === name);
  if (model === undefined) {
    const what = context.aliases.includes(name)
      ? "it is an alias over other models"
      : "there is no such model";
    const known = context.models.map(({ key }) => key).join(", ");
    context.problems.push(`${flag}: ${what}; the models are ${known}`);
  }
  return model;
}

/** URLs may hold "="; the first one divides. */
function assignment(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at <= 0 || at === text.length - 1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
