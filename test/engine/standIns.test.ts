import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Program, TestEngine } from "./support/engine";
import { describeEngine } from "./support/engineTests";
import { changesOf, expectDone, expectNoSecret, shortName } from "./support/steps";

// The other files prove something only if the stand-ins can say no, and the harness sees it.

const making =
  (make: () => void): Program =>
  () => {
    make();
    return {};
  };

/** What the compiler would refuse. */
const wrong = <T>(args: object): T => args as T;

const inNamespace = { metadata: { name: "own", namespace: "default" } };

describeEngine("the stand-ins", () => {
  let engine: TestEngine;
  beforeEach(async () => {
    engine = await TestEngine.create();
  });
  afterEach(() => engine.close());

  it.each<[string, string, () => void]>([
    [
      "an unknown member of AWS",
      "networkInterfaces[0].publicIp aws ec2.LaunchTemplateNetworkInterface has no such member",
      () => new aws.ec2.LaunchTemplate("own", wrong({ networkInterfaces: [{ publicIp: true }] })),
    ],
    [
      "a missing member of AWS",
      "scalingConfig.maxSize is required",
      () =>
        new aws.eks.NodeGroup(
          "own",
          wrong({
            clusterName: "c",
            nodeRoleArn: "arn",
            subnetIds: ["s"],
            scalingConfig: { minSize: 0, desiredSize: 0 },
          }),
        ),
    ],
    [
      "a text for a number",
      'blockDeviceMappings[0].ebs.volumeSize must be a number, not "200"',
      () =>
        new aws.ec2.LaunchTemplate("own", wrong({ blockDeviceMappings: [{ ebs: { volumeSize: "200" } }] })),
    ],
    [
      "an unknown member of a native object",
      "spec.template.spec.containers[0].images kubernetes core.v1.Container has no such member",
      () =>
        new k8s.apps.v1.Deployment(
          "own",
          wrong({
            ...inNamespace,
            spec: {
              selector: {},
              template: { spec: { containers: [{ name: "a", images: "b" }] } },
            },
          }),
        ),
    ],
    [
      "an unknown member of a custom resource",
      "spec.rule",
      () =>
        new k8s.apiextensions.CustomResource("own", {
          apiVersion: "aigateway.envoyproxy.io/v1beta1",
          kind: "AIGatewayRoute",
          ...inNamespace,
          spec: { rule: [] },
        }),
    ],
    ["a type that they do not know", "no stand-in knows aws:s3", () => new aws.s3.Bucket("own")],
    [
      "an unknown argument of a component",
      "authenticationModes eks ClusterArgs has no such member",
      () => new WrongCluster("own", { authenticationModes: ["API"] }),
    ],
  ])("refuse %s", async (_, message, make) => {
    const outcome = await engine.preview(making(make));
    expect(outcome.ok).toBe(false);
    expect(outcome.errors).toContain(message);
  });

  it.each<[string, string, () => void]>([
    [
      "what names something that does not exist",
      'vpcId: aws:ec2/vpc:Vpc "vpc-0" does not exist',
      () => new aws.ec2.Subnet("own", { vpcId: "vpc-0", cidrBlock: "10.0.0.0/24" }),
    ],
    [
      "objects in a namespace that does not exist",
      'namespaces "nowhere" not found',
      () => new k8s.core.v1.ConfigMap("own", { metadata: { name: "own", namespace: "nowhere" } }),
    ],
    [
      "custom resources before their definition",
      'no matches for kind "GatewayClass"',
      () =>
        new k8s.apiextensions.CustomResource("own", {
          apiVersion: "gateway.networking.k8s.io/v1",
          kind: "GatewayClass",
          metadata: { name: "own" },
          spec: { controllerName: "example.com/own" },
        }),
    ],
  ])("do not make %s", async (_, message, make) => {
    const outcome = await engine.up(making(make));
    expect(outcome.ok).toBe(false);
    expect(outcome.errors).toContain(message);
  });

  it("keep what is in use", async () => {
    const vpc = () => new aws.ec2.Vpc("own", { cidrBlock: "10.0.0.0/16" });
    expectDone(await engine.up(making(vpc)));
    const [made] = engine.objects();
    // Written down as a text, the subnet does not wait for its network, and the engine lets that go first.
    const subnet = () => new aws.ec2.Subnet("own", { vpcId: made?.id ?? "", cidrBlock: "10.0.0.0/24" });
    expectDone(await engine.up(making(() => [vpc(), subnet()])));
    const outcome = await engine.up(making(subnet));
    expect(outcome.errors).toContain("DependencyViolation");
    expect(outcome.failed.map(shortName)).toEqual(["Vpc own"]);
    expect(engine.objects()).toHaveLength(2);
  });

  it("make anew what AWS makes anew, and change the rest in place", async () => {
    const subnet = (cidrBlock: string, tags: Record<string, string>) => () => {
      const { id } = new aws.ec2.Vpc("own", { cidrBlock: "10.0.0.0/16" });
      new aws.ec2.Subnet("own", { vpcId: id, cidrBlock, tags });
    };
    expectDone(await engine.up(making(subnet("10.0.0.0/24", {}))));
    expect(changesOf(await engine.up(making(subnet("10.0.0.0/24", { a: "b" }))))).toEqual([
      "update Subnet own",
    ]);
    expect(changesOf(await engine.up(making(subnet("10.0.1.0/24", { a: "b" }))))).toEqual([
      "replace Subnet own",
    ]);
    const steps = engine.journal().filter(({ type }) => type.endsWith(":Subnet"));
    expect(steps.map(({ op }) => op)).toEqual(["create", "update", "create", "delete"]);
  });

  it.each(["create", "update", "delete"] as const)("fail once when they are told to: %s", async (op) => {
    const vpc = (tags: Record<string, string>) =>
      making(() => new aws.ec2.Vpc("own", { cidrBlock: "10.0.0.0/16", tags }));
    if (op !== "create") {
      expectDone(await engine.up(vpc({})));
    }
    const operate = () => (op === "delete" ? engine.destroy() : engine.up(vpc({ a: "b" })));
    engine.failOnce({ op, urn: "Vpc::own" });
    expect(await operate()).toMatchObject({
      ok: false,
      errors: expect.stringContaining(`told to fail: ${op}`),
    });
    expectDone(await operate());
  });

  it("show a secret that is in clear in the state, and none that is wrapped", async () => {
    const secret = "word-0123456789";
    const map = (value: pulumi.Input<string>) =>
      making(() => new k8s.core.v1.ConfigMap("own", { ...inNamespace, data: { value } }));
    expectDone(await engine.up(map(pulumi.secret(secret))));
    expectNoSecret(engine, [secret], "default");
    expectDone(await engine.up(map(secret)));
    expect(() => expectNoSecret(engine, [secret], "default")).toThrow(secret);
  });
});

/** `eks.Cluster` with arguments of one's own. */
class WrongCluster extends pulumi.ComponentResource {
  constructor(name: string, args: pulumi.Inputs) {
    super("eks:index:Cluster", name, args, {}, true);
  }
}
