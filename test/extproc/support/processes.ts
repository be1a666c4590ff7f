import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { LogLines } from "./logLines";

/** A processor as a process of its own. */
export class ProcessorProcess {
  readonly log = new LogLines();
  readonly child: ChildProcess;
  errors = "";
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  #isOver = false;

  constructor(command: readonly string[], options: SpawnOptions) {
    const [program = "", ...args] = command;
    this.child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => this.log.write(text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => {
        this.#isOver = true;
        resolve(code ?? signal ?? "SIGKILL");
      });
    });
  }

  /** The ports, once it takes requests. */
  async started(): Promise<{ readonly port: number; readonly healthPort: number }> {
    for (;;) {
      const line = this.log.text.includes('"started"') ? this.log.of("started")[0] : undefined;
      if (line !== undefined) {
        return { port: Number(line["port"]), healthPort: Number(line["healthPort"]) };
      }
      if (this.#isOver) {
        throw new Error(`it ended: ${await this.ended}\n${this.log.text}${this.errors}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
