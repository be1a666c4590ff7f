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
import { isCounted, liveLogLine } from "./local/liveLog";
import { checkModels } from "./local/modelChecks";
import { RequestLines } from "./local/requestLines";
import { type Shutdown, watchShutdown } from "./local/shutdown";
import { type LocalGateway, startLocal } from "./local/startLocal";
import { budgetLine, checkLines, curlLines } from "./local/summary";

/** Exit code of a program that Ctrl-C ended, as shells have it. */
const interrupted = 130;

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

/** Kept, since an evaluated program must not end this process and gets another `process.exit`. */
const exit = process.exit.bind(process);

/**
 * Runs the gateway of a stack on this machine until it is asked to end.
 *
 * @returns the exit code: 0 after Ctrl-C or a check that went well, 1 when the gateway failed or a model did not
 * answer in a check, 2 for bad input, 130 for a check that was interrupted and after a second Ctrl-C.
 */
export async function localCommand(options: LocalCommandOptions, io: Io): Promise<number> {
  const shutdown = watchShutdown();
  // The gateway's supervisor sees us go and ends the rest.
  shutdown.onImpatience(() => exit(interrupted));
  try {
    return await run(options, io, shutdown);
  } catch (error) {
    if (shutdown.signal.aborted && (error instanceof GatewayError || error === shutdown.signal.reason)) {
      return endAsked(options.check);
    }
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
  const gateway = await startLocal({
    ...settings,
    name: declaration.name,
    declaration: declaration.args,
    signal: shutdown.signal,
    progress: (line) => io.out(`  ${line}`),
    onWarning: (line) => io.err(line),
    ...(options.verbose === true ? { onOutput: (line: string) => io.err(line) } : {}),
  });
  try {
    return await serve(gateway, settings, options.check === true, io, shutdown.signal);
  } finally {
    await gateway.stop();
  }
}

/** A wrong option is reported with all others, and only for a declaration that is right. */
function checkedSettings(flags: LocalFlags, { name, args }: Declaration): LocalSettings {
  const { models, routes, processor } = resolveModelGateway(name, { ...args, target: "local", local: {} });
  const aliases = routes.map(({ key }) => key).filter((key) => models.every((model) => model.key !== key));
  const problems: string[] = [];
  const declared = args.local ?? {};
  const hasBudgets = processor !== undefined;
  const settings = readFlags(flags, { models, aliases, hasBudgets, declared, env: process.env, problems });
  if (problems.length > 0) {
    throw new UsageError(problems.join("\n"));
  }
  return settings;
}

async function serve(
  gateway: LocalGateway,
  settings: LocalSettings,
  isCheck: boolean,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const failed = gateway.ended.then((failure) => {
    throw failure ?? new GatewayError("The gateway ended.", []);
  });
  // Nobody may be waiting for it when the gateway is stopped on purpose.
  failed.catch(() => undefined);
  const asked = aborted(signal);
  const { processor } = gateway;
  // Whether models answer must not depend on what is left of a budget, nor take from it.
  const check = () => checkModels(gateway);
  const checking = processor === undefined ? check() : processor.withoutBudgets(check);
  checking.catch(() => undefined);
  const checks = await Promise.race([checking, asked, failed]);
  if (checks === undefined) {
    return endAsked(isCheck);
  }
  for (const line of ["", ...checkLines(checks), ""]) {
    io.out(line);
  }
  if (isCheck) {
    const total = checks.length;
    const silent = checks.filter(({ problem }) => problem !== undefined).length;
    const all = total === 1 ? "The model answered." : `All ${total} models answered.`;
    io.out(silent === 0 ? all : `${silent} of ${total} models did not answer.`);
    return silent === 0 ? ExitCode.Ok : ExitCode.Crash;
  }
  introduce(gateway, settings, io);
  const stopLog = showRequests(gateway, io);
  await Promise.race([asked, failed]).finally(stopLog);
  return ExitCode.Ok;
}

/** Shows a line for every later request, until the function that it returns is called. */
function showRequests({ resolved, accessLog, processor }: LocalGateway, io: Io): () => void {
  const lines = new RequestLines({
    show: (entry, summary) => io.out(liveLogLine(entry, resolved, summary)),
    isCounted: (entry) => processor !== undefined && isCounted(entry),
  });
  const stopEntries = accessLog.onEntry((entry) => lines.addEntry(entry));
  const stopSummaries = processor?.onSummary((summary) => lines.addSummary(summary));
  return () => {
    stopEntries();
    stopSummaries?.();
    lines.flush();
  };
}

/** A check that was interrupted has shown nothing. */
function endAsked(isCheck: boolean | undefined): number {
  return isCheck === true ? interrupted : ExitCode.Ok;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const end = () => resolve(undefined);
    if (signal.aborted) {
      end();
    }
    signal.addEventListener("abort", end, { once: true });
  });
}

function introduce(gateway: LocalGateway, settings: LocalSettings, io: Io): void {
  const { resolved, baseUrl, caller, processor } = gateway;
  for (const warning of resolved.warnings) {
    io.out(`Warning: ${warning}`);
  }
  for (const difference of resolved.differences) {
    io.out(`Not as in a cluster: ${difference}`);
  }
  io.out(`Base URL: ${baseUrl} (OpenAI: ${baseUrl}/v1, Anthropic: ${baseUrl}/anthropic)`);
  if (settings.host === "0.0.0.0") {
    io.out("Every machine that reaches this one may call it.");
  }
  if (processor !== undefined) {
    io.out(budgetLine(resolved));
    io.out(`Status: ${processor.statusUrl}`);
    io.out(`Metrics: ${processor.metricsUrl}`);
  }
  for (const line of curlLines(baseUrl, resolved, caller)) {
    io.out(`  ${line}`);
  }
  io.out("Requests appear below. Ctrl-C ends it.");
}
