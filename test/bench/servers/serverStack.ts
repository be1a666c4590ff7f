import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { freePort } from "../../../cli/local/ports";
import { requireTool } from "../../../tools/find";
import type { RunningStack } from "../processor/stacks";
import { answers, type Supervised, startSupervised } from "../processor/supervised";
import { envoyConfig } from "./envoyConfig";
import type { ServerName } from "./servers";

/** All servers in one file, as the processor is shipped: what runs is no TypeScript. */
export async function bundleServers(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, "servers.cjs");
  await build({
    entryPoints: [join(__dirname, "child.ts")],
    outfile,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "warning",
  });
  return outfile;
}

/** Starts a server and an Envoy before it. */
export async function startServerStack(name: ServerName, bundle: string): Promise<RunningStack> {
  const server = name === "none" ? undefined : await startServer(name, bundle);
  try {
    const listener = await freePort();
    const envoy = await startEnvoy({ listener, ...(server && { processor: server.port }) });
    return {
      target: { url: `http://127.0.0.1:${listener}` },
      processes: { envoy: [envoy.pid], ...(server && { processor: [server.program.pid] }) },
      stop: async () => {
        await envoy.stop();
        await server?.program.stop();
      },
    };
  } catch (error) {
    await server?.program.stop();
    throw error;
  }
}

async function startServer(name: ServerName, bundle: string): Promise<{ program: Supervised; port: number }> {
  const program = await startSupervised({
    command: process.execPath,
    args: () => [bundle, name],
    isReady: (lines) => portIn(lines) !== undefined,
  });
  return { program, port: portIn(program.lines) ?? 0 };
}

function portIn(lines: readonly string[]): number | undefined {
  const line = lines.find((candidate) => candidate.startsWith('{"port":'));
  return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
}

function startEnvoy(ports: Parameters<typeof envoyConfig>[0]): Promise<Supervised> {
  return startSupervised({
    command: requireTool("envoy"),
    args: (folder) => {
      const file = join(folder, "envoy.json");
      writeFileSync(file, envoyConfig(ports));
      return ["--config-path", file, "--concurrency", "2", "--disable-hot-restart", "--log-level", "error"];
    },
    isReady: () => answers(`http://127.0.0.1:${ports.listener}/`),
  });
}
