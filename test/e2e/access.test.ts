import { describe, expect, it } from "vitest";
import { helloWorld, useGateway } from "./support/gateway";
import { outerAddress } from "./support/outerAddress";

const models = { qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } } };

const call = (baseUrl: string) =>
  fetch(`${baseUrl.replace("127.0.0.1", outerAddress ?? "")}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": "127.0.0.1" },
    body: JSON.stringify({ model: "qwen", messages: helloWorld }),
  });

describe.skipIf(outerAddress === undefined)("callers that are not on the loopback address", () => {
  describe("by default", () => {
    const gateway = useGateway({ models });
    it("get 403, whatever they say of themselves, and reach no engine", async () => {
      expect((await call(gateway.local.baseUrl)).status).toBe(403);
      expect(gateway.engine("qwen").requestCount).toBe(0);
    });
  });

  describe("with --host 0.0.0.0", () => {
    const gateway = useGateway({ models }, { host: "0.0.0.0" });
    it("are answered", async () => {
      expect((await call(gateway.local.baseUrl)).status).toBe(200);
    });
  });
});
