import { randomUUID } from "node:crypto";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll } from "vitest";
import type { AccessLogEntry } from "../../../cli/local/accessLog";
import type { SimulatedEngine } from "../../../cli/local/simulatedEngine";
import { type LocalGateway, type LocalOptions, startLocal } from "../../../cli/local/startLocal";
import type { ModelGatewayArgs } from "../../../components/models/modelGatewayArgs";

/** The gateway of a test file, once its tests run. */
export interface TestGateway {
  readonly local: LocalGateway;
  readonly openai: OpenAI;
  readonly anthropic: Anthropic;
  engine(model: string): SimulatedEngine;
  /** The access log's entry of a request. */
  logged(requestId: string): Promise<AccessLogEntry>;
  /** Sends JSON as no SDK would. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

/** Starts a gateway before the tests of a file, and stops it after them. */
export function useGateway(
  declaration: ModelGatewayArgs,
  local: Pick<LocalOptions, "host" | "onOutput" | "onWarning"> = {},
): TestGateway {
  let running: LocalGateway | undefined;
  beforeAll(async () => {
    running = await startLocal({ name: "test", declaration, port: 0, ...local });
  });
  afterAll(async () => {
    await running?.stop();
  });
  const current = () => {
    if (running === undefined) {
      throw new Error("the gateway has not started");
    }
    return running;
  };
  return {
    get local() {
      return current();
    },
    get openai() {
      return new OpenAI({ baseURL: `${current().baseUrl}/v1`, apiKey: "client-key", maxRetries: 0 });
    },
    get anthropic() {
      return new Anthropic({
        baseURL: `${current().baseUrl}/anthropic`,
        apiKey: "client-key",
        maxRetries: 0,
      });
    },
    engine: (model) => {
      const engine = current().engines.get(model);
      if (engine === undefined) {
        throw new Error(`${model} has no simulated engine`);
      }
      return engine;
    },
    logged: async (requestId) => {
      const entry = await current().accessLog.waitFor(requestId);
      if (entry === undefined) {
        throw new Error(`the access log has no entry of ${requestId}`);
      }
      return entry;
    },
    post: (path, body, headers = {}) =>
      fetch(`${current().baseUrl}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
  };
}

/** An option for the SDKs' calls that lets the request be found again. */
export function traced() {
  const requestId = randomUUID();
  return { requestId, options: { headers: { "x-request-id": requestId } } };
}

/** A prompt of five tokens. */
export const helloWorld = [{ role: "user" as const, content: "Hello, world" }];
