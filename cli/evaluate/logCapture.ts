import type { Sdk } from "./sdk";

/** What a program logs through `pulumi.log` while it is evaluated. */
export interface LogCapture {
  readonly warnings: readonly string[];
  readonly errors: readonly string[];
  stop(): void;
}

/**
 * Takes the place of the functions of `pulumi.log`. An engine of our own could receive the messages as well, but
 * with one connected the SDK also sends several debug messages for each resource.
 */
export function captureLog(sdk: Sdk): LogCapture {
  const log = sdk.pulumi.log as { -readonly [K in keyof typeof sdk.pulumi.log]: (typeof sdk.pulumi.log)[K] };
  const { info, warn, error } = log;
  const warnings: string[] = [];
  const errors: string[] = [];
  log.info = async () => {};
  log.warn = async (message) => {
    warnings.push(message);
  };
  log.error = async (message) => {
    errors.push(message);
  };
  return {
    warnings,
    errors,
    stop() {
      log.info = info;
      log.warn = warn;
      log.error = error;
    },
  };
}
