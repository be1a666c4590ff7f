import { writeFileSync } from "node:fs";
import { startGatewayProcess } from "../../../cli/local/gatewayProcess";
import { manifestFileText } from "../../../cli/local/manifestFile";
import { checkPorts, freePort } from "../../../cli/local/ports";
import { createRunDirectory } from "../../../cli/local/runDirectory";
import type { AccessArgs } from "../../../components/budgets/accessArgs";
import type { BudgetArgs } from "../../../components/budgets/budgetArgs";
import { planModelGateway } from "../../../components/models/planModelGateway";
import { requireTool } from "../../../tools/find";
import { descendantsOf } from "./processFigures";

/** The model that every benchmark asks for. */
export const benchModel = "bench";

/** Nothing that a benchmark could spend. */
const price = { usdPerMillionInputTokens: 0.25, usdPerMillionOutputTokens: 1.25 };

/** A gateway that runs for a benchmark. */
export interface RunningGateway {
  /** Without a path, for example `http://127.0.0.1:41234`. */
  readonly url: string;
  readonly envoyPid: number;
  /** Process id of `aigw`, which holds AI Gateway's own filter. */
  readonly aiGatewayPid: number;
  stop(): Promise<void>;
}

/** What a gateway is declared as. */
export interface GatewayDeclaration {
  /** With `/v1`. */
  readonly upstreamUrl: string;
  readonly budgets?: Readonly<Record<string, BudgetArgs>>;
  /** Default: everybody may call, and nothing is known of callers. */
  readonly access?: AccessArgs;
  /** Where the processor of the budgets listens. */
  readonly processorPort?: number;
}

/** The plan of a gateway with one model; the very one that `ai-gateway local` would carry out. */
function planGateway(declaration: GatewayDeclaration, port: number, accessLog: string) {
  const { upstreamUrl, budgets, access, processorPort } = declaration;
  return planModelGateway("bench", {
    models: { [benchModel]: { openAICompatible: { url: upstreamUrl }, price } },
    ...(budgets === undefined ? {} : { budgets }),
    ...(access === undefined ? {} : { access }),
    target: "local",
    local: {
      port,
      accessLog,
      upstreams: { [benchModel]: upstreamUrl },
      ...(processorPort === undefined ? {} : { processorPort }),
    },
  });
}

/** The policy document of a gateway's budgets. */
export function gatewayPolicy(declaration: GatewayDeclaration): string {
  const { policy } = planGateway(declaration, 1975, "/dev/null").resolved;
  if (policy === undefined) {
    throw new Error("There is no policy without budgets.");
  }
  return policy;
}

/**
 * Starts the standalone gateway and waits until it answers.
 *
 * @throws UsageError when a port is taken: only one such gateway can run on a machine.
 */
export async function startGateway(declaration: GatewayDeclaration): Promise<RunningGateway> {
  const port = await freePort();
  await checkPorts(port);
  const programs = { aigw: requireTool("aigw"), envoy: requireTool("envoy") };
  const directory = createRunDirectory();
  const { objects } = planGateway(declaration, port, directory.accessLog);
  writeFileSync(directory.manifests, await manifestFileText(objects), { mode: 0o600 });
  const gateway = await startGatewayProcess({ ...programs, directory, port });
  try {
    await gateway.ready(1, 60_000);
    return {
      url: `http://127.0.0.1:${port}`,
      envoyPid: envoyBelow(gateway.pid),
      aiGatewayPid: gateway.pid,
      stop: () => gateway.stop(),
    };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

function envoyBelow(aigw: number): number {
  const envoy = descendantsOf(aigw).find(({ name }) => name.startsWith("envoy"));
  if (envoy === undefined) {
    throw new Error("The gateway runs without an Envoy.");
  }
  return envoy.pid;
}
