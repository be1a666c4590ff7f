/** How a simulated engine answers. Every field can be changed while it runs. */
export interface EngineBehaviour {
  /** Time before the first token, in milliseconds. Default: 20. */
  readonly ttftMs: number;
  /** Tokens per second after the first; 0 means all at once. Default: 0. */
  readonly tokensPerSecond: number;
  /** Tokens of an answer that no `max_tokens` cuts. Default: 16. */
  readonly answerTokens: number;
  /** Answers every request with this error status; 0 means it does not. Default: 0. */
  readonly failStatus: number;
  /** `retry-after` of the error answer, in seconds; 0 leaves the header out. Default: 0. */
  readonly retryAfterSeconds: number;
  /** Takes requests and never answers. Default: false. */
  readonly hang: boolean;
  /** Cuts the connection of a stream after this many chunks; 0 means it does not. Default: 0. */
  readonly cutAfterChunks: number;
  /** Refuses connections. Default: false. */
  readonly down: boolean;
  /** Longest input and output together, in tokens; longer requests get 400. 0 means no limit. Default: 0. */
  readonly contextTokens: number;
  /** Requests that are answered at the same time; others wait in line. 0 means no limit. Default: 0. */
  readonly concurrency: number;
  /** Shortest beginning of a prompt that is cached, in tokens. Default: 1024, as most providers have it. */
  readonly cacheTokens: number;
}

export const defaultBehaviour: EngineBehaviour = Object.freeze({
  ttftMs: 20,
  tokensPerSecond: 0,
  answerTokens: 16,
  failStatus: 0,
  retryAfterSeconds: 0,
  hang: false,
  cutAfterChunks: 0,
  down: false,
  contextTokens: 0,
  concurrency: 0,
  cacheTokens: 1024,
});

type Parsed = Partial<{ -readonly [K in keyof EngineBehaviour]: EngineBehaviour[K] }>;

/** What `--simulate` takes, for messages and help. */
export const simulateSyntax =
  "NAME=ttft=200ms,rate=50,tokens=20,fail=500,retry-after=3,cut=5,context=8192,parallel=4,cache=1024,hang,down (any of them)";

/**
 * Reads the settings of one `--simulate NAME=settings`; `problems` receives a sentence for each that is wrong.
 */
export function parseBehaviour(text: string, problems: string[]): Partial<EngineBehaviour> {
  const parsed: Parsed = {};
  for (const setting of text.split(",").map((part) => part.trim())) {
    const problem = applySetting(parsed, setting);
    if (problem !== undefined) {
      problems.push(problem);
    }
  }
  return parsed;
}

function applySetting(parsed: Parsed, setting: string): string | undefined {
  const [name, value] = splitOnce(setting);
  switch (name) {
    case "ttft":
      return take(milliseconds(value), "a time such as 200ms or 1.5s", setting, (n) => {
        parsed.ttftMs = n;
      });
    case "rate":
      return take(number(value, 0, 1_000_000), "tokens per second, 0 to 1000000", setting, (n) => {
        parsed.tokensPerSecond = n;
      });
    case "tokens":
      return take(integer(value, 0, 1_000_000), "a whole number, 0 to 1000000", setting, (n) => {
        parsed.answerTokens = n;
      });
    case "fail":
      return take(integer(value, 400, 599), "an HTTP status, 400 to 599", setting, (n) => {
        parsed.failStatus = n;
      });
    case "retry-after":
      return take(integer(value, 1, 86_400), "whole seconds, 1 to 86400", setting, (n) => {
        parsed.retryAfterSeconds = n;
      });
    case "cut":
      return take(integer(value, 1, 1_000_000), "a number of chunks, 1 or more", setting, (n) => {
        parsed.cutAfterChunks = n;
      });
    case "context":
      return take(integer(value, 0, 1_000_000_000), "tokens, 0 for no limit", setting, (n) => {
        parsed.contextTokens = n;
      });
    case "parallel":
      return take(integer(value, 0, 1_000_000), "a number of requests, 0 for no limit", setting, (n) => {
        parsed.concurrency = n;
      });
    case "cache":
      return take(integer(value, 0, 1_000_000_000), "tokens from which prompts are cached", setting, (n) => {
        parsed.cacheTokens = n;
      });
    case "hang":
    case "down":
      if (value !== undefined) {
        return `${JSON.stringify(setting)}: ${name} takes no value; write ${name}`;
      }
      parsed[name] = true;
      return undefined;
    default:
      return `${JSON.stringify(setting)} is no setting; use ${simulateSyntax}`;
  }
}

function take(value: number | undefined, wanted: string, setting: string, set: (value: number) => void) {
  if (value === undefined) {
    return `${JSON.stringify(setting)} needs ${wanted}`;
  }
  set(value);
  return undefined;
}

function splitOnce(setting: string): [string, string | undefined] {
  const at = setting.indexOf("=");
  return at < 0 ? [setting, undefined] : [setting.slice(0, at), setting.slice(at + 1)];
}

function number(value: string | undefined, low: number, high: number): number | undefined {
  if (value === undefined || !/^\d+(\.\d+)?$/.test(value)) {
    return undefined;
  }
  const parsed = Number(value);
  return parsed >= low && parsed <= high ? parsed : undefined;
}

function integer(value: string | undefined, low: number, high: number): number | undefined {
  const parsed = number(value, low, high);
  return parsed !== undefined && Number.isInteger(parsed) ? parsed : undefined;
}

function milliseconds(value: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(value ?? "");
  if (match === null) {
    return undefined;
  }
  return Number(match[1]) * (match[2] === "s" ? 1000 : 1);
}
