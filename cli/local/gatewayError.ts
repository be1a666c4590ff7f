import { readFileSync } from "node:fs";
import type { RunDirectory } from "./runDirectory";

/** The gateway did not start or did not stay up. The message explains it and shows the gateway's last lines. */
export class GatewayError extends Error {
  constructor(
    /** What happened and what to do, without the lines. */
    readonly explanation: string,
    /** What the gateway printed last. */
    readonly lines: readonly string[],
  ) {
    const shown = lines.map((line) => `  ${line.length > 500 ? `${line.slice(0, 500)}...` : line}`);
    super([explanation, ...(shown.length > 0 ? ["Its last lines:", ...shown] : [])].join("\n"));
    this.name = "GatewayError";
  }
}

const portTaken = /address already in use/i;
const portTakenText = "A port that the gateway needs was taken in the meantime; run it again.";

/** What stands in the output, and what it means to the reader. */
const explanations: readonly (readonly [RegExp, string])[] = [
  [/infrastructure runner error: signal: killed/, "Envoy was killed, and the gateway ended with it."],
  [/infrastructure runner error/, "Envoy ended, and the gateway with it."],
  [portTaken, portTakenText],
  [
    /error collecting|error translating|unmarshal/,
    "The gateway refused the manifests that were rendered for it.",
  ],
  [
    /failed to execute certgen/,
    "The gateway could not write its certificates below ~/.config/envoy-gateway.",
  ],
  [/panic:/, "The gateway crashed."],
];

/** Envoy goes on without a listener that it could not open, and does not try again: why nobody need wait for it. */
export function portTakenFailure(output: readonly string[]): GatewayError | undefined {
  const printed = telling(output);
  return printed.some((line) => portTaken.test(line))
    ? new GatewayError(portTakenText, printed.slice(-12))
    : undefined;
}

/** What Envoy says of its ordinary work would hide why it ended, as would the word of the shell around the gateway. */
function telling(output: readonly string[]): readonly string[] {
  return output.filter((line) => !/^(Killed|Terminated)|\]\[(trace|debug|info)\]\[/.test(line));
}

/** Why the gateway ended although nobody stopped it. */
export function gatewayFailure(
  code: number,
  output: readonly string[],
  directory: RunDirectory,
): GatewayError {
  const printed = telling(output);
  const text = printed.join("\n");
  const known = explanations.find(([pattern]) => pattern.test(text))?.[1];
  const lines = printed.slice(-12);
  return new GatewayError(
    known ?? unknownEnd(code),
    lines.length > 0 ? lines : lastLines(directory.aigwLog, 6),
  );
}

function unknownEnd(code: number): string {
  if (code > 128) {
    return `The gateway (aigw) was ended by signal ${code - 128}.`;
  }
  return code === 0
    ? "The gateway (aigw) ended by itself."
    : `The gateway (aigw) ended with exit code ${code}.`;
}

function lastLines(path: string, count: number): string[] {
  try {
    const lines = readFileSync(path, "utf8").split("\n");
    return lines.filter((line) => line.trim() !== "").slice(-count);
  } catch {
    return [];
  }
}
