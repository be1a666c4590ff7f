import { accessCommand } from "./access/command";
import { asksForHelp, type Command, runProgram } from "./command";
import { hotPathCommand } from "./hotPath/command";
import { processorCommand } from "./processor/command";
import { renderCommand } from "./render/command";
import { serversCommand } from "./servers/command";
import { sizingCommand } from "./sizing/command";
import { statusCommand } from "./status/command";

const commands: Readonly<Record<string, Command>> = {
  access: accessCommand,
  "hot-path": hotPathCommand,
  processor: processorCommand,
  render: renderCommand,
  servers: serversCommand,
  sizing: sizingCommand,
  status: statusCommand,
};
const usage = ["Usage:", ...Object.values(commands).map((each) => each.usage)].join("\n  ");

async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command !== undefined) {
    return command.run(args);
  }
  if (asksForHelp([name])) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  process.stderr.write(`${usage}\n`);
  return 2;
}

runProgram(main);
