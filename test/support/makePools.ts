import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { createPools } from "../../components/cluster/createPools";
import { resolveHybridNetworks } from "../../components/cluster/hybridNetworks";
import type { PoolArgs } from "../../components/cluster/poolArgs";
import { ClusterCompute } from "../../components/cluster/poolPlace";
import { resolvePools } from "../../components/cluster/resolvePools";
import { releaseSets } from "../../components/gateway/releases";
import { Problems } from "../../components/shared/problems";
import { type Registration, recordResources } from "./recordResources";

// Makes pools against a mock engine. What that does not prove: that AWS takes the inputs, that the charts know the
// values, or that a node with them joins.

const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];
const release = releaseSets["1.1"];

/** Options that a registration does not show. */
export interface Options {
  readonly ignored: readonly string[];
  readonly secretOutputs: readonly string[];
}
/** What AWS would answer. */
function state(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  const answers: Readonly<Record<string, object>> = {
    "aws:ec2/launchTemplate:LaunchTemplate": { latestVersion: 3 },
    "aws:eks/nodeGroup:NodeGroup": { resources: [{ autoscalingGroups: [{ name: "asg-1" }] }] },
    "aws:iam/role:Role": { name: "role", arn: "arn:aws:iam::123456789012:role/role" },
    "aws:ssm/activation:Activation": { activationCode: "code-0123456789" },
    "aws:rolesanywhere/trustAnchor:TrustAnchor": { arn: "arn:anchor" },
    "aws:rolesanywhere/profile:Profile": { arn: "arn:profile" },
    "aws:ec2/placementGroup:PlacementGroup": { name: "group" },
  };
  return { ...inputs, ...answers[type] };
}

function call(token: string): Record<string, unknown> {
  const answers: Readonly<Record<string, Record<string, unknown>>> = {
    "aws:index/getCallerIdentity:getCallerIdentity": { accountId: "123456789012" },
    "aws:eks/getCluster:getCluster": {
      endpoint: "https://cluster",
      certificateAuthorities: [{ data: "Q0E=" }],
      kubernetesNetworkConfigs: [{ serviceIpv4Cidr: "172.20.0.0/16" }],
    },
  };
  const answer = answers[token];
  if (answer === undefined) {
    throw new Error(`nobody expected a call of ${token}`);
  }
  return answer;
}

class Pools extends pulumi.ComponentResource {
  readonly nodeConfigs: pulumi.Output<Record<string, string>>;

  constructor(pools: Readonly<Record<string, PoolArgs>>, compute: ClusterCompute) {
    super("test:index:Pools", "test", {}, {});
    const problems = new Problems();
    const hybridNetworks = resolveHybridNetworks(
      "hybrid",
      { nodeCidrs: ["10.80.0.0/16"], podCidrs: ["10.81.0.0/16"] },
      {},
      problems,
    );
    const plan = resolvePools(pools, { name: "dev", compute, zones, hasHybridNetworks: true }, problems);
    problems.throwIfAny("test");
    const provider = new k8s.Provider("inside", { kubeconfig: "{}" }, { parent: this });
    const created = createPools(
      "dev",
      plan,
      {
        clusterName: "dev",
        nodeRole: { name: "nodes", arn: "arn:aws:iam::123456789012:role/nodes" },
        subnetIds: Object.fromEntries(zones.map((zone) => [zone, `subnet-${zone}`])),
        kubernetesVersion: "1.35",
        clusterSecurityGroupId: "sg-1",
        provider,
        compute,
        before: [provider],
      },
      { parent: this, release, tags: { owner: "ml" }, hybridNetworks, certManager: undefined },
    );
    this.nodeConfigs = created.nodeConfigs;
    this.registerOutputs({ nodeConfigs: this.nodeConfigs });
  }
}

/** What a program made. */
export interface Made {
  readonly all: readonly Registration[];
  /** Options by kind and name, as "NodeGroup dev-small". */
  readonly options: ReadonlyMap<string, Options>;
  readonly nodeConfigs: Readonly<Record<string, string>>;
  readonly nodeConfigsAreSecret: boolean;
}

/** Makes pools, named after the component "dev". */
export async function makePools(
  pools: Readonly<Record<string, PoolArgs>>,
  compute: ClusterCompute = ClusterCompute.ManagedGroups,
): Promise<Made> {
  let nodeConfigs: Record<string, string> = {};
  let nodeConfigsAreSecret = false;
  const options = new Map<string, Options>();
  const original = MockMonitor.prototype.registerResource;
  // By assignment, for the recorder spies on the same method.
  MockMonitor.prototype.registerResource = function (this: MockMonitor, req, done) {
    options.set(`${req.getType().split(":").at(-1)} ${req.getName()}`, {
      ignored: req.getIgnorechangesList(),
      secretOutputs: req.getAdditionalsecretoutputsList(),
    });
    return original.call(this, req, done);
  };
  try {
    const all = await recordResources(
      () => {
        const made = new Pools(pools, compute);
        made.nodeConfigs.apply((configs) => {
          nodeConfigs = configs;
        });
        void pulumi.isSecret(made.nodeConfigs).then((secret) => {
          nodeConfigsAreSecret = secret;
        });
        return made;
      },
      { state, call },
    );
    const ours = all.filter(({ kind }) => kind !== "Pools" && kind !== "kubernetes");
    return { all: ours, options, nodeConfigs, nodeConfigsAreSecret };
  } finally {
    MockMonitor.prototype.registerResource = original;
  }
}

/** All that was made, as "Kind name", in order. */
export const namesOf = ({ all }: Made) => all.map(({ kind, name }) => `${kind} ${name}`).sort();

/** The inputs of the one resource of a kind and name. */
export function inputsOf({ all }: Made, kind: string, name: string) {
  const found = all.find((each) => each.kind === kind && each.name === name);
  if (found === undefined) {
    throw new Error(
      `no ${kind} ${name}; there are ${all.map((each) => `${each.kind} ${each.name}`).join(", ")}`,
    );
  }
  return found.inputs;
}
