import { describe, expect, it } from "vitest";
import { checkModels } from "../../cli/local/modelChecks";
import { helloWorld, useGateway } from "./support/gateway";

const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" } };
const gateway = useGateway({
  models: {
    one: { ...vllm, hostnames: ["one.example.com"] },
    two: { ...vllm, hostnames: ["*.two.example.com"] },
  },
});

describe("models with host names", () => {
  it("are checked on their own hosts", async () => {
    const checks = await checkModels(gateway.local);
    expect(checks.map(({ model, status, problem }) => [model, status, problem])).toEqual([
      ["one", 200, undefined],
      ["two", 200, undefined],
    ]);
  });

  it("do not answer elsewhere", async () => {
    const response = await gateway.post("/v1/chat/completions", { model: "one", messages: helloWorld });
    expect(response.status).toBe(404);
  });
});
