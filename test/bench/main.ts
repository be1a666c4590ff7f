import { hotPathCommand, hotPathUsage } from "./hotPath/command";
import { processorCommand, processorUsage } from "./processor/command";
import { renderCommand, renderUsage } from "./render/command";
import { serversCommand, serversUsage } from "./servers/command";
import { sizingCommand, sizingUsage } from "./sizing/command";

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  "hot-path": hotPathCommand,
  processor: processorCommand,
  render: renderCommand,
  servers: serversCommand,
  sizing: sizingCommand,
};
const usages = [hotPathUsage, processorUsage, renderUsage, serversUsage, sizingUsage];
const usage = ["Usage:", ...usages].join("\n  ");

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`${usage}\n`);
    return 2;
  }
  return command(args);
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
