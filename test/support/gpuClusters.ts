import { expect } from "vitest";
import { GpuCluster } from "../../components/cluster/gpuCluster";
import type { GpuClusterArgs } from "../../components/cluster/gpuClusterArgs";
import { clusterState } from "./clusterAnswers";
import { type Registration, recordResources } from "./recordResources";

// Makes clusters against a mock engine. What that does not prove: that AWS takes the inputs, what the EKS component
// makes of its own, that the engine deletes in the order of the dependencies, or that the API server holds the volume
// guard.

export const zones = ["us-east-1a", "us-east-1b"];
/** A network with a NAT gateway in each zone. */
export const perZone = { zones: { "us-east-1a": {}, "us-east-1b": {} }, controlPlaneZones: zones };
/** Declarations of a cluster for development and of one for production. */
export const dev: GpuClusterArgs = {
  purpose: "dev",
  network: { ...perZone, natZone: "us-east-1a" },
  access: { path: "vpc", fromCidrs: ["10.9.0.0/16"] },
};
export const prod: GpuClusterArgs = { ...dev, purpose: "prod", network: perZone };
/** A pool of that network. */
export const small = { instanceType: "g6.2xlarge", max: 4, zones: ["us-east-1a"] };
/** Networks of hosts of one's own. */
export const hybrid = { nodeCidrs: ["10.80.0.0/16"], podCidrs: ["10.85.0.0/16"] };

/** Choices that the SDK of EKS makes for an add-on. */
export const conflicts = { resolveConflictsOnCreate: "OVERWRITE", resolveConflictsOnUpdate: "OVERWRITE" };

export type All = readonly Registration[];

/** All that a cluster registers. */
export const record = (args: GpuClusterArgs, name = "dev"): Promise<All> =>
  recordResources(() => new GpuCluster(name, args), {
    state: clusterState,
    call: (token) => {
      if (token === "aws:index/getCallerIdentity:getCallerIdentity") {
        return { accountId: "123456789012", arn: "arn:aws:iam::123456789012:user/test" };
      }
      throw new Error(`nobody expected a call of ${token}`);
    },
  });

/** The one resource of a kind and name. */
export function one(all: All, kind: string, name: string): Registration {
  const found = all.filter((each) => each.kind === kind && each.name === name);
  expect(found.map(({ urn }) => urn)).toHaveLength(1);
  return found[0] as Registration;
}

/** Names of all resources of a kind. */
export const namesOf = (all: All, kind: string): string[] =>
  all.filter((each) => each.kind === kind).map(({ name }) => name);
