import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secret } from "@pulumi/pulumi";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { evaluateProgram } from "../../cli/evaluate";
import { planChunks } from "../../cli/plan";
import { ModelGateway } from "../../components";

const folder = mkdtempSync(join(tmpdir(), "processor-render-"));
vi.mock("../../tools/packageRoot", () => ({ packageRoot: () => folder }));

beforeAll(() => {
  mkdirSync(join(folder, "extproc/dist"), { recursive: true });
  writeFileSync(join(folder, "extproc/Dockerfile"), "");
  writeFileSync(join(folder, "extproc/dist/processor.cjs"), "");
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

interface Plan {
  readonly resources: readonly {
    readonly type: string;
    // biome-ignore lint/suspicious/noExplicitAny: the inputs of two types, asserted below.
    readonly inputs: any;
  }[];
}

it("a processor whose image is built is rendered without AWS, Docker and secrets", async () => {
  const evaluation = await evaluateProgram({
    projectDir: process.cwd(),
    stack: "render",
    program: () => {
      new ModelGateway("dev", {
        models: { m: { openAICompatible: { url: "https://llm.example.com/v1" } } },
        budgets: { rate: { limit: { tokens: 1000 }, period: "hour" } },
        processor: {
          build: { repositoryUrl: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/processor" },
          redis: { url: "rediss://redis.example.com", password: secret("marker") },
        },
      });
    },
  });
  const text = [...planChunks(evaluation)].join("");
  expect(text).not.toContain("marker");
  const { resources } = JSON.parse(text) as Plan;
  const inputsOf = (kind: string) => resources.find(({ type }) => type.endsWith(`:${kind}`))?.inputs;
  expect(inputsOf("Image").registries).toEqual([
    {
      address: "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
      username: "AWS",
      password: "[secret]",
    },
  ]);
  const { metadata, spec } = inputsOf("Deployment").spec.template;
  expect(spec.containers[0].image).toBe("[unknown]");
  expect(metadata.annotations).toEqual({ "pulumi-ai-gateway/credentials": "[unknown]" });
  expect(inputsOf("Secret").stringData).toEqual({ password: "[secret]" });
});
