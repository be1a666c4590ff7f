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

/** Makes the answer to a message. */
type Answer = (phase: Phase) => object;

function messageProcessor(answer: Answer) {
  return (call: ServerDuplexStream<Message, object>): void => {
    call.on("data", ({ request }: Message) => {
      if (request !== undefined) {
        call.write(answer(request));
      }
    });
    call.on("end", () => call.end());
    call.on("error", () => {});
  };
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

/** grpc-js, with messages by proto-loader. By default every message is answered with "go on". */
export function startGrpcJs(answer: Answer = (phase) => ({ [phase]: {} })): Promise<number> {
  const definition = loadSync([...serviceFiles], { includeDirs: [protoFolder], oneofs: true });
  const root = loadPackageDefinition(definition);
  const server = new Server();
  server.addService(serviceOf(root, "envoy.service.ext_proc.v3.ExternalProcessor"), {
    Process: messageProcessor(answer),
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
