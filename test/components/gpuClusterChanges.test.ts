import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type All, dev, one, perZone, prod, record, small, zones } from "../support/gpuClusters";
import { kindAndName, type Registration } from "../support/recordResources";

/** Registrations by URN, without the component, whose inputs are the whole declaration. */
const shown = (all: All) =>
  new Map(
    all
      .filter(({ type }) => type !== "ai-gateway:index:GpuCluster")
      .map(({ urn, inputs }) => [urn, JSON.stringify(inputs)]),
  );

/** URNs of `before` that are gone or have other inputs in `after`. */
function touched(before: All, after: All): string[] {
  const now = shown(after);
  return [...shown(before)].filter(([urn, inputs]) => now.get(urn) !== inputs).map(([urn]) => urn);
}

describe("the destruction of a GpuCluster", () => {
  /** "Kind name" of the provider of each resource that names one. */
  const providerOf = new Map<string, string>();
  const original = MockMonitor.prototype.registerResource;

  beforeAll(() => {
    MockMonitor.prototype.registerResource = function (this: MockMonitor, req, done) {
      const provider = req.getProvider();
      if (provider !== "") {
        providerOf.set(
          `${req.getType().split(":").at(-1)} ${req.getName()}`,
          kindAndName(provider.split("::").slice(0, -1).join("::")),
        );
      }
      return original.call(this, req, done);
    };
  });

  afterAll(() => {
    MockMonitor.prototype.registerResource = original;
  });

  /** Everything that outlives a resource when all is deleted: what it waits for, and its provider, and so on. */
  function outliving(all: All, from: Registration): Set<string> {
    const byKey = new Map(all.map((each) => [`${each.kind} ${each.name}`, each]));
    const found = new Set<string>();
    const visit = (key: string, { dependencies }: Registration): void => {
      for (const next of [...dependencies, ...[providerOf.get(key) ?? []].flat()]) {
        const registration = byKey.get(next);
        if (!found.has(next) && registration !== undefined) {
          found.add(next);
          visit(next, registration);
        }
      }
    };
    visit(`${from.kind} ${from.name}`, from);
    return found;
  }

  it.each(["managed-groups", "karpenter", "auto-mode"] as const)(
    "takes the users' objects first: their provider waits for all that works for them (%s)",
    async (compute) => {
      const all = await record({ ...prod, compute, pools: { small } });
      const provider = one(all, "kubernetes", "dev");
      const outlive = outliving(all, provider);
      const rest = all
        .filter(({ urn, type }) => urn !== provider.urn && type !== "ai-gateway:index:GpuCluster")
        .filter(({ kind, name }) => !outlive.has(`${kind} ${name}`));
      // The autoscaler reads the tags of a group only to start nodes.
      expect(rest.filter(({ kind }) => kind !== "Tag").map(({ kind, name }) => `${kind} ${name}`)).toEqual(
        [],
      );
      expect(outlive).toContain("kubernetes dev-system");
    },
  );

  it.each([
    ["one NAT gateway", { ...perZone, natZone: "us-east-1a" }],
    ["no NAT gateway", { ...perZone, nat: "none", publicSubnets: true }],
  ] as const)("keeps the clients' way to load balancers in every zone, with %s", async (_, given) => {
    const all = await record({ ...dev, network: { ...given, controlPlaneZones: zones }, pools: { small } });
    const outlive = outliving(all, one(all, "kubernetes", "dev"));
    const ways = zones.map((zone) => `RouteTableAssociation dev-public-${zone}`);
    expect([...outlive]).toEqual(expect.arrayContaining(["Route dev-public", ...ways]));
  });

  it("leaves the way to the API server open until the last object has gone", async () => {
    const all = await record(prod);
    const outlive = outliving(all, one(all, "StorageClass", "dev-gp3"));
    expect(outlive).toContain("SecurityGroupIngressRule dev-api-10-9-0-0-16");
    expect(outlive).toContain("Cluster dev");
    expect(outlive).toContain("Vpc dev");
  });

  it("holds the guard of volumes between pools and driver", async () => {
    const all = await record({ ...prod, pools: { small } });
    const guard = one(all, "ConfigMap", "dev-volume-guard");
    expect(guard.inputs).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "ai-gateway-volume-guard", namespace: "kube-system" },
      data: {},
    });
    const waits = outliving(all, guard);
    expect(waits).toContain("Addon dev-aws-ebs-csi-driver");
    expect(waits).toContain("ValidatingAdmissionPolicyBinding dev-volume-guard");
    expect(waits).toContain("ValidatingAdmissionPolicy dev-volume-guard");
    const groups = all.filter(({ kind, name }) => kind === "NodeGroup" && name.includes("small"));
    expect(groups).toHaveLength(1);
    for (const group of groups) {
      expect(group.dependencies).toContain("ConfigMap dev-volume-guard");
    }
    expect([...waits].some((key) => key.includes("small"))).toBe(false);
  });

  it("has a guard that looks at every volume whose disk would be deleted", async () => {
    const all = await record(dev);
    const { spec } = one(all, "ValidatingAdmissionPolicy", "dev-volume-guard").inputs;
    expect(spec).toMatchObject({
      failurePolicy: "Ignore",
      paramKind: { apiVersion: "v1", kind: "PersistentVolume" },
      matchConstraints: {
        resourceRules: [
          { operations: ["DELETE"], resources: ["configmaps"], resourceNames: ["ai-gateway-volume-guard"] },
        ],
      },
    });
    expect(spec.validations[0].expression).toBe("params.spec.persistentVolumeReclaimPolicy != 'Delete'");
    expect(one(all, "ValidatingAdmissionPolicyBinding", "dev-volume-guard").inputs.spec).toMatchObject({
      policyName: "ai-gateway-volume-guard",
      validationActions: ["Deny"],
      paramRef: { parameterNotFoundAction: "Allow" },
    });
  });
});

describe("a change of a GpuCluster", () => {
  const third = { ...perZone, zones: { ...perZone.zones, "us-east-1c": {} } };
  const first = { ...perZone, controlPlaneZones: ["us-east-1b", "us-east-1c"] };

  it.each(["managed-groups", "karpenter", "auto-mode"] as const)(
    "that adds a zone touches nothing that is there (%s)",
    async (compute) => {
      const before = await record({ ...prod, compute, pools: { small } });
      const after = await record({ ...prod, compute, network: third, pools: { small } });
      expect(touched(before, after)).toEqual([]);
      expect(after.length).toBeGreaterThan(before.length + 10);
    },
  );

  it("that adds a zone in front of the others touches nothing either", async () => {
    const later = { "us-east-1b": {}, "us-east-1c": {} };
    const pools = { small: { ...small, zones: ["us-east-1b"] } };
    const before = await record({ ...prod, network: { ...first, zones: later }, pools });
    const after = await record({
      ...prod,
      network: { ...first, zones: { "us-east-1a": {}, ...later } },
      pools,
    });
    expect(touched(before, after)).toEqual([]);
  });

  it.each(["managed-groups", "karpenter", "auto-mode"] as const)(
    "that adds a pool touches nothing that is there (%s)",
    async (compute) => {
      const before = await record({ ...prod, compute, pools: { small } });
      const large = { instanceType: "g6e.12xlarge", max: 2, zones: ["us-east-1b"] };
      const after = await record({ ...prod, compute, pools: { large, small } });
      expect(touched(before, after)).toEqual([]);
      expect(after.filter(({ name }) => name.includes("large")).length).toBeGreaterThan(0);
    },
  );
});
