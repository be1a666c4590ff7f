import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../../cli/local/ports";

const repository = resolve(__dirname, "../../..");
const readyMs = 60_000;

/** A budget processor as a process of its own, which can be ended and started again on the same ports. */
export class ProcessorProcess {
  private child: ChildProcess | undefined;
  private printed = "";

  private constructor(
    readonly port: number,
    readonly healthPort: number,
    private readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Starts one on free ports. `env` holds its settings. */
  static async start(env: Readonly<Record<string, string>>): Promise<ProcessorProcess> {
    const processor = new ProcessorProcess(await freePort(), await freePort(), env);
    await processor.start();
    return processor;
  }

  /** Everything that it has printed, over all its starts. */
  get output(): string {
    return this.printed;
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Starts it, again if need be, and waits until it takes requests. */
  async start(): Promise<void> {
    const { port, healthPort, env } = this;
    const ports = { PORT: String(port), HEALTH_PORT: String(healthPort), HOST: "127.0.0.1" };
    const child = spawn(process.execPath, ["--import", "tsx", "extproc/main.ts"], {
      cwd: repository,
      env: { ...process.env, ...env, ...ports },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.printed += text;
      });
    }
    const deadline = Date.now() + readyMs;
    while (!(await this.isReady())) {
      if (Date.now() > deadline || !this.isRunning) {
        throw new Error(`the processor is not ready:\n${this.printed}`);
      }
      await delay(50);
    }
  }

  /** Waits until it has ended; answers its exit code, or the signal that ended it. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    const { child } = this;
    if (child === undefined) {
      throw new Error("the processor was never started");
    }
    if (this.isRunning) {
      await new Promise<void>((done) => child.once("exit", () => done()));
    }
    return child.exitCode ?? child.signalCode;
  }

  /** Sends a signal, and waits until it has ended. */
  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.signal(signal);
    return this.ended();
  }

  /** Sends a signal, and does not wait. */
  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** The text of its metrics. */
  async metrics(): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.healthPort}/metrics`);
    return response.text();
  }

  /** What it says of itself: `/ready`. */
  async health(): Promise<Readonly<Record<string, unknown>>> {
    const response = await fetch(`http://127.0.0.1:${this.healthPort}/ready`);
    return (await response.json()) as Record<string, unknown>;
  }

  private async isReady(): Promise<boolean> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.healthPort}/ready`, {
        signal: AbortSignal.timeout(2_000),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}
