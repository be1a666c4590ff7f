import { writeFileSync } from "node:fs";
import { type GatewayProcess, startGatewayProcess } from "../../../cli/local/gatewayProcess";
import { manifestFileText } from "../../../cli/local/manifestFile";
import { fixedPorts, freePort, takenPorts } from "../../../cli/local/ports";
import { createRunDirectory } from "../../../cli/local/runDirectory";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";
import { planModelGateway } from "../../../components/models/planModelGateway";
import type { RenderedObject } from "../../../components/shared/manifest";
import { requireTool } from "../../../tools/find";
import { childrenOf } from "./processFigures";

/** The model that every benchmark asks for. */
export const benchModel = "bench";

/** A gateway that runs for a benchmark. */
export interface RunningGateway {
  /** Without a path, for example `http://127.0.0.1:41234`. */
  readonly url: string;
  /** Process ids by part: `envoy`, and `aiGateway` for the program that holds AI Gateway's own filter. */
  readonly processes: Readonly<Record<"envoy" | "aiGateway", number>>;
  stop(): Promise<void>;
}

export interface GatewayStackOptions {
  /** The declaration's parts beside the model and local mode. */
  readonly declaration?: Partial<ModelGatewayArgs>;
  /** Where the model server answers. */
  readonly upstreamUrl: string;
  /** Changes the objects before the gateway reads them. */
  readonly change?: (objects: readonly RenderedObject[]) => readonly RenderedObject[];
  /** Receives every line that the gateway and Envoy print. */
  readonly onOutput?: (line: string) => void;
}

/**
 * Starts the standalone gateway with one model, from the very objects that `ai-gateway local` gives it.
 *
 * @throws Error when a port is taken: only one such gateway can run on a machine.
 */
export async function startGateway(options: GatewayStackOptions): Promise<RunningGateway> {
  const { declaration = {}, upstreamUrl, change = (objects) => objects, onOutput } = options;
  const taken = await takenPorts(fixedPorts);
  if (taken.length > 0) {
    const ports = taken.map(({ port, owner }) => `${port} (${owner ?? "unknown"})`).join(", ");
    throw new Error(`Ports that the gateway needs are in use: ${ports}. Stop the other gateway first.`);
  }
  const port = await freePort();
  const directory = createRunDirectory();
  const { objects } = planModelGateway("bench", {
    models: { [benchModel]: { openAICompatible: { url: upstreamUrl } } },
    ...declaration,
    target: "local",
    local: { port, accessLog: directory.accessLog, upstreams: { [benchModel]: upstreamUrl } },
  });
  writeFileSync(directory.manifests, await manifestFileText(change(objects)), { mode: 0o600 });
  const programs = { aigw: requireTool("aigw"), envoy: requireTool("envoy") };
  const gateway = await startGatewayProcess({ ...programs, directory, port, onOutput });
  try {
    await gateway.ready(1, 60_000);
    return {
      url: `http://127.0.0.1:${port}`,
      processes: { envoy: envoyOf(gateway), aiGateway: gateway.pid },
      stop: () => gateway.stop(),
    };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

function envoyOf(gateway: GatewayProcess): number {
  const envoy = childrenOf(gateway.pid).find(({ name }) => name.startsWith("envoy"));
  if (envoy === undefined) {
    throw new Error("The gateway runs without an Envoy.");
  }
  return envoy.pid;
}
