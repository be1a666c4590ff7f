/** What was started, so that all of it is stopped, the last first, whatever happens. */
export class Cleanup {
  readonly #steps: (() => Promise<void> | void)[] = [];

  /** Takes note of something that runs, and hands it back. */
  add<Running extends { stop(): Promise<void> | void }>(running: Running): Running {
    this.#steps.push(() => running.stop());
    return running;
  }

  /** Stops everything; the first error is thrown when all has been tried. */
  async stop(): Promise<void> {
    const errors: unknown[] = [];
    for (const step of this.#steps.splice(0).reverse()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) {
      throw errors[0];
    }
  }
}

/** Runs something with a cleanup, and stops what it has started when it fails. */
export async function withCleanup<Result>(run: (cleanup: Cleanup) => Promise<Result>): Promise<Result> {
  const cleanup = new Cleanup();
  try {
    return await run(cleanup);
  } catch (error) {
    await cleanup.stop().catch(() => undefined);
    throw error;
  }
}
