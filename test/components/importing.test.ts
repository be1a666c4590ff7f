import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluateProgram } from "../../cli/evaluate";
import type { Evaluation, PlanResource } from "../../cli/evaluate/evaluation";
import { maskValue } from "../../cli/evaluate/values";

// What this file does not prove: that the package works from the registry (see test/package).

const projectDir = path.join(__dirname, "fixtures/importing");
const program = readFileSync(path.join(projectDir, "index.ts"), "utf8");

let evaluation: Evaluation;
beforeAll(async () => {
  const config = { kubeconfig: "apiVersion: v1", openaiKey: "sk-1" };
  evaluation = await evaluateProgram({ projectDir, stack: "test", config });
});

const named = (type: string, name: string): PlanResource => {
  const found = evaluation.resources.filter((each) => each.type.endsWith(type) && each.name === name);
  expect(found, `${type} ${name}`).toHaveLength(1);
  return found[0] as PlanResource;
};
const below = (component: string): readonly PlanResource[] =>
  evaluation.resources.filter(({ urn }) => urn.includes(`${component}$`));
const objects = (component: string) => below(component).filter(({ type }) => type.startsWith("kubernetes:"));

describe("a program of one's own", () => {
  it("is the one that the documentation shows", () => {
    const shown = readFileSync(path.join(__dirname, "../../docs/platform.md"), "utf8");
    expect(shown).toContain(program.replace("../../../../components", "pulumi-ai-gateway"));
  });

  it("takes one model alone, to somebody else's cluster, without a gateway", () => {
    const made = objects("VllmServing").map(({ type, name }) => `${type} ${name}`);
    expect(made.sort()).toEqual([
      "kubernetes:apps/v1:Deployment qwen3",
      "kubernetes:core/v1:Namespace qwen3",
      "kubernetes:core/v1:Service qwen3",
    ]);
    const theirs = named(":kubernetes", "theirs").urn;
    expect(new Set(objects("VllmServing").map(({ provider }) => provider))).toEqual(new Set([theirs]));
    expect(maskValue(evaluation.outputs)).toMatchObject({
      modelUrl: "http://qwen3.llm.svc.cluster.local:8000/v1",
    });
  });

  it("takes a gateway alone, on the same cluster, and nothing of an installation", () => {
    const made = objects("ModelGateway");
    expect(made.length).toBeGreaterThan(15);
    expect(new Set(made.map(({ provider }) => provider))).toEqual(
      new Set([named(":kubernetes", "theirs").urn]),
    );
    expect(made.filter(({ type }) => /:(Release|Chart|ConfigFile)$/.test(type))).toEqual([]);
    expect(maskValue(evaluation.outputs)).toMatchObject({ models: ["qwen3", "gpt-5-mini"] });
    // It waits for no address: that is the platform's own.
    expect(JSON.stringify(named(":Gateway", "shared").inputs)).not.toContain("waitFor");
  });

  it("takes a cluster alone, whose provider others use", () => {
    const own = named(":kubernetes", "research").urn;
    expect(own).toContain("GpuCluster$");
    expect(objects("GatewayInstall").length).toBeGreaterThan(10);
    expect(new Set(objects("GatewayInstall").map(({ provider }) => provider))).toEqual(new Set([own]));
    expect(below("GpuCluster").filter(({ type }) => type === "aws:eks/nodeGroup:NodeGroup").length).toBe(4);
    expect(evaluation.resources.filter(({ type }) => type.endsWith(":AiPlatform"))).toEqual([]);
  });
});
