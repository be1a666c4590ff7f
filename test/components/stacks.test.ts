import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { evaluateProgram } from "../../cli/evaluate";
import type { Evaluation } from "../../cli/evaluate/evaluation";
import { maskValue } from "../../cli/evaluate/values";
import { planChunks } from "../../cli/plan";

// What this file does not prove: that the objects are valid (see test/schema), or what the engine does with them.

const projectDir = path.resolve(__dirname, "../..");
const evaluate = (stack: string) => evaluateProgram({ projectDir, stack });
const inputsOf = ({ resources }: Evaluation, type: string) =>
  resources.filter((each) => each.type.endsWith(type)).map(({ inputs }) => maskValue(inputs));

describe.each(["dev", "prod"])("the stack %s", (stack) => {
  it("is evaluated without anybody's secrets, and shows none", async () => {
    const file = readFileSync(path.join(projectDir, `Pulumi.${stack}.yaml`), "utf8");
    const secure = [...file.matchAll(/secure: (.*)/g)].map(([, value]) => value);
    expect(secure.length).toBeGreaterThan(0);
    expect(new Set(secure)).toEqual(new Set(["v1:placeholder:placeholder"]));
    const evaluation = await evaluate(stack);
    expect([...planChunks(evaluation)].join("")).not.toContain("placeholder");
    expect(maskValue(evaluation.outputs)).toMatchObject({ kubeconfig: "[secret]" });
  });

  it("is one platform, and a screen of declarations", async () => {
    const { resources } = await evaluate(stack);
    expect(resources.filter(({ type }) => type.endsWith(":AiPlatform")).map(({ name }) => name)).toEqual([
      stack,
    ]);
    const lines = readFileSync(path.join(projectDir, `stacks/${stack}.ts`), "utf8").split("\n");
    expect(lines.length).toBeLessThan(130);
  });
});

describe("the stacks differ in", () => {
  it("capacity, zones and the way to the API server", async () => {
    const [dev, prod] = [await evaluate("dev"), await evaluate("prod")];
    const capacities = (evaluation: Evaluation) =>
      new Set(
        inputsOf(evaluation, ":NodeGroup").map((each) => (each as { capacityType: string }).capacityType),
      );
    expect(capacities(dev)).toEqual(new Set(["SPOT", "ON_DEMAND"]));
    expect(capacities(prod)).not.toContain("SPOT");
    expect(inputsOf(prod, ":LaunchTemplate")).toContainEqual(
      expect.objectContaining({
        capacityReservationSpecification: {
          capacityReservationTarget: { capacityReservationId: "cr-0123456789abcdef0" },
        },
      }),
    );
    expect(inputsOf(dev, ":NatGateway")).toHaveLength(1);
    expect(inputsOf(prod, ":NatGateway")).toHaveLength(3);
    expect(inputsOf(dev, "eks:index:Cluster")).toMatchObject([{ endpointPublicAccess: true }]);
    expect(inputsOf(prod, "eks:index:Cluster")).toMatchObject([{ endpointPublicAccess: false }]);
  });

  it("who may call, and how", async () => {
    const [dev, prod] = [await evaluate("dev"), await evaluate("prod")];
    expect(maskValue(dev.outputs)).toMatchObject({ endpoint: "[unknown]", keySecretNames: ["dev.api-keys"] });
    expect(maskValue(prod.outputs)).toMatchObject({
      endpoint: "https://llm.example.com",
      keySecretNames: [],
    });
    expect(JSON.stringify(inputsOf(dev, ":SecurityPolicy"))).toContain("apiKeyAuth");
    expect(JSON.stringify(inputsOf(prod, ":SecurityPolicy"))).toContain("https://login.example.com/");
    expect(inputsOf(prod, ":Gateway")).toMatchObject([
      { spec: { listeners: [{ protocol: "HTTPS", port: 443 }] } },
    ]);
  });
});
