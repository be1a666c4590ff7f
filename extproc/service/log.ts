import pino, { type DestinationStream } from "pino";
import type { LogLevel } from "./settings";

/**
 * What a line may hold beside its code: names of the declaration, numbers and stable codes. Never a prompt, an answer,
 * a key or a user.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** Lines of JSON, each with a stable `code` and a sentence. */
export interface Log {
  debug(code: string, sentence: string, fields?: LogFields): void;
  info(code: string, sentence: string, fields?: LogFields): void;
  warn(code: string, sentence: string, fields?: LogFields): void;
  error(code: string, sentence: string, fields?: LogFields): void;
  /** Says how many lines were left out and not told of yet. */
  flush(): void;
}

/** How a log is made. */
export interface LogOptions {
  /** Default: info. */
  readonly level?: LogLevel;
  /** Default: standard output, written at once. */
  readonly destination?: DestinationStream | undefined;
  /** Lines of one code in a minute; more are counted, and told with the next one. Default: 10. */
  readonly perMinute?: number;
  /** Milliseconds since any fixed instant. Default: the process's clock. */
  readonly now?: () => number;
}

const minuteMs = 60_000;

export function createLog(options: LogOptions = {}): Log {
  const { level = "info", destination = pino.destination({ fd: 1, sync: true }) } = options;
  const { perMinute = 10, now = performance.now.bind(performance) } = options;
  const logger = pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const limiter = new LineLimiter(perMinute, now);
  const at = (lineLevel: LogLevel) => (code: string, sentence: string, fields?: LogFields) => {
    if (!logger.isLevelEnabled(lineLevel)) {
      return;
    }
    const left = limiter.pass(code);
    if (left !== undefined) {
      logger[lineLevel]({ code, ...fields, ...(left > 0 ? { leftOut: left } : {}) }, sentence);
    }
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    flush() {
      for (const [code, leftOut] of limiter.takeLeftOut()) {
        logger.warn({ code, leftOut }, "lines of this code were left out");
      }
    },
  };
}

/** Lets so many lines of a code through in a minute. */
class LineLimiter {
  readonly #codes = new Map<string, { sinceMs: number; lines: number; leftOut: number }>();

  constructor(
    private readonly perMinute: number,
    private readonly now: () => number,
  ) {}

  /** How many lines were left out before this one; `undefined` when this one is left out, too. */
  pass(code: string): number | undefined {
    const nowMs = this.now();
    const known = this.#codes.get(code);
    if (known === undefined || nowMs - known.sinceMs >= minuteMs) {
      this.#codes.set(code, { sinceMs: nowMs, lines: 1, leftOut: 0 });
      return known?.leftOut ?? 0;
    }
    if (known.lines >= this.perMinute) {
      known.leftOut += 1;
      return undefined;
    }
    known.lines += 1;
    return 0;
  }

  takeLeftOut(): readonly (readonly [string, number])[] {
    const found: [string, number][] = [];
    for (const [code, known] of this.#codes) {
      if (known.leftOut > 0) {
        found.push([code, known.leftOut]);
        known.leftOut = 0;
      }
    }
    return found;
  }
}
