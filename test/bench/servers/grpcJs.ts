import {
  type GrpcObject,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { type Phase, protoFolder, serviceFiles } from "./protoFiles";

interface Message {
  /** Which of the phases is set. */
  readonly request?: Phase;
}

function processMessages(call: ServerDuplexStream<Message, object>): void {
  call.on("data", ({ request }: Message) => {
    if (request !== undefined) {
      call.write({ [request]: {} });
    }
  });
  call.on("end", () => call.end());
  call.on("error", () => {});
}

function takeLogs(
  call: ServerReadableStream<object, object>,
  answer: (error: null, value: object) => void,
): void {
  call.on("data", () => {});
  call.on("end", () => answer(null, {}));
  call.on("error", () => {});
}

function serviceOf(root: GrpcObject, path: string): ServiceClientConstructor["service"] {
  const found = path.split(".").reduce<unknown>((at, name) => (at as GrpcObject)[name], root);
  return (found as ServiceClientConstructor).service;
}

/** grpc-js, with messages by proto-loader. */
export function startGrpcJs(): Promise<number> {
  const definition = loadSync([...serviceFiles], { includeDirs: [protoFolder], oneofs: true });
  const root = loadPackageDefinition(definition);
  const server = new Server();
  server.addService(serviceOf(root, "envoy.service.ext_proc.v3.ExternalProcessor"), {
    Process: processMessages,
  });
  server.addService(serviceOf(root, "envoy.service.accesslog.v3.AccessLogService"), {
    StreamAccessLogs: takeLogs,
  });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}
