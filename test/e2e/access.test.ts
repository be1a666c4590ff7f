import { networkInterfaces } from "node:os";
import { describe, expect, it } from "vitest";
import { helloWorld, useGateway } from "./support/gateway";

const models = { qwen: { vllm: { source: "Qwen/Qwen3-1.7B" } } };

/** An address of this machine that is not its loopback; a call to it arrives as from another machine. */
const outer = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

const call = (baseUrl: string) =>
  fetch(`${baseUrl.replace("127.0.0.1", outer ?? "")}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-forwarded-for": "127.0.0.1" },
    body: JSON.stringify({ model: "qwen", messages: helloWorld }),
  });

describe.skipIf(outer === undefined)("callers that are not on the loopback address", () => {
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
