import { output, secret } from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { bucketPolicy } from "../../../components/models/podIdentity";
import type { VllmArgs } from "../../../components/models/vllmArgs";
import { expectProblems, objectOf, objectsOf, specOf } from "./support";

const declared = (vllm: VllmArgs) => ({ models: { m: { vllm } } });
const podOf = (vllm: VllmArgs) => specOf(objectsOf(declared(vllm)), "Deployment", "m").template.spec;
const path = 'models["m"].vllm';

const commit = "0123456789abcdef0123456789abcdef01234567";
const s3 = { bucket: "acme-models", region: "us-west-2", podIdentity: { clusterName: "prod" } };
const streamed: VllmArgs = { source: "Qwen/Qwen3-8B", revision: commit, weights: { s3: {} }, s3 };
const mirrored: VllmArgs = { ...streamed, weights: { s3: { mirror: {} } }, hfToken: secret("hf") };

describe("weights on a claim", () => {
  const vllm: VllmArgs = { source: "a/b", weights: { claim: { name: "models", path: "qwen3" } } };

  it("are mounted read-only and read from their folder", () => {
    const { containers, volumes } = podOf(vllm);
    expect(containers[0].args[0]).toBe("/weights/qwen3");
    expect(containers[0].volumeMounts).toContainEqual({
      name: "weights",
      mountPath: "/weights",
      readOnly: true,
    });
    expect(volumes).toContainEqual({
      name: "weights",
      persistentVolumeClaim: { claimName: "models", readOnly: true },
    });
    // What is left is for compiled kernels.
    expect(volumes[0]).toEqual({ name: "cache", emptyDir: { sizeLimit: "30Gi" } });
  });

  it("may lie at its root, and name no revision to the server", () => {
    const { args } = podOf({ source: "a/b", revision: "v1", weights: { claim: { name: "models" } } })
      .containers[0];
    expect(args[0]).toBe("/weights");
    expect(args).not.toContain("--revision");
  });
});

describe("weights in S3", () => {
  it("are streamed from the folder of their revision", () => {
    const { args, env } = podOf(streamed).containers[0];
    expect(args[0]).toBe(`s3://acme-models/Qwen/Qwen3-8B/${commit}`);
    expect(args.slice(-2)).toEqual(["--load-format", "runai_streamer"]);
    expect(args).not.toContain("--revision");
    expect(env).toContainEqual({ name: "AWS_REGION", value: "us-west-2" });
  });

  it("are shared out among the GPUs of a split model", () => {
    const { args } = podOf({ ...streamed, gpus: 2 }).containers[0];
    expect(args.slice(-2)).toEqual(["--model-loader-extra-config", '{"distributed":true}']);
  });

  it("may be in a folder that is named, and in a bucket that is not known yet", async () => {
    const vllm = {
      ...streamed,
      s3: { ...s3, bucket: output("later") },
      weights: { s3: { path: "qwen/8b" } },
    };
    const [first] = podOf(vllm).containers[0].args;
    expect(await new Promise((resolve) => first.apply(resolve))).toBe("s3://later/qwen/8b");
  });

  it("are read by a service account of the model, without a token of Kubernetes", () => {
    const pod = podOf(streamed);
    expect([pod.serviceAccountName, pod.automountServiceAccountToken]).toEqual(["m", false]);
    expect(objectOf(objectsOf(declared(streamed)), "ServiceAccount", "m")).toMatchObject({
      automountServiceAccountToken: false,
    });
  });

  it("may be read by somebody else's service account, and none is made", () => {
    const vllm = { ...streamed, s3: { bucket: "b-c-d", region: "us-west-2", serviceAccountName: "reader" } };
    expect(podOf(vllm).serviceAccountName).toBe("reader");
    expect(objectsOf(declared(vllm)).map(({ manifest }) => manifest.kind)).not.toContain("ServiceAccount");
  });
});

describe("the mirror", () => {
  const jobOf = (vllm: VllmArgs) =>
    objectsOf(declared(vllm)).find(({ manifest }) => manifest.kind === "Job")?.manifest;
  const containerOf = (vllm: VllmArgs) =>
    specOf(objectsOf(declared(vllm)), "Job", jobOf(vllm)?.metadata.name ?? "").template.spec.containers[0];

  it("copies a revision before the first pod starts", () => {
    const objects = objectsOf(declared(mirrored));
    const name = jobOf(mirrored)?.metadata.name;
    const after = objects.find(({ manifest }) => manifest.kind === "Deployment")?.after;
    expect(after).toEqual([
      "ServiceAccount/ai-gateway/m",
      "PodIdentityAssociation/ai-gateway/m",
      `Job/ai-gateway/${name}`,
    ]);
    expect(objects.find(({ manifest }) => manifest.kind === "Job")?.after).toEqual([
      "ServiceAccount/ai-gateway/m",
      "PodIdentityAssociation/ai-gateway/m",
    ]);
    expect(containerOf(mirrored).env).toEqual([
      { name: "HOME", value: "/mirror" },
      { name: "AWS_REGION", value: "us-west-2" },
      { name: "BUCKET", value: "acme-models" },
      { name: "FOLDER", value: `Qwen/Qwen3-8B/${commit}` },
      { name: "SOURCE", value: "Qwen/Qwen3-8B" },
      { name: "REVISION", value: commit },
      { name: "HF_TOKEN", valueFrom: { secretKeyRef: { name: "m", key: "token" } } },
    ]);
  });

  it("is another Job for another revision, and the same one for the same", () => {
    const other: VllmArgs = { ...mirrored, revision: "v2" };
    expect(jobOf(other)?.metadata.name).not.toBe(jobOf(mirrored)?.metadata.name);
    expect(jobOf({ ...mirrored, replicas: 4 })?.metadata.name).toBe(jobOf(mirrored)?.metadata.name);
  });

  it("needs no GPU, and room for one file", () => {
    const { resources } = containerOf(mirrored);
    expect(resources).toEqual({
      requests: { cpu: "1", memory: "4Gi", "ephemeral-storage": "60Gi" },
      limits: { memory: "4Gi" },
    });
    const small = containerOf({ ...mirrored, weights: { s3: { mirror: { disk: "10Gi" } } } });
    expect(small.resources.requests["ephemeral-storage"]).toBe("10Gi");
  });

  it("is not made where the weights are there already", () => {
    expect(jobOf(streamed)).toBeUndefined();
  });
});

describe("what the role of a model may do", () => {
  const identity = { clusterName: "prod", roleArn: undefined, reads: ["q/1", "lora"], writes: [] };

  it("is to list and read its folders, no more", () => {
    expect(bucketPolicy("b", "aws", identity)).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Action: ["s3:ListBucket"],
          Resource: ["arn:aws:s3:::b"],
          Condition: { StringLike: { "s3:prefix": ["q/1", "q/1/*", "lora", "lora/*"] } },
        },
        {
          Effect: "Allow",
          Action: ["s3:GetObject"],
          Resource: ["arn:aws:s3:::b/q/1/*", "arn:aws:s3:::b/lora/*"],
        },
      ],
    });
  });

  it("is to write the mirrored folder too", () => {
    const [, , write] = bucketPolicy("b", "aws", { ...identity, writes: ["q/1"] }).Statement;
    expect(write).toEqual({
      Effect: "Allow",
      Action: ["s3:PutObject", "s3:AbortMultipartUpload"],
      Resource: ["arn:aws:s3:::b/q/1/*"],
    });
  });
});

describe("wrong declarations of weights", () => {
  const plain: VllmArgs = { source: "a/b" };
  const cases: readonly (readonly [string, VllmArgs, string, RegExp])[] = [
    [
      "a bucket in a cluster without a name",
      { ...plain, weights: { s3: {} }, s3: { ...s3, podIdentity: {} } },
      "s3.podIdentity.clusterName",
      /^is missing; name the EKS cluster that the pods run in/,
    ],
    ["nowhere", { ...plain, weights: {} }, "weights", /^names neither claim nor s3; keep one/],
    [
      "two places",
      { ...streamed, weights: { claim: { name: "c" }, s3: {} } },
      "weights",
      /^names both claim and s3; keep one/,
    ],
    [
      "no bucket",
      { ...plain, weights: { s3: {} } },
      "s3",
      /^is missing, and weights.s3 reads from its bucket/,
    ],
    ["a bucket for nothing", { ...plain, s3 }, "s3", /^is given, and nothing is read from it/],
    [
      "no way in",
      { ...streamed, s3: { bucket: "abc", region: "us-west-2" } },
      "s3",
      /gives neither of podIdentity and/,
    ],
    [
      "two ways in",
      { ...streamed, s3: { ...s3, serviceAccountName: "x" } },
      "s3",
      /gives both of podIdentity and serviceAccountName/,
    ],
    [
      "a bucket that is none",
      { ...streamed, s3: { ...s3, bucket: "s3://x" } },
      "s3.bucket",
      /is not the name of a bucket/,
    ],
    [
      "a region that is none",
      { ...streamed, s3: { ...s3, region: "Oregon" } },
      "s3.region",
      /"Oregon" is not a region/,
    ],
    [
      "a folder with slashes",
      { ...streamed, weights: { s3: { path: "/q/" } } },
      "weights.s3.path",
      /is not a folder/,
    ],
    [
      "a folder above",
      { ...plain, weights: { claim: { name: "c", path: "../x" } } },
      "weights.claim.path",
      /is not a folder/,
    ],
    [
      "a claim's name",
      { ...plain, weights: { claim: { name: "My Claim" } } },
      "weights.claim.name",
      /is not the name of an object/,
    ],
    [
      "a mirror of whatever main is",
      { source: "a/b", s3, weights: { s3: { mirror: {} } } },
      "revision",
      /^is missing, and the mirror copies once for each revision/,
    ],
    [
      "a disk of no size",
      { ...streamed, weights: { s3: { mirror: { disk: "big" } } } },
      "weights.s3.mirror.disk",
      /is not a size/,
    ],
    [
      "a volume for downloads that are not made",
      { ...streamed, cache: { storageClassName: "efs" } },
      "cache.storageClassName",
      /^would keep downloads on a claim, and weights.s3 downloads none/,
    ],
    [
      "a flag of the streamer",
      { ...streamed, extraArgs: ["--load-format=auto"] },
      "extraArgs",
      /is set by this package; use weights$/,
    ],
    [
      "a part of the streamer's settings",
      { ...streamed, gpus: 2, extraArgs: ["--model-loader-extra-config.concurrency", "16"] },
      "extraArgs",
      /\(--model-loader-extra-config\) is set by this package; use weights$/,
    ],
  ];

  it.each(cases)("%s", (_, vllm, member, sentence) => {
    expectProblems(declared(vllm), [[`${path}.${member}`, sentence]]);
  });
});
