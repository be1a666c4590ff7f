import { startGrpcJs } from "../servers/grpcJs";

/**
 * The filter that one writes first: grpc-js as it comes, every message answered with "go on", in a process of its own.
 * What it costs is what any external processor in this place costs, done the plain way. `noop.ts log|stream` prints its
 * port; `stream` asks for the answer's body in pieces.
 */
const streamed = {
  requestHeaderMode: "SEND",
  responseHeaderMode: "SEND",
  requestBodyMode: "BUFFERED",
  responseBodyMode: "STREAMED",
};
const isStream = process.argv[2] === "stream";

startGrpcJs((phase) => ({
  [phase]: {},
  ...(isStream && phase === "requestHeaders" ? { modeOverride: streamed } : {}),
})).then(
  (port) => process.stdout.write(`${JSON.stringify({ port })}\n`),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exitCode = 1;
  },
);
