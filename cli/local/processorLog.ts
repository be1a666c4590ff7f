import { asObject, asString } from "./engine/json";

/** Who reads what the processor logs. */
export interface ProcessorLogOptions {
  /** Receives a line for everything that somebody should see. */
  readonly onWarning?: ((line: string) => void) | undefined;
  /** Receives lines about its ordinary work. */
  readonly onOutput?: ((line: string) => void) | undefined;
}

/** Where in the code an error arose, and whether a webhook heard of a warning: there is none here. */
const untold: readonly string[] = ["at", "delivered"];

/**
 * What is a warning in a cluster and nothing here: the other end of a broken connection tells of it itself, and a Redis
 * was asked whether it answers before the processor began to.
 */
const harmless: readonly (string | undefined)[] = ["connection", "store_waiting"];

/** The same sentence again within so many milliseconds tells nothing. */
const repeatMs = 60_000;

/** The processor's log is made for machines; here people read it, a line for each thing that is new. */
export function processorLog({ onWarning, onOutput }: ProcessorLogOptions): { write(line: string): void } {
  const told = new Map<string, number>();
  return {
    write(line) {
      const { level, time: _time, code, message, ...fields } = asObject(JSON.parse(line));
      const details = Object.entries(fields)
        .filter(([name]) => !untold.includes(name))
        .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
      const shown = [`budgets: ${asString(message) ?? ""}`, ...details].join(", ").replace(/\p{Cc}/gu, " ");
      if ((level !== "warn" && level !== "error") || harmless.includes(asString(code))) {
        onOutput?.(shown);
        return;
      }
      const nowMs = performance.now();
      if (nowMs - (told.get(shown) ?? Number.NEGATIVE_INFINITY) >= repeatMs) {
        told.set(shown, nowMs);
        onWarning?.(shown);
      }
    },
  };
}
