import { beforeEach, describe, expect, it } from "vitest";
import { ReleaseSet } from "../../components/gateway/releases";
import type { AutoscalingArgs } from "../../components/models/autoscalingArgs";
import { planModelGateway } from "../../components/models/planModelGateway";
import type { VllmArgs } from "../../components/models/vllmArgs";
import type { Manifest } from "../../components/shared/manifest";
import { masked } from "./masked";
import { findOtherCrds } from "./otherCrds";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

const source = "Qwen/Qwen3-8B";
const keda: AutoscalingArgs = { max: 4, prometheus: { url: "http://prometheus.monitoring.svc:9090" } };
const picked: VllmArgs = { source, replicas: 2, endpointPicker: true };

/** Every way to scale a model, and to choose among its replicas. */
const servings: Readonly<Record<string, VllmArgs>> = {
  "scaled by KEDA": { source, autoscaling: keda },
  "scaled by KEDA, down to zero": {
    source,
    autoscaling: {
      max: 2,
      prometheus: {
        url: "https://aps-workspaces.us-west-2.amazonaws.com/workspaces/ws-1",
        labels: { namespace: "ai-gateway" },
        triggerAuthenticationName: "amp",
        authModes: "bearer",
        awsRegion: "us-west-2",
      },
      scaleToZero: true,
      wakeQuery: "rate(asked_total[1m])",
    },
  },
  "scaled by a HorizontalPodAutoscaler": { source, autoscaling: { min: 2, max: 4, by: "hpa" } },
  "of several nodes, scaled": { source, gpus: 8, nodes: 2, autoscaling: keda },
  "behind a picker": picked,
  "behind a picker, scaled, with adapters and objectives": {
    source,
    endpointPicker: true,
    autoscaling: keda,
    loras: { sql: { source: "acme/sql", rank: 8 } },
    picker: { metrics: true, objectives: { batch: { priority: -10 }, "batch.low": { priority: -20 } } },
  },
};

const objectsOf = (vllm: VllmArgs, namespace?: string): readonly Manifest[] =>
  planModelGateway("gw", {
    models: { m: { vllm, ...(namespace === undefined ? {} : { namespace }) } },
  }).objects.map(({ manifest }) => masked(manifest) as Manifest);

describe("the objects of scaled and picked models", () => {
  const others = findOtherCrds();
  const files = others.files ?? [];

  beforeEach((context) => {
    const missing = missingCrds("1.1") ?? missingCrds("1.0") ?? others.missing;
    if (missing !== undefined) {
      skipWithReason(context, missing);
    }
  });

  it.each(Object.entries(servings))("%s, are valid for the API server", async (_, vllm) => {
    const objects = objectsOf(vllm);
    for (const set of Object.values(ReleaseSet)) {
      expect(await expectAllValid(set, objects, files)).toBe(objects.length);
    }
  });

  it("in another namespace, are valid for the API server", async () => {
    const objects = objectsOf(picked, "llm");
    expect(objects.filter(({ kind }) => kind === "ReferenceGrant")).toHaveLength(4);
    expect(await expectAllValid("1.1", objects, files)).toBe(objects.length);
  });

  it("are refused where they are broken, by schema or by rule", async () => {
    const found = (kind: string, vllm: VllmArgs) =>
      objectsOf(vllm).find((each) => each.kind === kind) as Manifest & { readonly spec: object };
    const route = found("AIGatewayRoute", picked) as unknown as Manifest & {
      readonly spec: { readonly rules: readonly { readonly backendRefs: readonly object[] }[] };
    };
    const [rule] = route.spec.rules;
    const scaled = found("ScaledObject", { source, autoscaling: keda });
    const pool = found("InferencePool", picked);
    const broken = [
      { ...scaled, spec: { ...scaled.spec, maxReplicaCount: "four" } },
      { ...scaled, spec: { ...scaled.spec, triggers: undefined } },
      {
        ...pool,
        spec: { ...pool.spec, endpointPickerRef: { name: "picker", kind: "Service" } },
      },
      {
        ...route,
        spec: {
          ...route.spec,
          rules: [{ ...rule, backendRefs: [...(rule?.backendRefs ?? []), { name: "claude" }] }],
        },
      },
    ];
    const results = await validateObjects("1.1", broken, files);
    expect(results.map(({ ok }) => ok)).toEqual([false, false, false, false]);
    expect(results[2]?.message).toContain("port is required");
    expect(results[3]?.message).toMatch(/InferencePool/);
  });
});
