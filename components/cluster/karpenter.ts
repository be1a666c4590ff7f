import * as aws from "@pulumi/aws";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ChartReference, defaultReleaseSet, releaseSets } from "../gateway/releases";
import { type ClusterParts, named } from "./clusterParts";
import { createRole, nodePolicies, trustInstances, trustPods } from "./iamRoles";
import { karpenterPolicy } from "./karpenterPolicy";
import { systemNodeLabel } from "./systemNodes";

/** What Karpenter has to know of its cluster. */
export interface KarpenterPlace {
  readonly clusterName: pulumi.Input<string>;
  /** The name as the declaration has it, for conditions of policies. */
  readonly plainName: string;
  readonly partition: string;
  readonly region: string;
  readonly provider: k8s.Provider;
  readonly before: readonly pulumi.Resource[];
}

/** A cluster's Karpenter. */
export interface Karpenter {
  /** The role of the nodes that it makes. */
  readonly nodeRole: aws.iam.Role;
  /** What must be there before pools are, and stay until their nodes have gone. */
  readonly ready: readonly pulumi.Resource[];
}

const namespace = "kube-system";
const serviceAccount = "karpenter";

/** Makes Karpenter's controller with its rights, its queue of interruptions and the role of its nodes. */
export function createKarpenter(parts: ClusterParts, place: KarpenterPlace): Karpenter {
  const { parent } = parts;
  const key = "karpenter";
  const karpenterName = `${parts.name}-${key}`;
  const node = createRole(parts, `${key}-node`, trustInstances, place.partition, nodePolicies);
  const entry = new aws.eks.AccessEntry(
    `${karpenterName}-node`,
    {
      clusterName: place.clusterName,
      principalArn: node.role.arn,
      type: "EC2_LINUX",
      tags: named(parts, `${karpenterName}-node`),
    },
    { parent },
  );
  const { queue, rules } = createQueue(parts, karpenterName);
  const controller = createRole(parts, key, trustPods, place.partition, []);
  const policy = new aws.iam.RolePolicy(
    karpenterName,
    {
      role: controller.role.name,
      policy: pulumi.all([node.role.arn, queue.arn]).apply(([nodeRoleArn, queueArn]) => {
        const { partition, region, plainName } = place;
        return JSON.stringify(
          karpenterPolicy({ partition, region, clusterName: plainName, nodeRoleArn, queueArn }),
        );
      }),
    },
    { parent },
  );
  const identity = new aws.eks.PodIdentityAssociation(
    karpenterName,
    {
      clusterName: place.clusterName,
      namespace,
      serviceAccount,
      roleArn: controller.role.arn,
      tags: named(parts, karpenterName),
    },
    { parent, dependsOn: [policy] },
  );
  const before = [...place.before, identity, entry, ...rules, ...node.ready];
  return { nodeRole: node.role, ready: createCharts(parts, karpenterName, place, queue, before) };
}

function createCharts(
  { parent }: ClusterParts,
  karpenterName: string,
  { plainName, provider }: KarpenterPlace,
  queue: aws.sqs.Queue,
  before: readonly pulumi.Resource[],
): readonly pulumi.Resource[] {
  const { chart, crdChart } = releaseSets[defaultReleaseSet].karpenter;
  const opts = { parent, provider };
  const crds = new k8s.helm.v3.Release(
    `${karpenterName}-crds`,
    { name: "karpenter-crd", ...versionOf(crdChart), namespace },
    { ...opts, dependsOn: [...before] },
  );
  const release = new k8s.helm.v3.Release(
    karpenterName,
    {
      name: "karpenter",
      ...versionOf(chart),
      namespace,
      skipCrds: true,
      atomic: true,
      cleanupOnFail: true,
      values: {
        serviceAccount: { name: serviceAccount },
        settings: { clusterName: plainName, interruptionQueue: queue.name },
        // Not on the nodes that it makes: it would end the one that it runs on.
        nodeSelector: { "kubernetes.io/os": "linux", ...systemNodeLabel },
      },
    },
    { ...opts, dependsOn: [crds] },
  );
  return [release];
}

function versionOf({ chart, version }: ChartReference): { chart: string; version: string } {
  return { chart, version };
}

/** Events of EC2 and AWS Health that end a node, by a name of their own. */
const interruptions: Readonly<Record<string, { source: string; detail: string }>> = {
  health: { source: "aws.health", detail: "AWS Health Event" },
  spot: { source: "aws.ec2", detail: "EC2 Spot Instance Interruption Warning" },
  rebalance: { source: "aws.ec2", detail: "EC2 Instance Rebalance Recommendation" },
  state: { source: "aws.ec2", detail: "EC2 Instance State-change Notification" },
};

function createQueue(
  parts: ClusterParts,
  karpenterName: string,
): { queue: aws.sqs.Queue; rules: readonly pulumi.Resource[] } {
  const { parent } = parts;
  const queue = new aws.sqs.Queue(
    karpenterName,
    { messageRetentionSeconds: 300, sqsManagedSseEnabled: true, tags: named(parts, karpenterName) },
    { parent },
  );
  const access = new aws.sqs.QueuePolicy(
    karpenterName,
    { queueUrl: queue.url, policy: queue.arn.apply((arn) => JSON.stringify(queuePolicy(arn))) },
    { parent },
  );
  const targets = Object.entries(interruptions).map(([key, { source, detail }]) => {
    const ruleName = `${karpenterName}-${key}`;
    const rule = new aws.cloudwatch.EventRule(
      ruleName,
      {
        description: `${detail}, for Karpenter`,
        eventPattern: JSON.stringify({ source: [source], "detail-type": [detail] }),
        tags: named(parts, ruleName),
      },
      { parent },
    );
    return new aws.cloudwatch.EventTarget(ruleName, { rule: rule.name, arn: queue.arn }, { parent });
  });
  return { queue, rules: [access, ...targets] };
}

function queuePolicy(queueArn: string): aws.iam.PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: ["events.amazonaws.com", "sqs.amazonaws.com"] },
        Action: "sqs:SendMessage",
        Resource: queueArn,
      },
      {
        Sid: "DenyHTTP",
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: queueArn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}
