import * as pulumi from "@pulumi/pulumi";
import { checkShape, type ShapeTable } from "./checkShape";
import { ChildResource, RemoteComponent } from "./components";
import type { Behaviour } from "./provider";
import { isRecord, type Properties, plainProperties } from "./wire";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const clusterPolicy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy";

/**
 * The component package of EKS: `eks.Cluster` with the children that the real one (4.3) makes of our arguments: role,
 * cluster, access entries and the policies of those.
 */
export function eksBehaviour(shapes: ShapeTable, awsVersion: string): Behaviour {
  const nothing = () => {
    throw new Error("the package has components only");
  };
  return {
    check: nothing,
    replacedBy: () => [],
    isNamed: () => false,
    takesOver: () => false,
    changedByUpdate: () => [],
    whyNotMake: nothing,
    whyNotDelete: nothing,
    idOf: nothing,
    outputsOf: nothing,
    construct: async (name, type, inputs, options) => {
      const problems = checkShape(shapes, type, plainProperties(knownPart(inputs) as Properties));
      if (type !== "eks:index:Cluster" || problems.length > 0) {
        const reasons = problems.map(({ path, reason }) => `${path} ${reason}`);
        throw new Error(`${type} ${name}: ${reasons.join("; ") || "nobody knows this component"}`);
      }
      return constructCluster(name, type, inputs, options, awsVersion);
    },
  };
}

function constructCluster(
  name: string,
  type: string,
  inputs: pulumi.Inputs,
  options: pulumi.ComponentResourceOptions,
  version: string,
): pulumi.provider.ConstructResult {
  const component = new RemoteComponent(type, name, options);
  const child = { parent: component, version };
  const { role, ready } = createRole(name, child);
  const autoMode = inputs["autoMode"] as Properties | undefined;
  const cluster = new ChildResource(
    "aws:eks/cluster:Cluster",
    `${name}-eksCluster`,
    {
      name: inputs["name"],
      roleArn: role.output("arn"),
      version: inputs["version"],
      bootstrapSelfManagedAddons: inputs["bootstrapSelfManagedAddons"],
      deletionProtection: inputs["deletionProtection"],
      enabledClusterLogTypes: inputs["enabledClusterLogTypes"],
      upgradePolicy: inputs["upgradePolicy"],
      tags: inputs["tags"],
      accessConfig: {
        authenticationMode: inputs["authenticationMode"],
        bootstrapClusterCreatorAdminPermissions: true,
      },
      encryptionConfig: { provider: { keyArn: inputs["encryptionConfigKeyArn"] }, resources: ["secrets"] },
      kubernetesNetworkConfig: { serviceIpv4Cidr: inputs["kubernetesServiceIpAddressRange"] },
      vpcConfig: {
        subnetIds: inputs["privateSubnetIds"],
        endpointPrivateAccess: inputs["endpointPrivateAccess"],
        endpointPublicAccess: inputs["endpointPublicAccess"],
        publicAccessCidrs: inputs["publicAccessCidrs"],
      },
      ...(autoMode === undefined ? {} : { computeConfig: autoMode["computeConfig"] }),
    },
    {
      ...child,
      dependsOn: [...ready],
      ignoreChanges: ["accessConfig.bootstrapClusterCreatorAdminPermissions", "bootstrapSelfManagedAddons"],
    },
    ["endpoint", "arn", "certificateAuthority"],
  );
  createAccess(name, cluster, inputs, child);
  const kubeconfig = pulumi
    .all([cluster.output<string>("endpoint"), cluster.output<string>("name")])
    .apply(([server, clusterName]) => kubeconfigOf(server, clusterName));
  return {
    urn: component.urn,
    state: {
      kubeconfig,
      kubeconfigJson: kubeconfig.apply((config) => JSON.stringify(config)),
      clusterSecurityGroupId: cluster
        .output<{ clusterSecurityGroupId: string }>("vpcConfig")
        .apply(({ clusterSecurityGroupId }) => clusterSecurityGroupId),
      nodeSecurityGroupId: "",
      autoModeNodeRoleName: "",
      fargateProfileId: "",
      oidcProviderArn: "",
    },
  };
}

type Child = { readonly parent: pulumi.Resource; readonly version: string };

function createRole(name: string, child: Child): { role: ChildResource; ready: readonly pulumi.Resource[] } {
  const assumeRolePolicy = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: "eks.amazonaws.com" }, Action: "sts:AssumeRole" }],
  });
  const role = new ChildResource("aws:iam/role:Role", `${name}-eksRole-role`, { assumeRolePolicy }, child, [
    "arn",
    "name",
  ]);
  const attachment = new ChildResource(
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    `${name}-eksRole-policy`,
    { role: role.output("name"), policyArn: clusterPolicy },
    child,
  );
  return { role, ready: [role, attachment] };
}

function createAccess(name: string, cluster: ChildResource, inputs: pulumi.Inputs, child: Child): void {
  const clusterName = cluster.output<string>("name");
  for (const [key, entry] of Object.entries((inputs["accessEntries"] ?? {}) as Record<string, Properties>)) {
    const { accessPolicies = {}, ...rest } = entry;
    const made = new ChildResource(
      "aws:eks/accessEntry:AccessEntry",
      `${name}-${key}`,
      { ...rest, clusterName },
      child,
    );
    for (const [policy, association] of Object.entries(accessPolicies as Record<string, Properties>)) {
      new ChildResource(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        `${name}-${key}-${policy}`,
        { ...association, principalArn: entry["principalArn"], clusterName },
        { ...child, parent: made, dependsOn: [made] },
      );
    }
  }
}

function kubeconfigOf(server: string, name: string) {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1beta1",
    command: "aws",
    args: ["eks", "get-token"],
  };
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "aws",
    clusters: [{ name: "kubernetes", cluster: { server, "certificate-authority-data": "Q0E=" } }],
    contexts: [{ name: "aws", context: { cluster: "kubernetes", user: name } }],
    users: [{ name, user: { exec } }],
  };
}

/** Replaces outputs by what stands for the unknown, so that the rest can be checked at once. */
function knownPart(value: unknown): unknown {
  if (pulumi.Output.isInstance(value)) {
    return unknown;
  }
  if (Array.isArray(value)) {
    return value.map(knownPart);
  }
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, member]) => [key, knownPart(member)]))
    : value;
}
