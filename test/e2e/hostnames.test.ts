import { expect, it } from "vitest";
import { checkModels } from "../../cli/local/modelChecks";
import { useGateway } from "./support/gateway";

const vllm = { vllm: { source: "Qwen/Qwen3-1.7B" } };
const gateway = useGateway({
  models: {
    one: { ...vllm, hostnames: ["one.example.com"] },
    two: { ...vllm, hostnames: ["*.two.example.com"] },
  },
});

it("models that answer on host names of their own answer on this machine all the same", async () => {
  const checks = await checkModels(gateway.local);
  expect(checks.map(({ model, status, problem }) => [model, status, problem])).toEqual([
    ["one", 200, undefined],
    ["two", 200, undefined],
  ]);
});
