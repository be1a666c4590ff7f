import { ProgramError } from "./errors";
import type { Evaluation } from "./evaluate/evaluation";
import { type FailureWatch, watchFailures } from "./evaluate/failures";
import { lightenSdk } from "./evaluate/lighten";
import { enableTypeScript, runProgramFile } from "./evaluate/loadProgram";
import { captureLog } from "./evaluate/logCapture";
import { type AnswerCall, PlanMonitor } from "./evaluate/monitor";
import { answerOwnCall } from "./evaluate/ownCalls";
import { type ProjectFile, readProjectFile } from "./evaluate/projectFile";
import { loadSdk, type Sdk } from "./evaluate/sdk";
import { ProgramWork, settle } from "./evaluate/settle";
import { readStackConfig, type StackConfig } from "./evaluate/stackConfig";

export type { Evaluation, PlanResource, ResourceOptions } from "./evaluate/evaluation";
export { maskValue, revealValue } from "./evaluate/values";

export interface EvaluateOptions {
  /** The folder of `Pulumi.yaml`. */
  readonly projectDir: string;
  readonly stack: string;
  /** Configuration that goes before the files, by `namespace:key`; a key without namespace is the project's. */
  readonly config?: Readonly<Record<string, string>>;
  /** Runs in place of the program that `Pulumi.yaml` names. */
  readonly program?: () => unknown;
  /** Answers functions of providers. Default: those of our own components; any other call fails with its name. */
  readonly answerCall?: AnswerCall;
  /** Keeps stack traces, which cost time and memory. Default: false. */
  readonly debug?: boolean;
}

/**
 * Evaluates the program that `pulumi up` would run, in this process, with no engine, login or cloud.
 *
 * It runs as in a preview: outputs that only a provider can know are unknown, and code that waits for them in an
 * `apply` does not run. Evaluations must not overlap.
 *
 * @throws UsageError when there is no program to run.
 * @throws ProgramError when the program fails, with everything that went wrong.
 */
export async function evaluateProgram(options: EvaluateOptions): Promise<Evaluation> {
  const project = readProjectFile(options.projectDir);
  const config = readStackConfig(project, options.stack, options.config);
  const sdk = loadSdk(project.workingDir);
  // A store of its own for each evaluation, as the Automation API does for inline programs.
  return sdk.state.withLocalStorage(() => evaluateInStore(options, project, config, sdk));
}

async function evaluateInStore(
  options: EvaluateOptions,
  project: ProjectFile,
  config: StackConfig,
  sdk: Sdk,
): Promise<Evaluation> {
  const monitor = new PlanMonitor(sdk, project.name, options.stack, options.answerCall ?? answerOwnCall);
  const { runtime } = sdk.pulumi;
  runtime.setMockOptions(monitor, project.name, options.stack, true, "organization");
  runtime.setAllConfig({ ...config.values }, [...config.secretKeys]);
  sdk.state.getStore().settings.options.rootDirectory = project.dir;

  const restore = enterProgram(project, options.debug ?? false);
  const restoreSdk = lightenSdk(sdk);
  const log = captureLog(sdk);
  const watch = watchFailures();
  try {
    await runToEnd(sdk, watch, () =>
      options.program === undefined ? runProgramFile(project.entry) : options.program(),
    );
    if (watch.failures.length > 0 || log.errors.length > 0) {
      throw new ProgramError(watch.failures, log.errors);
    }
  } finally {
    runtime.disconnectSync();
    monitor.close();
    watch.stop();
    log.stop();
    restoreSdk();
    restore();
  }
  return {
    project: project.name,
    stack: options.stack,
    resources: monitor.resources,
    outputs: monitor.stackOutputs(),
    warnings: [...config.warnings, ...log.warnings],
  };
}

/** Runs the program inside a stack resource until nothing more comes; its errors end up in the watch. */
async function runToEnd(sdk: Sdk, watch: FailureWatch, program: () => unknown): Promise<void> {
  const store = sdk.state.getStore();
  const work = await ProgramWork.begin();
  const run = sdk.pulumi.runtime.runInPulumiStack(async () => program());
  const ended = Promise.race([
    run.catch((error: unknown) => {
      watch.report(error);
    }),
    // A failed registration may leave the program waiting for what will not come.
    watch.first,
  ]);
  const settled = await settle(ended, store, work);
  if (settled === "stuck" && watch.failures.length === 0) {
    // The SDK explains pending registrations only when it knows of a promise that leaked.
    store.leakCandidates.add(run);
    const [, leaks] = sdk.debuggable.leakedPromises();
    // The last paragraph is about debugging the SDK.
    const explanation = leaks.replace(/\n\nRe-run your program[\s\S]*$/, "");
    watch.report(
      new sdk.pulumi.RunError(explanation || "The program waits for something that never happens."),
    );
  }
  if (settled === "abandoned") {
    void sdk.pulumi.log.warn("The program still has timers running; what they would make later is left out.");
  }
  store.leakCandidates.clear();
}

/** Sets what a program finds around it: its folder, TypeScript loading. Returns what undoes it. */
function enterProgram(project: ProjectFile, debug: boolean): () => void {
  const workingDir = process.cwd();
  const { stackTraceLimit } = Error;
  const { exit } = process;
  const disableTypeScript = enableTypeScript(project.dir);
  process.chdir(project.workingDir);
  // Ending the process would end it without a plan, and without a word.
  process.exit = (code) => {
    throw new Error(`The program called process.exit(${code ?? ""}) before its end.`);
  };
  if (!debug) {
    // The SDK formats a stack trace for each of some twenty promises per resource.
    Error.stackTraceLimit = 0;
  }
  return () => {
    Error.stackTraceLimit = stackTraceLimit;
    process.exit = exit;
    process.chdir(workingDir);
    disableTypeScript();
  };
}
