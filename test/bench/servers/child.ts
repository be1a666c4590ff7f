import { startConnectNode } from "./connectNode";
import { startGrpcJs } from "./grpcJs";
import { startNodeHttp2 } from "./nodeHttp2";
import { startProduct } from "./product";
import type { RealServerName } from "./servers";

/** One server in a process of its own: `child.ts NAME` prints its port. */
const starts: Readonly<Record<RealServerName, () => Promise<number>>> = {
  "grpc-js": () => startGrpcJs(),
  "connect-node": startConnectNode,
  http2: startNodeHttp2,
  product: startProduct,
};

starts[process.argv[2] as RealServerName]().then(
  (port) => process.stdout.write(`${JSON.stringify({ port })}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  },
);
