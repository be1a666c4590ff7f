import { startServer } from "../../../extproc/stream";
import { noopHandler } from "./noopHandler";

/** What the processor runs on. */
export async function startProduct(): Promise<number> {
  const { port } = await startServer(noopHandler, { port: 0, host: "127.0.0.1" });
  return port;
}
