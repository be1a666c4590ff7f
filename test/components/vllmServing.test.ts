import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { ModelGateway } from "../../components/models/modelGateway";
import { VllmServing } from "../../components/models/vllmServing";
import type { VllmServingArgs } from "../../components/models/vllmServingArgs";
import { DeclarationError } from "../../components/shared/problems";
import { type Registration, recordResources, resolved, wireSecret } from "../support/recordResources";

// What this file does not prove: that a cluster or AWS takes the objects (see test/schema), or that vLLM starts.

const s3 = { bucket: "acme-models", region: "us-west-2", podIdentity: { clusterName: "prod" } };
const commit = "0123456789abcdef0123456789abcdef01234567";
const source = "Qwen/Qwen3-8B";

const one = (all: readonly Registration[], kind: string) => {
  const found = all.filter((each) => each.kind === kind);
  expect(found, kind).toHaveLength(1);
  return found[0] as Registration;
};
/** AWS makes up what nobody gives. */
const answers = {
  state: (type: string, inputs: Record<string, unknown>) =>
    type === "aws:iam/role:Role" ? { ...inputs, arn: "arn:aws:iam::1:role/made", name: "made" } : inputs,
};

describe("VllmServing", () => {
  it("makes the pods of one model under its own name, and nothing of a gateway", async () => {
    let serving: VllmServing | undefined;
    const args: VllmServingArgs = {
      vllm: { source, hfToken: pulumi.secret("hf"), pool: "small", replicas: 2 },
      namespace: "llm",
      createNamespace: true,
      pools: { small: { instanceType: "g6e.xlarge" } },
    };
    const all = await recordResources(() => {
      serving = new VllmServing("qwen3", args);
      return serving;
    });
    const [component, ...children] = [
      one(all, "VllmServing"),
      ...all.filter(({ kind }) => kind !== "VllmServing"),
    ];
    expect(component?.type).toBe("ai-gateway:index:VllmServing");
    expect(children.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
      "Deployment qwen3",
      "Namespace qwen3",
      "PodDisruptionBudget qwen3",
      "Secret qwen3",
      "Service qwen3",
    ]);
    expect(new Set(children.map(({ parent }) => parent))).toEqual(new Set(["VllmServing qwen3"]));
    expect(one(all, "Deployment").dependencies).toEqual(["Namespace qwen3", "Secret qwen3"]);
    expect(one(all, "Deployment").inputs.metadata).toMatchObject({ name: "qwen3", namespace: "llm" });
    expect(one(all, "Secret").inputs.stringData).toEqual(wireSecret({ token: "hf" }));
    expect(component?.inputs.vllm.hfToken).toEqual(wireSecret("hf"));
    expect(await resolved((serving as VllmServing).serviceName)).toBe("qwen3");
    expect(await resolved((serving as VllmServing).url)).toBe("http://qwen3.llm.svc.cluster.local:8000/v1");
  });

  it("serves the name that is given, from a Service that is never called vllm", async () => {
    let serving: VllmServing | undefined;
    const all = await recordResources(() => {
      serving = new VllmServing("vllm", { vllm: { source: "a/b" }, servedName: "acme/chat" });
      return serving;
    });
    const { args } = one(all, "Deployment").inputs.spec.template.spec.containers[0];
    expect(args[args.indexOf("--served-model-name") + 1]).toBe("acme/chat");
    const service = await resolved((serving as VllmServing).serviceName);
    expect(service).not.toBe("vllm");
    expect(one(all, "Service").inputs.metadata.name).toBe(service);
    expect(await resolved((serving as VllmServing).url)).toContain(`//${service}.ai-gateway.svc`);
  });

  it("lets pods read their bucket before they start, with a role for these folders alone", async () => {
    const vllm = { source, revision: commit, s3, weights: { s3: { mirror: {} } } };
    const all = await recordResources(() => new VllmServing("qwen3", { vllm }), answers);
    const folder = `${source}/${commit}`;
    expect(JSON.parse(one(all, "Role").inputs.assumeRolePolicy).Statement[0]).toEqual({
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    });
    const { Statement } = JSON.parse(one(all, "RolePolicy").inputs.policy);
    expect(Statement.map(({ Resource }: { Resource: string[] }) => Resource)).toEqual([
      ["arn:aws:s3:::acme-models"],
      [`arn:aws:s3:::acme-models/${folder}/*`],
      [`arn:aws:s3:::acme-models/${folder}/*`],
    ]);
    expect(one(all, "PodIdentityAssociation").inputs).toMatchObject({
      clusterName: "prod",
      namespace: "ai-gateway",
      serviceAccount: "qwen3",
      roleArn: "arn:aws:iam::1:role/made",
    });
    expect(one(all, "Job").dependencies).toEqual(["PodIdentityAssociation qwen3", "ServiceAccount qwen3"]);
    expect(one(all, "Deployment").dependencies).toEqual([
      "Job qwen3",
      "PodIdentityAssociation qwen3",
      "ServiceAccount qwen3",
    ]);
  });

  it("names its role as IAM takes it, whatever the model is called", async () => {
    const longest = "a-very-long-name-of-a-model-that-somebody-gave-it-in-another-place";
    for (const key of [source, longest]) {
      const vllm = { source, s3, weights: { s3: {} } };
      const all = await recordResources(
        () => new ModelGateway("shared", { models: { [key]: { vllm } } }),
        answers,
      );
      for (const kind of ["Role", "RolePolicy"]) {
        expect(one(all, kind).inputs.namePrefix).toMatch(/^shared-[\w+=,.@-]{1,31}$/);
        expect(one(all, kind).inputs).not.toHaveProperty("name");
      }
    }
  });

  it.each([
    ["us-gov-west-1", "aws-us-gov"],
    ["cn-north-1", "aws-cn"],
  ])("names the bucket by the partition of its region, %s", async (region, partition) => {
    const vllm = { source, revision: commit, s3: { ...s3, region }, weights: { s3: { mirror: {} } } };
    const all = await recordResources(() => new VllmServing("qwen3", { vllm }), answers);
    const { Statement } = JSON.parse(one(all, "RolePolicy").inputs.policy);
    const named: string[] = Statement.flatMap(({ Resource }: { Resource: string[] }) => Resource);
    expect(named).toHaveLength(3);
    expect(named.filter((arn) => !arn.startsWith(`arn:${partition}:s3:::acme-models`))).toEqual([]);
  });

  it("makes no role where one is given, and asks AWS for nothing where an account is", async () => {
    const podIdentity = { clusterName: "prod", roleArn: "arn:aws:iam::1:role/mine" };
    const vllm = { source, s3: { ...s3, podIdentity }, weights: { s3: {} } };
    const given = await recordResources(() => new VllmServing("qwen3", { vllm }), answers);
    expect(given.filter(({ type }) => type.startsWith("aws:")).map(({ kind }) => kind)).toEqual([
      "PodIdentityAssociation",
    ]);
    expect(one(given, "PodIdentityAssociation").inputs.roleArn).toBe("arn:aws:iam::1:role/mine");
    const account = { bucket: "acme-models", region: "us-west-2", serviceAccountName: "reader" };
    const theirs = { vllm: { source, s3: account, weights: { s3: {} } } };
    const none = await recordResources(() => new VllmServing("qwen3", theirs), answers);
    expect(none.map(({ kind }) => kind).sort()).toEqual(["Deployment", "Service", "VllmServing"]);
  });

  it("makes groups of pods where a replica takes several nodes", async () => {
    const vllm = {
      source,
      gpus: 8,
      nodes: 2,
      cache: { storageClassName: "efs", accessMode: "ReadWriteMany" as const },
    };
    const all = await recordResources(() => new VllmServing("big", { vllm }));
    const group = one(all, "LeaderWorkerSet");
    expect(group.type).toBe("kubernetes:leaderworkerset.x-k8s.io/v1:LeaderWorkerSet");
    expect(group.inputs.spec.leaderWorkerTemplate.size).toBe(2);
    expect(group.dependencies).toEqual(["PersistentVolumeClaim big"]);
  });

  it("refuses a declaration with all of its problems, before anything is made", () => {
    const args = {
      vllm: { source: "Qwen/Qwen3-32B", pool: "small", shutdownSeconds: -1 },
      pools: { small: { instanceType: "g6.2xlarge" } },
      namespace: "Not A Namespace",
      servedName: " ",
    };
    try {
      new VllmServing("qwen3", args);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DeclarationError);
      expect((error as DeclarationError).problems.map(({ path }) => path)).toEqual([
        "namespace",
        "servedName",
        "vllm.gpus",
        "vllm.shutdownSeconds",
      ]);
    }
  });

  it("refuses a token in plain text, and members that nothing reads", () => {
    expect(() => new VllmServing("a", { vllm: { source, hfToken: "hf_1" } })).toThrow(/vllm\.hfToken: /);
    expect(() => new VllmServing("a", { vllm: { source, gpu: 2 } } as never)).toThrow(
      /vllm\.gpu: is not a member that anything reads; did you mean "gpus"\?/,
    );
    expect(() => new VllmServing("a", { namespace: "x" } as never)).toThrow(/vllm: is missing/);
  });
});

describe("ModelGateway", () => {
  it("ties the service account of each model to a role of its own, and its pods wait for that", async () => {
    const vllm = { source, s3, weights: { s3: {} } };
    const models = { "a/b": { vllm }, c: { vllm: { ...vllm, source: "Qwen/Qwen3-4B" } } };
    const all = await recordResources(() => new ModelGateway("gw", { models }), answers);
    const namesOf = (kind: string) => all.filter((each) => each.kind === kind).map(({ name }) => name);
    expect(namesOf("PodIdentityAssociation")).toEqual(["gw-a/b", "gw-c"]);
    expect(namesOf("Role")).toEqual(["gw-a/b", "gw-c"]);
    const deployment = all.find(({ kind, name }) => kind === "Deployment" && name === "gw-c");
    expect(deployment?.dependencies).toEqual([
      "Namespace gw",
      "PodIdentityAssociation gw-c",
      "ServiceAccount gw-c",
    ]);
  });
});
