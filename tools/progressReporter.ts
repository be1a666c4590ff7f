/** Shows one long task after another. */
export interface ProgressReporter {
  /** A task begins. */
  start(title: string): void;
  /** How far the task is; kept and shown with the time that has passed. */
  step(text: string): void;
  /** The task is over; nothing is shown when none had begun. */
  end(outcome: string): void;
}

/** The part of a stream that is needed; a terminal has `isTTY` and `columns`. */
export interface ProgressStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** Minutes and seconds, such as `2:05`. */
export function elapsed(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** One line that changes every second on a terminal; elsewhere a line every 15 s, so that a log shows life. */
export function progressReporter(
  out: ProgressStream,
  everyMs = out.isTTY ? 1_000 : 15_000,
): ProgressReporter {
  let began = 0;
  let latest = "";
  let timer: NodeJS.Timeout | undefined;
  const show = () => {
    const line = `  ${elapsed(Date.now() - began)} ${latest}`;
    out.write(out.isTTY ? `\r\x1b[2K${line.slice(0, (out.columns || 80) - 1)}` : `${line}\n`);
  };
  return {
    start(title) {
      out.write(`${title}\n`);
      began = Date.now();
      latest = "";
      timer = setInterval(show, everyMs);
    },
    step(text) {
      latest = text;
    },
    end(outcome) {
      if (timer === undefined) return;
      clearInterval(timer);
      timer = undefined;
      out.write(`${out.isTTY ? "\r\x1b[2K" : ""}  ${elapsed(Date.now() - began)} ${outcome}\n`);
    },
  };
}
