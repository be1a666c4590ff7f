/** What a provider of AWS and the EKS component would answer, as far as a cluster reads it. */
export function clusterState(type: string, inputs: Record<string, unknown>): Record<string, unknown> {
  return { ...inputs, ...answers[type] };
}

export const testKubeconfig = JSON.stringify({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "kubernetes", cluster: { server: "https://example.eks.amazonaws.com" } }],
});

const arn = (service: string) => `arn:aws:${service}:us-east-1:123456789012:test`;

const answers: Readonly<Record<string, Record<string, unknown>>> = {
  "eks:index:Cluster": { kubeconfigJson: testKubeconfig, clusterSecurityGroupId: "sg-cluster" },
  "aws:iam/role:Role": { arn: "arn:aws:iam::123456789012:role/test", name: "role-name" },
  "aws:kms/key:Key": { arn: arn("kms") },
  "aws:ec2/launchTemplate:LaunchTemplate": { latestVersion: 3 },
  "aws:eks/nodeGroup:NodeGroup": { resources: [{ autoscalingGroups: [{ name: "group-name" }] }] },
  "aws:sqs/queue:Queue": { arn: arn("sqs"), url: "https://sqs.example/test", name: "queue-name" },
  "aws:cloudwatch/eventRule:EventRule": { name: "rule-name" },
  "aws:ssm/activation:Activation": { activationCode: "activation-code" },
};
