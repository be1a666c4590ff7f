import { join } from "node:path";
import { allActions, awsPermissions, functionPermissions } from "./awsPermissions";

/** The page of IAM permissions, in Markdown. */
export const permissionsFile = join(__dirname, "..", "..", "docs", "permissions.md");

const introduction = `# IAM permissions

What \`pulumi up\`, \`refresh\` and \`destroy\` call in AWS for a \`GpuCluster\` and its pools, by type of resource. The list is
generated from the types that the components make (\`npm run generate\`); a test fails when a
component makes a type that has no row here.

Things to know before you narrow it:

- Who creates a cluster is its administrator in Kubernetes. Use a role for \`pulumi up\`, not a person, and name people
  in \`accessEntries\`.
- \`iam:PassRole\` is for the roles that the stack itself makes. Limit it by \`iam:PassedToService\`: \`eks.amazonaws.com\`,
  \`ec2.amazonaws.com\`, \`pods.eks.amazonaws.com\`, and for hybrid hosts \`ssm.amazonaws.com\`.
- \`iam:CreateServiceLinkedRole\` is needed in an account that never had a cluster, a node group, a NAT gateway or a spot
  instance. It can be taken away after that.
- Physical names are the stack's own (\`<name>-<random>\`), apart from the cluster and its log group, so ARNs can be
  limited to \`*<name>*\`.
- Kubernetes objects need no action of IAM beyond \`eks:DescribeCluster\`, which the AWS CLI calls for the kubeconfig's
  token.
- Rights of what runs in the cluster (drivers, Karpenter, the autoscaler) are in roles of their own, not here.
- Spot instances, capacity reservations and the quota of GPU instances are matters of the account, not of IAM.
- Sources: what AWS asks of who makes these types by CloudFormation (its schemas of 7 August 2026), and the resources of
  the Terraform provider that Pulumi's is made from. CloudFormation asks of a cluster's creator for actions that make
  instance profiles, too, which nothing here calls. The row of event targets has no source but the API. None of it was
  tried in an account with these rights alone.

`;

/** Renders the page from the tables. */
export function permissionsPage(): string {
  const types = [...awsPermissions].map(([type, actions]) => {
    const cells = [actions.create, actions.read, actions.update, actions.delete].map(cell);
    return `| \`${type}\` | ${cells.join(" | ")} |`;
  });
  const functions = [...functionPermissions].map(([name, actions]) => `| \`${name}\` | ${cell(actions)} |`);
  return [
    `${introduction}## By type\n`,
    "| Type | Create | Read | Update | Delete |",
    "|---|---|---|---|---|",
    ...types,
    "\nAn empty cell: nothing that the row's other cells do not have, or every change is a replacement.\n",
    "## Functions\n",
    "| Function | Actions |",
    "|---|---|",
    ...functions,
    "\n## All of them, as a policy\n",
    "```json",
    JSON.stringify(policy(), undefined, 2),
    "```",
    "",
  ].join("\n");
}

function policy(): object {
  const actions = allActions();
  const services = [...new Set(actions.map(serviceOf))];
  return {
    Version: "2012-10-17",
    Statement: services.map((service) => ({
      Sid: service.replace(/^./, (letter) => letter.toUpperCase()),
      Effect: "Allow",
      Action: actions.filter((action) => serviceOf(action) === service),
      Resource: "*",
    })),
  };
}

/** The part of an action before the colon. */
function serviceOf(action: string): string {
  return action.slice(0, action.indexOf(":"));
}

function cell(actions: readonly string[]): string {
  return actions.map((action) => `\`${action}\``).join("<br>");
}
