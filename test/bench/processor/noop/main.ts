import { join } from "node:path";
import {
  type GrpcObject,
  loadPackageDefinition,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/**
 * The filter that one writes first: grpc-js as it comes, messages by reflection, every message answered with
 * "go on". What it costs is what any external processor in this place costs at least, done the plain way.
 *
 * `main.ts PORT log|stream`
 */
type Phase = "request_headers" | "response_headers" | "request_body" | "response_body";

interface Message {
  /** Name of the field that is set. */
  readonly request: Phase;
}

/** Numbers of Envoy's `ProcessingMode`: the answer's body in pieces. */
const streamed = {
  request_header_mode: 1,
  response_header_mode: 1,
  request_body_mode: 2,
  response_body_mode: 1,
};

function processor(isStream: boolean) {
  return (call: ServerDuplexStream<Message, object>) => {
    call.on("data", ({ request }: Message) => {
      const override = isStream && request === "request_headers" ? { mode_override: streamed } : {};
      call.write({ [request]: {}, ...override });
    });
    call.on("end", () => call.end());
    call.on("error", () => undefined);
  };
}

function logReader(
  call: ServerReadableStream<object, object>,
  answer: (error: null, value: object, trailer?: Metadata) => void,
) {
  call.on("data", () => undefined);
  call.on("end", () => answer(null, {}));
  call.on("error", () => undefined);
}

const [port = "0", mode = "log"] = process.argv.slice(2);
const definition = loadSync(join(__dirname, "envoy.proto"), { keepCase: true, oneofs: true, defaults: true });
const services = loadPackageDefinition(definition)["bench"] as GrpcObject;
// The file's own package keeps its names apart from the real ones; Envoy calls those.
const real = (name: string, path: string, method: string) => {
  const { service } = services[name] as ServiceClientConstructor;
  const [entry] = Object.values(service);
  if (entry === undefined) {
    throw new Error(`${name} has no method`);
  }
  return { [method]: { ...entry, path } };
};
const server = new Server();
server.addService(
  real("ExternalProcessor", "/envoy.service.ext_proc.v3.ExternalProcessor/Process", "process"),
  { process: processor(mode === "stream") },
);
server.addService(
  real("AccessLogService", "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs", "log"),
  { log: logReader },
);
server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
  if (error !== null) {
    throw error;
  }
  process.stdout.write(`${JSON.stringify({ port: bound })}\n`);
});
