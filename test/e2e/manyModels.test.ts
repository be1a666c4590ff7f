import { describe, expect, it } from "vitest";
import { checkModels } from "../../cli/local/modelChecks";
import { startLocal } from "../../cli/local/startLocal";

const declarationOf = (count: number) => ({
  models: Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`m${index}`, { vllm: { source: "Qwen/Qwen3-1.7B" } }]),
  ),
});

describe("the most models that the standalone gateway takes", () => {
  it("all answer", async () => {
    const local = await startLocal({ name: "test", declaration: declarationOf(100), port: 0 });
    try {
      const checks = await checkModels(local);
      expect(checks).toHaveLength(100);
      expect(checks.filter(({ problem }) => problem !== undefined)).toEqual([]);
    } finally {
      await local.stop();
    }
  });

  it("one more is refused before anything starts", async () => {
    const start = startLocal({ name: "test", declaration: declarationOf(101), port: 0 });
    await expect(start).rejects.toThrow(
      "101 public models are declared, and the standalone gateway takes at most 100",
    );
  });
});
