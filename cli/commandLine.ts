import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { Command, Option } from "commander";
import { UsageError } from "./errors";
import type { Io } from "./io";
import type { LocalCommandOptions } from "./local";
import type { RenderFormat } from "./render/format";

/** The command line: `ai-gateway render | local | tools`. */
export function commandLine(io: Io, finish: (code: number) => void): Command {
  const program = new Command("ai-gateway")
    .description("Renders, runs and checks the LLM platform that a Pulumi program declares.")
    .version(packageVersion())
    .option("--debug", "show stack traces of errors")
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    })
    .exitOverride()
    .addHelpText(
      "after",
      `
Examples:
  ai-gateway render --stack local               manifests and plan.json of stacks/local.ts
  ai-gateway local                              the real gateway on localhost, with simulated engines
  ai-gateway local --upstream qwen3-1.7b=http://localhost:11434/v1
  ai-gateway tools                              which tools were found, and where`,
    );
  const debug = () => program.opts<{ debug?: boolean }>().debug ?? false;
  // Commands are loaded when they run: the Pulumi SDK alone takes most of a second.
  addRender(program).action(async ({ stack, ...options }: RenderFlags) => {
    if (stack === undefined) {
      throw new UsageError("Say which stack to render, for example: ai-gateway render --stack local");
    }
    const { renderCommand } = require("./render") as typeof import("./render");
    finish(await renderCommand({ stack, ...options, debug: debug() }, io));
  });
  addLocal(program).action(async (options: LocalCommandOptions) => {
    const { localCommand } = require("./local") as typeof import("./local");
    finish(await localCommand({ ...options, debug: debug() }, io));
  });
  addTools(program).action(async (names: string[], options: { json?: boolean; get?: boolean }) => {
    const { toolsCommand } = require("./tools") as typeof import("./tools");
    const stop = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => stop.abort());
    }
    finish(await toolsCommand({ names, ...options }, { signal: stop.signal }));
  });
  return program;
}

/** What `ai-gateway render` was given. */
interface RenderFlags {
  stack?: string;
  out?: string;
  format: RenderFormat;
  cwd?: string;
}

function addRender(program: Command): Command {
  return program
    .command("render")
    .description("Write the Kubernetes manifests and the plan of a stack, without an engine, login or cloud.")
    .option("--stack <name>", "the stack, for example local or prod")
    .option("--out <dir>", "folder to write (default: .ai-gateway/render/<stack> in the project)")
    .addOption(
      new Option("--format <format>", "format of the manifests").choices(["yaml", "json"]).default("yaml"),
    )
    .option("--cwd <dir>", "where to look for Pulumi.yaml (default: here and upwards)")
    .addHelpText(
      "after",
      `
Writes cluster.yaml, a file for each namespace, charts.yaml and plan.json, or nothing when the program fails.
Secrets appear as "[secret]", values that only a deployment can know as "[unknown]".

Example:
  ai-gateway render --stack prod --out manifests/prod`,
    );
}

function addLocal(program: Command): Command {
  return program
    .command("local")
    .description("Run the real gateway on this machine, with a simulated engine for each model.")
    .option("--stack <name>", "the stack to run", "local")
    .option("--port <port>", "port of the gateway (default: 1975; 0 takes a free one)")
    .option("--host <address>", "who may call: 127.0.0.1 this machine alone (default), 0.0.0.0 all")
    .option("--upstream <model=url>", "real endpoint of a model; may be repeated", collect)
    .option("--real <model>", "let this provider answer for real; may be repeated", collect)
    .option("--simulate <model=settings>", "how an engine answers; may be repeated", collect)
    .option("--redis <url>", "where budgets are counted (default: this command's memory)")
    .option("--check", "end after one request per model: 0 if every model answered")
    .option("--verbose", "show the output of the gateway and of Envoy")
    .option("--cwd <dir>", "where to look for Pulumi.yaml (default: here and upwards)")
    .addHelpText(
      "after",
      `
Examples:
  ai-gateway local --check
  ai-gateway local --port 8080 --upstream qwen3-1.7b=http://localhost:11434/v1
  ai-gateway local --simulate qwen3-1.7b=ttft=300ms,rate=50 --simulate gpt-oss-20b=fail=500
  ai-gateway local --redis redis://localhost:6379
  ANTHROPIC_API_KEY=... ai-gateway local --real claude`,
    );
}

function addTools(program: Command): Command {
  return program
    .command("tools")
    .description(
      "List the programs that the gateway and the tests need: where each was found, which version.",
    )
    .argument("[names...]", "only these programs")
    .option("--json", "print the list as JSON")
    .option("--get", "build or download what is missing first");
}

function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** The package's version; the package.json is one folder up in the sources, two in the build. */
function packageVersion(): string {
  for (const up of ["..", "../.."]) {
    const file = path.join(__dirname, up, "package.json");
    if (existsSync(file)) {
      return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
    }
  }
  return "unknown";
}
