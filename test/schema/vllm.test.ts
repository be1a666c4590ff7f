import { secret } from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import { planModelGateway } from "../../components/models/planModelGateway";
import type { VllmArgs } from "../../components/models/vllmArgs";
import type { Manifest } from "../../components/shared/manifest";
import { masked } from "./masked";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

const s3 = { bucket: "acme-models", region: "us-west-2", podIdentity: { clusterName: "prod" } };
const pools = {
  small: { instanceType: "g6.2xlarge" },
  quad: { instanceType: "g6.12xlarge" },
  instinct: {
    accelerator: {
      gpu: "MI300X",
      gpus: 8,
      vcpus: 192,
      memoryGiB: 2_048,
      allocatableMiB: 2_000_000,
      networkGbps: 100,
    },
  },
};

/** Every way to serve a model. */
const servings: Readonly<Record<string, VllmArgs>> = {
  "with sizes and parsers": { source: "Qwen/Qwen3-1.7B", pool: "small", maxModelLen: 16_384, concurrency: 2 },
  "on AMD, with several replicas": { source: "openai/gpt-oss-20b", pool: "instinct", replicas: 3 },
  "with adapters, mirrored to S3": {
    source: "Qwen/Qwen3-8B",
    revision: "v1",
    pool: "quad",
    gpus: 2,
    hfToken: secret("hf"),
    weights: { s3: { mirror: {} } },
    s3,
    loras: { "one-lora": { source: "acme/lora", rank: 16 }, "two-lora": { s3Path: "loras/two", rank: 8 } },
  },
  "from a claim": { source: "Qwen/Qwen3-8B", weights: { claim: { name: "models", path: "qwen3" } } },
  "with a claim for downloads": {
    source: "Qwen/Qwen3-8B",
    replicas: 2,
    cache: { storageClassName: "efs", accessMode: "ReadWriteMany" },
  },
  "on several nodes": { source: "Qwen/Qwen3-235B-A22B-FP8", pool: "quad", gpus: 4, nodes: 4, replicas: 2 },
};

const objectsOf = (vllm: VllmArgs): readonly Manifest[] =>
  planModelGateway("gw", { pools, models: { m: { vllm } } }).objects.map(
    ({ manifest }) => masked(manifest) as Manifest,
  );

interface PodTemplate {
  readonly metadata: object;
  readonly spec: object;
}

/** The validator has no schema of a LeaderWorkerSet; its pods are checked as those of Deployments. */
function asDeployments(object: Manifest): readonly Manifest[] {
  if (object.kind !== "LeaderWorkerSet") {
    return [object];
  }
  const { leaderWorkerTemplate: group } = object["spec"] as {
    leaderWorkerTemplate: { leaderTemplate: PodTemplate; workerTemplate: PodTemplate };
  };
  const selector = { matchLabels: { "app.kubernetes.io/instance": "m" } };
  return Object.entries({ leader: group.leaderTemplate, worker: group.workerTemplate }).map(
    ([role, template]) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { ...object.metadata, name: `${object.metadata.name}-${role}` },
      spec: { selector, template },
    }),
  );
}

describe("the objects of a model's pods", () => {
  beforeEach((context) => {
    const missing = missingCrds("1.1");
    if (missing !== undefined) {
      skipWithReason(context, missing);
    }
  });

  it.each(Object.entries(servings))("%s are valid for the API server", async (_, vllm) => {
    const objects = objectsOf(vllm).flatMap(asDeployments);
    expect(objects.filter(({ kind }) => kind === "Deployment").length).toBeGreaterThan(0);
    expect(await expectAllValid("1.1", objects)).toBe(objects.length);
  });

  it("are refused with a field that no pod has, or a Job that restarts for ever", async () => {
    const objects = objectsOf(servings["with adapters, mirrored to S3"] ?? { source: "" });
    const found = (kind: string) => objects.find((each) => each.kind === kind) as Manifest;
    const broken = [
      { ...found("Deployment"), spec: { ...(found("Deployment")["spec"] as object), unheardOf: 1 } },
      { ...found("Job"), spec: { ...(found("Job")["spec"] as object), backoffLimit: "six" } },
    ];
    expect((await validateObjects("1.1", broken)).map(({ ok }) => ok)).toEqual([false, false]);
  });
});
