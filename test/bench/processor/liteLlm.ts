import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePort } from "../../../cli/local/ports";
import { cacheRoot } from "../../../tools/cacheRoot";
import { runProgram } from "../../../tools/runProgram";
import { benchModel } from "./gatewayStack";
import { descendantsOf } from "./processFigures";
import { answers, startSupervised } from "./supervised";
import type { Target } from "./traffic";

/** What the figures are said to be of. */
export const liteLlmVersion = "1.106.2";

const workers = 2;
const readyTimeoutMs = 180_000;

/**
 * LiteLLM's program in a virtual environment of its own, installed when it is not there yet; or a sentence that says
 * why it cannot be had.
 */
export async function getLiteLlm(
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<{ readonly program: string } | { readonly reason: string }> {
  const folder = join(cacheRoot(), "bench-litellm", liteLlmVersion);
  const program = join(folder, "bin", "litellm");
  if (existsSync(join(folder, "installed"))) {
    return { program };
  }
  progress(`installing LiteLLM ${liteLlmVersion} (1 to 5 minutes)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const steps = [
    ["python3", "-m", "venv", folder],
    [join(folder, "bin", "pip"), "install", "--quiet", `litellm[proxy]==${liteLlmVersion}`],
  ] as const;
  for (const [command, ...args] of steps) {
    const { code, tail } = await runProgram(command, args, { signal });
    if (code !== 0) {
      const detail = code === "missing" ? `there is no ${command}` : tail.slice(-3).join(" ");
      return { reason: `LiteLLM ${liteLlmVersion} could not be installed: ${detail}` };
    }
  }
  writeFileSync(join(folder, "installed"), "");
  return { program };
}

/** Token and request limits of the model, which LiteLLM enforces through Redis without a database. */
function configuration(upstreamUrl: string, redisPort: number): string {
  return stringify({
    model_list: [
      {
        model_name: benchModel,
        litellm_params: {
          model: `openai/${benchModel}`,
          api_base: upstreamUrl,
          api_key: "none",
          tpm: 10 ** 12,
          rpm: 10 ** 9,
        },
      },
    ],
    router_settings: {
      redis_host: "127.0.0.1",
      redis_port: redisPort,
      optional_pre_call_checks: ["enforce_model_rate_limits"],
    },
  });
}

/** A running proxy. */
export interface RunningLiteLlm {
  readonly target: Target;
  /** Its main process and the workers. */
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Starts the proxy with two workers. */
export async function startLiteLlm(
  program: string,
  upstreamUrl: string,
  redisPort: number,
): Promise<RunningLiteLlm> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const proxy = await startSupervised({
    command: program,
    args: (folder) => {
      const file = join(folder, "config.yaml");
      writeFileSync(file, configuration(upstreamUrl, redisPort));
      const place = ["--config", file, "--host", "127.0.0.1", "--port", String(port)];
      // A busy machine needs longer than 5 s to load a worker, which is ended then, for ever.
      const patience = ["--timeout_worker_healthcheck", String(readyTimeoutMs / 1000)];
      return [...place, "--num_workers", String(workers), ...patience, "--telemetry", "False"];
    },
    env: {
      LITELLM_LOCAL_MODEL_COST_MAP: "True",
      LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: "true",
      LITELLM_LOG: "ERROR",
    },
    isReady: () => answers(`${url}/health/liveliness`),
    readyTimeoutMs,
  });
  const pids = [proxy.pid, ...descendantsOf(proxy.pid).map(({ pid }) => pid)];
  return { target: { url }, pids, stop: () => proxy.stop() };
}
