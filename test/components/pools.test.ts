import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { PoolArgs } from "../../components/cluster/poolArgs";
import { inputsOf, makePools as make, namesOf } from "../support/makePools";

const reservationId = "cr-0123456789abcdef0";
const text = (base64: string) => Buffer.from(base64, "base64").toString();

const nvidiaCharts = ["Release dev-dcgm-exporter", "Release dev-nvidia-device-plugin"];
const autoscaler = [
  "PodIdentityAssociation dev-cluster-autoscaler",
  "Release dev-cluster-autoscaler",
  "Role dev-cluster-autoscaler",
  "RolePolicy dev-cluster-autoscaler",
];
const tags = { owner: "ml", "ai-gateway/pool": "small" };
const l4: PoolArgs = { instanceType: "g6.2xlarge", max: 1, zones: ["us-east-1a"] };
const h100: PoolArgs = { instanceType: "p5.48xlarge", max: 2, zones: ["us-east-1b"] };

const raid0 = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--//--
`;

describe("a pool of on-demand instances", () => {
  it("is a launch template, a node group for each zone, tags, charts and the autoscaler", async () => {
    const made = await make({ small: { ...l4, max: 3, zones: ["us-east-1b", "us-east-1a"] } });
    const tagNames = (zone: string) =>
      [
        "label/ai-gateway/device-plugin",
        "label/ai-gateway/gpu-vendor",
        "label/ai-gateway/pool",
        "label/k8s.amazonaws.com/accelerator",
        "resources/ephemeral-storage",
        "resources/nvidia.com/gpu",
        "taint/nvidia.com/gpu",
      ].map((tag) => `Tag dev-small-${zone}-${tag}`);
    expect(namesOf(made)).toEqual(
      [
        "LaunchTemplate dev-small",
        "NodeGroup dev-small-us-east-1a",
        "NodeGroup dev-small-us-east-1b",
        ...tagNames("us-east-1a"),
        ...tagNames("us-east-1b"),
        ...nvidiaCharts,
        ...autoscaler,
      ].sort(),
    );
  });

  it("has exactly this launch template", async () => {
    const made = await make({ small: l4 });
    expect(inputsOf(made, "LaunchTemplate", "dev-small")).toEqual({
      instanceType: "g6.2xlarge",
      updateDefaultVersion: true,
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            encrypted: "true",
            deleteOnTermination: "true",
            volumeType: "gp3",
            volumeSize: 250,
            throughput: 600,
            iops: 3_000,
          },
        },
      ],
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
      userData: Buffer.from(raid0).toString("base64"),
      tags,
      tagSpecifications: [
        { resourceType: "instance", tags },
        { resourceType: "volume", tags },
        { resourceType: "network-interface", tags },
      ],
    });
  });

  it("has exactly this node group", async () => {
    const made = await make({ small: { ...l4, max: 4 } });
    expect(inputsOf(made, "NodeGroup", "dev-small-us-east-1a")).toEqual({
      clusterName: "dev",
      nodeRoleArn: "arn:aws:iam::123456789012:role/nodes",
      subnetIds: ["subnet-us-east-1a"],
      capacityType: "ON_DEMAND",
      amiType: "AL2023_x86_64_NVIDIA",
      version: "1.35",
      launchTemplate: { id: "dev-small-id", version: "3" },
      scalingConfig: { minSize: 0, maxSize: 4, desiredSize: 0 },
      labels: {
        "ai-gateway/pool": "small",
        "ai-gateway/gpu-vendor": "nvidia",
        "ai-gateway/device-plugin": "chart",
        "k8s.amazonaws.com/accelerator": "nvidia-l4",
      },
      taints: [{ key: "nvidia.com/gpu", value: "true", effect: "NO_SCHEDULE" }],
      updateConfig: { maxUnavailable: 1, updateStrategy: "MINIMAL" },
      nodeRepairConfig: { enabled: true },
      tags: { owner: "ml" },
    });
  });

  it("shares min and max among its zones, and leaves their sizes to the autoscaler", async () => {
    const made = await make({ small: { ...l4, min: 1, max: 3, zones: ["us-east-1a", "us-east-1b"] } });
    const scaling = (zone: string) => inputsOf(made, "NodeGroup", `dev-small-${zone}`).scalingConfig;
    expect(scaling("us-east-1a")).toEqual({ minSize: 1, maxSize: 2, desiredSize: 1 });
    expect(scaling("us-east-1b")).toEqual({ minSize: 0, maxSize: 1, desiredSize: 0 });
    expect(made.options.get("NodeGroup dev-small-us-east-1a")?.ignored).toEqual([
      "scalingConfig.desiredSize",
    ]);
  });

  it("of a fixed size has no autoscaler, no tags, and the size that is declared", async () => {
    const made = await make({ small: { ...l4, min: 1 } });
    expect(namesOf(made)).toEqual(
      ["LaunchTemplate dev-small", "NodeGroup dev-small-us-east-1a", ...nvidiaCharts].sort(),
    );
    expect(made.options.get("NodeGroup dev-small-us-east-1a")?.ignored).toEqual([]);
  });

  it("tells the autoscaler what a node offers before there is one", async () => {
    const made = await make({
      small: {
        ...l4,
        labels: { team: "search" },
        taints: { team: { value: "search", effect: "NoExecute" } },
        instanceStore: false,
      },
    });
    const prefix = "k8s.io/cluster-autoscaler/node-template/";
    const found = made.all.filter(({ kind }) => kind === "Tag").map(({ inputs }) => inputs);
    expect(new Set(found.map(({ autoscalingGroupName }) => autoscalingGroupName))).toEqual(
      new Set(["asg-1"]),
    );
    expect(found.every(({ tag }) => tag.propagateAtLaunch === false)).toBe(true);
    expect(Object.fromEntries(found.map(({ tag }) => [tag.key.slice(prefix.length), tag.value]))).toEqual({
      "resources/nvidia.com/gpu": "1",
      "resources/ephemeral-storage": "212Gi",
      "label/team": "search",
      "label/ai-gateway/pool": "small",
      "label/ai-gateway/gpu-vendor": "nvidia",
      "label/ai-gateway/device-plugin": "chart",
      "label/k8s.amazonaws.com/accelerator": "nvidia-l4",
      "taint/nvidia.com/gpu": "true:NoSchedule",
      "taint/team": "search:NoExecute",
    });
  });
});

describe("other ways to buy instances", () => {
  it("spot", async () => {
    const made = await make({ small: { ...l4, capacity: "spot" } });
    expect(inputsOf(made, "NodeGroup", "dev-small-us-east-1a").capacityType).toBe("SPOT");
    expect(inputsOf(made, "LaunchTemplate", "dev-small")).not.toHaveProperty("instanceMarketOptions");
  });

  it("a reservation: the launch template names it, EKS takes it for on demand", async () => {
    const made = await make({ small: { ...l4, capacity: "reserved", reservationId } });
    const template = inputsOf(made, "LaunchTemplate", "dev-small");
    expect(template.capacityReservationSpecification).toEqual({
      capacityReservationTarget: { capacityReservationId: reservationId },
    });
    expect(template).not.toHaveProperty("instanceMarketOptions");
    expect(inputsOf(made, "NodeGroup", "dev-small-us-east-1a").capacityType).toBe("ON_DEMAND");
  });

  it("a Capacity Block: market, reservation and type in the launch template, one zone, none at first", async () => {
    const made = await make({ small: { ...h100, capacity: "capacity-block", reservationId } });
    const template = inputsOf(made, "LaunchTemplate", "dev-small");
    expect(template).toMatchObject({
      instanceType: "p5.48xlarge",
      instanceMarketOptions: { marketType: "capacity-block" },
      capacityReservationSpecification: {
        capacityReservationTarget: { capacityReservationId: reservationId },
      },
    });
    expect(inputsOf(made, "NodeGroup", "dev-small-us-east-1b")).toMatchObject({
      capacityType: "CAPACITY_BLOCK",
      subnetIds: ["subnet-us-east-1b"],
      scalingConfig: { minSize: 0, maxSize: 2, desiredSize: 0 },
    });
    expect(made.all.filter(({ kind }) => kind === "NodeGroup")).toHaveLength(1);
  });
});

describe("a pool of Bottlerocket nodes", () => {
  const pool: PoolArgs = {
    ...l4,
    ami: "BOTTLEROCKET_x86_64_NVIDIA",
    disk: { size: 500, kmsKeyId: "alias/nodes" },
  };

  it("keeps data on the second volume, both encrypted, and stripes its own disks", async () => {
    const made = await make({ small: pool });
    const template = inputsOf(made, "LaunchTemplate", "dev-small");
    const encryption = {
      encrypted: "true",
      deleteOnTermination: "true",
      kmsKeyId: "alias/nodes",
      volumeType: "gp3",
    };
    expect(template.blockDeviceMappings).toEqual([
      { deviceName: "/dev/xvda", ebs: encryption },
      { deviceName: "/dev/xvdb", ebs: { ...encryption, volumeSize: 500, throughput: 600, iops: 3_000 } },
    ]);
    expect(text(template.userData)).toContain("[settings.bootstrap-commands.k8s-ephemeral-storage]");
    expect(inputsOf(made, "NodeGroup", "dev-small-us-east-1a").amiType).toBe("BOTTLEROCKET_x86_64_NVIDIA");
  });

  it("gets no device plugin, which it has, and a privileged exporter of metrics", async () => {
    const made = await make({ small: pool });
    expect(namesOf(made).filter((name) => name.startsWith("Release"))).toEqual([
      "Release dev-cluster-autoscaler",
      "Release dev-dcgm-exporter-image",
    ]);
    expect(inputsOf(made, "Release", "dev-dcgm-exporter-image").values).toMatchObject({
      fullnameOverride: "dcgm-exporter-image",
      securityContext: { privileged: true },
    });
  });
});

describe("a pool with EFA", () => {
  it("has all interfaces of its type, a placement group, the plugin and its tag", async () => {
    const made = await make({ small: { ...h100, efa: true } });
    const template = inputsOf(made, "LaunchTemplate", "dev-small");
    expect(template.placement).toEqual({ groupName: "group" });
    expect(template.networkInterfaces).toHaveLength(33);
    const common = { securityGroups: ["sg-1"], deleteOnTermination: "true" };
    expect(template.networkInterfaces.slice(0, 3)).toEqual([
      { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface", ...common },
      { networkCardIndex: 0, deviceIndex: 1, interfaceType: "efa-only", ...common },
      { networkCardIndex: 1, deviceIndex: 0, interfaceType: "efa-only", ...common },
    ]);
    expect(template.networkInterfaces.at(-1)).toMatchObject({ networkCardIndex: 31, deviceIndex: 0 });
    expect(inputsOf(made, "PlacementGroup", "dev-small-placement").strategy).toBe("cluster");
    expect(inputsOf(made, "Release", "dev-efa-device-plugin").chart).toBe("aws-efa-k8s-device-plugin");
    expect(inputsOf(made, "Tag", "dev-small-us-east-1b-resources/vpc.amazonaws.com/efa").tag.value).toBe(
      "32",
    );
  });

  it("begins at the second card where the first has none", async () => {
    const made = await make({
      small: { instanceType: "p6-b300.48xlarge", max: 1, zones: ["us-east-1a"], efa: true },
    });
    const interfaces = inputsOf(made, "LaunchTemplate", "dev-small").networkInterfaces;
    expect(interfaces).toHaveLength(17);
    expect(interfaces[1]).toMatchObject({ networkCardIndex: 1, deviceIndex: 0, interfaceType: "efa-only" });
    expect(interfaces.at(-1)).toMatchObject({ networkCardIndex: 16 });
  });

  it("of a reservation is where the reservation is, in no group of ours", async () => {
    const made = await make({ small: { ...h100, efa: true, capacity: "reserved", reservationId } });
    expect(made.all.filter(({ kind }) => kind === "PlacementGroup")).toEqual([]);
    expect(inputsOf(made, "LaunchTemplate", "dev-small")).not.toHaveProperty("placement");
  });
});

describe("a pool of AMD's instances with an image of one's own", () => {
  const pool: PoolArgs = {
    instanceType: "g4ad.xlarge",
    max: 1,
    zones: ["us-east-1a"],
    amiId: "ami-0123456789abcdef0",
  };

  it("names the image in the launch template, and nothing of EKS' images in the group", async () => {
    const made = await make({ rocm: pool });
    expect(inputsOf(made, "LaunchTemplate", "dev-rocm").imageId).toBe("ami-0123456789abcdef0");
    const group = inputsOf(made, "NodeGroup", "dev-rocm-us-east-1a");
    expect(group).not.toHaveProperty("amiType");
    expect(group).not.toHaveProperty("version");
    expect(group).not.toHaveProperty("releaseVersion");
    expect(group.taints).toEqual([{ key: "amd.com/gpu", value: "true", effect: "NO_SCHEDULE" }]);
    expect(inputsOf(made, "Tag", "dev-rocm-us-east-1a-resources/amd.com/gpu").tag.value).toBe("1");
  });

  it("tells the node where its cluster is", async () => {
    const made = await make({ rocm: pool });
    const userData = text(inputsOf(made, "LaunchTemplate", "dev-rocm").userData);
    const config = userData.split("---\n").at(1)?.split("\n--//--").at(0) ?? "";
    expect(parse(config).spec).toEqual({
      cluster: {
        name: "dev",
        apiServerEndpoint: "https://cluster",
        certificateAuthority: "Q0E=",
        cidr: "172.20.0.0/16",
      },
      kubelet: {
        flags: [
          "--node-labels=ai-gateway/pool=rocm,ai-gateway/gpu-vendor=amd,ai-gateway/device-plugin=chart,k8s.amazonaws.com/accelerator=amd-radeon-pro-v520",
          "--register-with-taints=amd.com/gpu=true:NoSchedule",
        ],
      },
      instance: { localStorage: { strategy: "RAID0" } },
    });
  });

  it("takes the user's own user data in place of that", async () => {
    const made = await make({ rocm: { ...pool, userData: "#!/bin/sh\necho own\n" } });
    expect(text(inputsOf(made, "LaunchTemplate", "dev-rocm").userData)).toBe("#!/bin/sh\necho own\n");
  });

  it("gets AMD's operator after cert-manager, and a configuration of it; nothing of NVIDIA's", async () => {
    const made = await make({ rocm: pool });
    expect(namesOf(made).filter((name) => /^(Release|DeviceConfig)/.test(name))).toEqual([
      "DeviceConfig dev-amd-device-config",
      "Release dev-amd-gpu-operator",
      "Release dev-cert-manager",
      "Release dev-cluster-autoscaler",
    ]);
    const operator = made.all.find(({ name }) => name === "dev-amd-gpu-operator");
    expect(operator?.dependencies).toContain("Release dev-cert-manager");
    expect(operator?.inputs).toMatchObject({
      chart: "gpu-operator-charts",
      version: "v1.5.1",
      namespace: "kube-amd-gpu",
      createNamespace: true,
      values: { crds: { defaultCR: { install: false } } },
    });
    const config = made.all.find(({ name }) => name === "dev-amd-device-config");
    expect(config?.dependencies).toEqual(["Release dev-amd-gpu-operator"]);
    expect(config?.inputs.spec).toMatchObject({
      selector: { "ai-gateway/gpu-vendor": "amd", "ai-gateway/device-plugin": "chart" },
      driver: { enable: false },
      devicePlugin: { enableNodeLabeller: true },
    });
  });
});
