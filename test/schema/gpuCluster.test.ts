import { beforeEach, expect, it } from "vitest";
import { GpuCluster } from "../../components/cluster/gpuCluster";
import { defaultReleaseSet } from "../../components/gateway/releases";
import type { Manifest } from "../../components/shared/manifest";
import { clusterState } from "../support/clusterAnswers";
import { recordResources } from "../support/recordResources";
import { skipWithReason } from "./skipWithReason";
import { expectAllValid, missingCrds, validateObjects } from "./validateObjects";

// What this file does not prove: that the API server compiles the expression of the volume guard.

const zones = ["us-east-1a", "us-east-1b"];

beforeEach((context) => {
  const missing = missingCrds(defaultReleaseSet);
  if (missing !== undefined) {
    skipWithReason(context, missing);
  }
});

async function objects(): Promise<readonly Manifest[]> {
  const registered = await recordResources(
    () =>
      new GpuCluster("dev", {
        network: { zones: { "us-east-1a": {}, "us-east-1b": {} }, controlPlaneZones: zones },
        access: { path: "vpc", fromCidrs: ["10.9.0.0/16"] },
      }),
    { state: clusterState },
  );
  return registered
    .filter(({ type, inputs }) => type.startsWith("kubernetes:") && inputs.kind !== undefined)
    .map(({ inputs }) => inputs as Manifest);
}

it("makes objects of Kubernetes that the API server takes", async () => {
  const manifests = await objects();
  expect(manifests.map(({ kind }) => kind).sort()).toEqual([
    "ConfigMap",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
  ]);
  expect(await expectAllValid(defaultReleaseSet, manifests)).toBe(4);
});

it("would be told about a policy that the API server refuses", async () => {
  const policy = (await objects()).find(({ kind }) => kind === "ValidatingAdmissionPolicy");
  if (policy === undefined) {
    throw new Error("there is no policy");
  }
  const wrong = { ...policy, spec: { ...(policy["spec"] as object), failurePolicy: ["Ignore"] } } as Manifest;
  expect((await validateObjects(defaultReleaseSet, [wrong])).map(({ ok }) => ok)).toEqual([false]);
});
