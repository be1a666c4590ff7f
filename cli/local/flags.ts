import type { ModelGatewayArgs } from "../../components/models/modelGatewayArgs";
import { providerKinds } from "../../components/models/resolved";
import { type EngineBehaviour, parseBehaviour, simulateSyntax } from "./engine/behaviour";
import { realKeyVariables } from "./realKeys";

/** The options of `ai-gateway local` as typed. */
export interface LocalFlags {
  readonly port?: string;
  readonly host?: string;
  readonly upstream?: readonly string[];
  readonly real?: readonly string[];
  readonly simulate?: readonly string[];
}

/** The options, read and checked. */
export interface LocalSettings {
  /** 0 means any free port. */
  readonly port: number;
  readonly host: string;
  readonly upstreams: Readonly<Record<string, string>>;
  readonly real: readonly string[];
  readonly behaviours: Readonly<Record<string, Partial<EngineBehaviour>>>;
}

export const defaultPort = 1975;
export const defaultHost = "127.0.0.1";

/** Reads the options against the declaration; `problems` receives a sentence for each that is wrong. */
export function readFlags(
  flags: LocalFlags,
  models: ModelGatewayArgs["models"],
  env: NodeJS.ProcessEnv,
  problems: string[],
): LocalSettings {
  const upstreams = readUpstreams(flags.upstream ?? [], models, problems);
  const real = [...new Set(flags.real ?? [])];
  for (const name of real) {
    checkReal(name, models, env, problems);
    if (upstreams[name] !== undefined) {
      problems.push(`--real ${name} and --upstream ${name}: give one of them`);
    }
  }
  const behaviours = readBehaviours(flags.simulate ?? [], models, problems);
  for (const name of Object.keys(behaviours)) {
    if (real.includes(name) || upstreams[name] !== undefined) {
      problems.push(
        `--simulate ${name}: this model is not simulated; leave out --real and --upstream for it`,
      );
    }
  }
  return {
    port: readPort(flags.port, problems),
    host: readHost(flags.host, problems),
    upstreams,
    real,
    behaviours,
  };
}

function readPort(text: string | undefined, problems: string[]): number {
  if (text === undefined) {
    return defaultPort;
  }
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  // Envoy Gateway moves privileged ports elsewhere, so the base URL would be wrong.
  if (port === 0 || (port >= 1024 && port <= 65_535)) {
    return port;
  }
  problems.push(`--port ${text}: give a port from 1024 to 65535, or 0 for a free one`);
  return defaultPort;
}

function readHost(text: string | undefined, problems: string[]): string {
  const host = text ?? defaultHost;
  if (host === "localhost" || host === defaultHost) {
    return defaultHost;
  }
  if (host !== "0.0.0.0") {
    problems.push(
      `--host ${host}: give 127.0.0.1 (this machine alone) or 0.0.0.0 (every machine that reaches it)`,
    );
  }
  return host;
}

function readUpstreams(
  given: readonly string[],
  models: ModelGatewayArgs["models"],
  problems: string[],
): Readonly<Record<string, string>> {
  const upstreams: Record<string, string> = {};
  for (const text of given) {
    const [name, url] = assignment(text);
    const flag = `--upstream ${text}`;
    if (url === undefined) {
      problems.push(`${flag}: write NAME=URL, for example qwen3-1.7b=http://localhost:11434/v1`);
    } else if (checkModel(flag, name, models, problems)) {
      checkUrl(flag, url, problems);
      upstreams[name] = url;
    }
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

function checkReal(
  name: string,
  models: ModelGatewayArgs["models"],
  env: NodeJS.ProcessEnv,
  problems: string[],
): void {
  const flag = `--real ${name}`;
  if (!checkModel(flag, name, models, problems)) {
    return;
  }
  const kind = providerKinds.find((provider) => models[name]?.[provider] !== undefined);
  if (kind === "vllm") {
    problems.push(`${flag}: vLLM does not run here; use --upstream ${name}=URL for a server that does`);
    return;
  }
  for (const variable of kind === undefined ? [] : realKeyVariables[kind]) {
    if ((env[variable] ?? "") === "") {
      problems.push(`${flag}: the variable ${variable} is not set; it must hold the provider's credentials`);
    }
  }
}

function readBehaviours(
  given: readonly string[],
  models: ModelGatewayArgs["models"],
  problems: string[],
): Readonly<Record<string, Partial<EngineBehaviour>>> {
  const behaviours: Record<string, Partial<EngineBehaviour>> = {};
  for (const text of given) {
    const [name, settings] = assignment(text);
    const flag = `--simulate ${text}`;
    if (settings === undefined) {
      problems.push(`${flag}: write ${simulateSyntax}`);
    } else if (checkModel(flag, name, models, problems)) {
      const found: string[] = [];
      behaviours[name] = { ...behaviours[name], ...parseBehaviour(settings, found) };
      problems.push(...found.map((problem) => `${flag}: ${problem}`));
    }
  }
  return behaviours;
}

/** Aliases have no backend of their own. */
function checkModel(
  flag: string,
  name: string,
  models: ModelGatewayArgs["models"],
  problems: string[],
): boolean {
  const served = Object.keys(models).filter((key) => models[key]?.route === undefined);
  if (served.includes(name)) {
    return true;
  }
  const what = models[name] === undefined ? "there is no such model" : "it is an alias over other models";
  problems.push(`${flag}: ${what}; the models are ${served.join(", ")}`);
  return false;
}

/** URLs may hold "="; the first one divides. */
function assignment(text: string): [string, string | undefined] {
  const at = text.indexOf("=");
  return at <= 0 || at === text.length - 1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
