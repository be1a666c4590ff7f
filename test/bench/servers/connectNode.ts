import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { createFileRegistry, type DescService } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { readDescriptors } from "./descriptors";
import type { Phase } from "./protoFiles";

interface Message {
  readonly request: { readonly case: Phase | undefined };
}

async function* processMessages(messages: AsyncIterable<Message>): AsyncGenerator<object> {
  for await (const { request } of messages) {
    if (request.case !== undefined) {
      yield { response: { case: request.case, value: {} } };
    }
  }
}

async function takeLogs(messages: AsyncIterable<unknown>): Promise<object> {
  for await (const _ of messages) {
    // Read, as the others do.
  }
  return {};
}

/** connect-node in a server of our own, so that it may take as many resets as Envoy sends. */
export async function startConnectNode(): Promise<number> {
  const registry = createFileRegistry(readDescriptors());
  const service = (name: string): DescService => {
    const found = registry.getService(name);
    if (found === undefined) {
      throw new Error(`${name} is in no .proto file`);
    }
    return found;
  };
  const adapter = connectNodeAdapter({
    routes: (router) => {
      router
        .service(service("envoy.service.ext_proc.v3.ExternalProcessor"), {
          process: processMessages,
        } as unknown as ServiceImpl<DescService>)
        .service(service("envoy.service.accesslog.v3.AccessLogService"), {
          streamAccessLogs: takeLogs,
        } as unknown as ServiceImpl<DescService>);
    },
  });
  const most = 2 ** 31 - 1;
  const server = createServer({ streamResetBurst: most, streamResetRate: most }, adapter);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
