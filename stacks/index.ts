import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** The stacks are the files beside this one. */
function stacksHere(): string[] {
  const names = readdirSync(__dirname).flatMap((file) => /^([\w-]+)\.[jt]s$/.exec(file)?.[1] ?? []);
  return [...new Set(names)].filter((name) => name !== "index").sort();
}

function program(stack: string): unknown {
  if (!stacksHere().includes(stack)) {
    const names = stacksHere().join(", ");
    throw new pulumi.RunError(
      `There is no stack "${stack}": stacks/${stack}.ts does not exist. The stacks are: ${names}.`,
    );
  }
  return require(join(__dirname, stack));
}

module.exports = program(pulumi.getStack());
