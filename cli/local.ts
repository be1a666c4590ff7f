import path from "node:path";
import { resolveModelGateway } from "../components/models/resolveModelGateway";
import { DeclarationError } from "../components/shared/problems";
import { ToolError } from "../tools/find";
import { ExitCode, UsageError } from "./errors";
import { findProjectDir } from "./evaluate/projectFile";
import type { Io } from "./io";
import { type Declaration, readDeclaration } from "./local/declaration";
import { type LocalFlags, type LocalSettings, readFlags } from "./local/flags";
import { GatewayError } from "./local/gatewayError";
import { liveLogLine } from "./local/liveLog";
import { checkModels } from "./local/modelChecks";
import { type Shutdown, watchShutdown } from "./local/shutdown";
import { type LocalGateway, startLocal } from "./local/startLocal";
import { checkLines, curlLines } from "./local/summary";

/** Options of `ai-gateway local`. */
export interface LocalCommandOptions extends LocalFlags {
  /** The stack to run. Default: `local`. */
  readonly stack?: string;
  /** Where to look for the project. Default: the current folder. */
  readonly cwd?: string;
  /** Ends after the table: 0 if every model answered. */
  readonly check?: boolean;
  /** Shows the output of the gateway and of Envoy. Default: false. */
  readonly verbose?: boolean;
  /** Keeps stack traces. Default: false. */
  readonly debug?: boolean;
}

/**
 * Runs the gateway of a stack on this machine until it is asked to end.
 *
 * @returns the exit code: 0 after Ctrl-C or a check that went well, 1 when the gateway failed or a model did not
 * answer in a check, 2 for bad input.
 */
export async function localCommand(options: LocalCommandOptions, io: Io): Promise<number> {
  const shutdown = watchShutdown();
  try {
    return await run(options, io, shutdown);
  } catch (error) {
    if (error instanceof GatewayError) {
      io.err(error.message);
      return ExitCode.Crash;
    }
    if (error instanceof DeclarationError || error instanceof UsageError || error instanceof ToolError) {
      io.err(error.message);
      return ExitCode.BadInput;
    }
    throw error;
  } finally {
    shutdown.dispose();
  }
}

async function run(options: LocalCommandOptions, io: Io, shutdown: Shutdown): Promise<number> {
  const stack = options.stack ?? "local";
  const projectDir = findProjectDir(path.resolve(options.cwd ?? "."));
  const declaration = await readDeclaration(projectDir, stack, options.debug ?? false);
  const settings = checkedSettings(options, declaration);
  for (const warning of declaration.warnings) {
    io.err(`warning: ${warning}`);
  }
  io.out(`The stack "${stack}" on this machine:`);
  const starting = startLocal({
    ...settings,
    name: declaration.name,
    declaration: declaration.args,
    progress: (line) => io.out(`  ${line}`),
    ...(options.verbose === true ? { onOutput: (line: string) => io.err(line) } : {}),
  });
  const gateway = await unlessAsked(starting, shutdown);
  if (gateway === undefined) {
    return ExitCode.Ok;
  }
  shutdown.onImpatience(() => process.exit(130));
  try {
    return await serve(gateway, settings, options.check === true, io, shutdown);
  } finally {
    await gateway.stop();
  }
}

/** A wrong option is reported with all others, and only for a declaration that is right. */
function checkedSettings(flags: LocalFlags, { name, args }: Declaration): LocalSettings {
  const { models, routes } = resolveModelGateway(name, { ...args, target: "local", local: {} });
  const aliases = routes.map(({ key }) => key).filter((key) => models.every((model) => model.key !== key));
  const problems: string[] = [];
  const declared = args.local ?? {};
  const settings = readFlags(flags, { models, aliases, declared, env: process.env, problems });
  if (problems.length > 0) {
    throw new UsageError(problems.join("\n"));
  }
  return settings;
}

/** The gateway; undefined when the command was asked to end before it was there. */
async function unlessAsked(
  starting: Promise<LocalGateway>,
  shutdown: Shutdown,
): Promise<LocalGateway | undefined> {
  const asked = shutdown.asked.then(() => undefined);
  const first = await Promise.race([starting, asked]);
  if (first === undefined) {
    // It may come up or fail while we wait; either way it must be gone before we are.
    await starting.then((gateway) => gateway.stop()).catch(() => undefined);
  }
  return first;
}

async function serve(
  gateway: LocalGateway,
  settings: LocalSettings,
  isCheck: boolean,
  io: Io,
  shutdown: Shutdown,
): Promise<number> {
  const interrupted = Promise.race([
    shutdown.asked,
    gateway.ended.then((failure) => failure ?? new GatewayError("The gateway ended.", [])),
  ]);
  const outcome = await Promise.race([checkModels(gateway), interrupted]);
  if (!Array.isArray(outcome)) {
    return endedBy(outcome);
  }
  for (const line of ["", ...checkLines(outcome), ""]) {
    io.out(line);
  }
  const failed = outcome.filter(({ problem }) => problem !== undefined).length;
  if (isCheck) {
    const total = outcome.length;
    io.out(failed === 0 ? `All ${total} models answered.` : `${failed} of ${total} models did not answer.`);
    return failed === 0 ? ExitCode.Ok : ExitCode.Crash;
  }
  introduce(gateway, settings, io);
  const stopLog = gateway.accessLog.onEntry((entry) => io.out(liveLogLine(entry, gateway.resolved)));
  const end = await interrupted;
  stopLog();
  return endedBy(end);
}

function introduce(gateway: LocalGateway, settings: LocalSettings, io: Io): void {
  const { resolved, baseUrl } = gateway;
  for (const difference of resolved.differences) {
    io.out(`Not as in a cluster: ${difference}`);
  }
  io.out(`Base URL: ${baseUrl} (OpenAI: ${baseUrl}/v1, Anthropic: ${baseUrl}/anthropic)`);
  if (settings.host === "0.0.0.0") {
    io.out("Every machine that reaches this one may call it.");
  }
  for (const line of curlLines(baseUrl, resolved)) {
    io.out(`  ${line}`);
  }
  io.out("Requests appear below. Ctrl-C ends it.");
}

function endedBy(end: "signal" | "launcher" | GatewayError): number {
  if (end instanceof GatewayError) {
    throw end;
  }
  return ExitCode.Ok;
}
