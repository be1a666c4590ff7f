import { secret } from "@pulumi/pulumi";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateProgram } from "../../cli/evaluate";
import { planChunks } from "../../cli/plan";
import type { ModelArgs } from "../../components";
import { ModelGateway } from "../../components";
import { alikeNames } from "../support/alikeNames";

const keys = fc.uniqueArray(
  fc.oneof(fc.constantFrom(...alikeNames), fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9./_-]{0,60}$/)),
  { minLength: 2, maxLength: 40 },
);

const model = fc.constantFrom<() => ModelArgs>(
  () => ({ openAICompatible: { url: "https://llm.example.com/v1" } }),
  () => ({ openai: { apiKey: secret("key") }, upstreamName: "gpt" }),
  () => ({ vllm: { source: "owner/name" } }),
  () => ({ bedrock: { modelId: "amazon.nova-pro-v1:0", region: "us-west-2" }, namespace: "elsewhere" }),
);

interface Plan {
  readonly resources: readonly { readonly urn: string; readonly type: string }[];
}

/** The resources of a declaration by URN, without the declaration itself, which holds every model. */
async function resourcesOf(models: Readonly<Record<string, () => ModelArgs>>): Promise<Map<string, string>> {
  const evaluation = await evaluateProgram({
    projectDir: process.cwd(),
    stack: "independence",
    program: () => {
      const declared = Object.entries(models).map(([key, make]) => [key, make()]);
      new ModelGateway("dev", { models: Object.fromEntries(declared) });
    },
  });
  const { resources } = JSON.parse([...planChunks(evaluation)].join("")) as Plan;
  return new Map(
    resources
      .filter(({ type }) => type !== "ai-gateway:index:ModelGateway")
      .map((resource) => [resource.urn, JSON.stringify(resource)]),
  );
}

function changed(before: Map<string, string>, after: Map<string, string>): string[] {
  const urns = new Set([...before.keys(), ...after.keys()]);
  return [...urns].filter((urn) => before.get(urn) !== after.get(urn));
}

describe("one model among up to 40", () => {
  it("is added, deleted or renamed without a change to any other resource", async () => {
    await fc.assert(
      fc.asyncProperty(keys, fc.infiniteStream(model), async (names, stream) => {
        const all = Object.fromEntries(names.map((name) => [name, stream.next().value]));
        const [last = "", ...others] = [...names].reverse();
        const rest = Object.fromEntries(others.map((name) => [name, all[name] as () => ModelArgs]));
        const whole = await resourcesOf(all);
        const without = await resourcesOf(rest);
        const renamed = await resourcesOf({ [`${last}-new`]: all[last] as () => ModelArgs, ...rest });
        const own = (urn: string, name: string) => urn.endsWith(`::dev-${name}`);
        // The first model of another namespace brings the grants that let routes in, the last one takes them.
        const shared = (urn: string) => urn.includes("ReferenceGrant::dev-elsewhere");

        const byDeleting = changed(whole, without).filter((urn) => !shared(urn));
        expect(byDeleting.length).toBeGreaterThanOrEqual(4);
        expect(byDeleting.filter((urn) => !own(urn, last))).toEqual([]);
        const byRenaming = changed(whole, renamed).filter((urn) => !shared(urn));
        expect(byRenaming.filter((urn) => !own(urn, last) && !own(urn, `${last}-new`))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
