import * as aws from "@pulumi/aws";
import { all, type Output, output } from "@pulumi/pulumi";
import {
  clusterArn,
  clusterTag,
  type HybridPlace,
  hybridNodeConfig,
  hybridPolicy,
  rolesAnywhereTrust,
  ssmTrust,
} from "./hybridNodes";
import { HybridCredentials } from "./poolArgs";
import type { PoolParts } from "./poolParts";
import type { ResolvedHybridPool, ResolvedPool } from "./resolvedPool";

/** Makes what hosts outside AWS join by, and returns their configurations by pool, or by pool and host. */
export function createHybridPool(parts: PoolParts, pool: ResolvedPool): Output<Record<string, string>> {
  const { hybrid } = pool;
  if (hybrid === undefined) {
    return output<Record<string, string>>({});
  }
  const account = aws.getCallerIdentityOutput({}, { parent: parts.options.parent }).accountId;
  const place = all([account, parts.place.clusterName]).apply(
    ([accountId, clusterName]): HybridPlace => ({
      partition: parts.partition,
      region: parts.region,
      accountId,
      clusterName,
    }),
  );
  return hybrid.credentials === HybridCredentials.Ssm
    ? createActivation(parts, pool, hybrid, place)
    : createRolesAnywhere(parts, pool, hybrid, place);
}

function createActivation(
  parts: PoolParts,
  pool: ResolvedPool,
  hybrid: ResolvedHybridPool,
  place: Output<HybridPlace>,
): Output<Record<string, string>> {
  const { name, region, options } = parts;
  const { role, policies } = createRole(parts, pool, hybrid, place, place.apply(ssmTrust));
  const activation = new aws.ssm.Activation(
    `${name}-${pool.name}`,
    {
      description: `Hosts of the pool "${pool.name}"`,
      iamRole: role.name,
      registrationLimit: pool.max,
      tags: { ...options.tags, [clusterTag]: place.apply(clusterArn) },
      ...(hybrid.activationExpires !== undefined && { expirationDate: hybrid.activationExpires }),
    },
    {
      parent: options.parent,
      dependsOn: policies,
      // Who has it can add a host to the cluster.
      additionalSecretOutputs: ["activationCode"],
    },
  );
  parts.made.set(`${pool.name}-activation`, activation);
  return all([parts.place.clusterName, activation.activationCode, activation.id]).apply(
    ([cluster, activationCode, activationId]) => ({
      [pool.name]: hybridNodeConfig(pool, { name: cluster, region }, { activationCode, activationId }),
    }),
  );
}

function createRolesAnywhere(
  parts: PoolParts,
  pool: ResolvedPool,
  hybrid: ResolvedHybridPool,
  place: Output<HybridPlace>,
): Output<Record<string, string>> {
  const { name, region, options } = parts;
  const { parent } = options;
  const resourceName = `${name}-${pool.name}`;
  const anchor = new aws.rolesanywhere.TrustAnchor(
    resourceName,
    {
      enabled: true,
      source:
        hybrid.privateCaArn === undefined
          ? {
              sourceType: "CERTIFICATE_BUNDLE",
              sourceData: { x509CertificateData: hybrid.caCertificate },
            }
          : { sourceType: "AWS_ACM_PCA", sourceData: { acmPcaArn: hybrid.privateCaArn } },
      tags: { ...options.tags },
    },
    { parent },
  );
  const { role } = createRole(parts, pool, hybrid, place, anchor.arn.apply(rolesAnywhereTrust));
  const profile = new aws.rolesanywhere.Profile(
    resourceName,
    // The session has the name of the host, which becomes the name of the node.
    { enabled: true, acceptRoleSessionName: true, roleArns: [role.arn], tags: { ...options.tags } },
    { parent },
  );
  parts.made.set(`${pool.name}-trust-anchor`, anchor);
  parts.made.set(`${pool.name}-profile`, profile);
  return all([parts.place.clusterName, anchor.arn, profile.arn, role.arn]).apply(
    ([cluster, trustAnchorArn, profileArn, roleArn]) =>
      Object.fromEntries(
        hybrid.hosts.map((nodeName) => [
          `${pool.name}/${nodeName}`,
          hybridNodeConfig(
            pool,
            { name: cluster, region },
            { nodeName, trustAnchorArn, profileArn, roleArn },
          ),
        ]),
      ),
  );
}

/** The role of the pool's hosts, and the entry that lets it into the cluster. */
function createRole(
  parts: PoolParts,
  pool: ResolvedPool,
  hybrid: ResolvedHybridPool,
  place: Output<HybridPlace>,
  trust: Output<object>,
): { readonly role: aws.iam.Role; readonly policies: aws.iam.RolePolicyAttachment[] } {
  const { name, partition, options, made } = parts;
  const { parent } = options;
  const tags = { ...options.tags };
  const roleName = `${name}-${pool.name}-hybrid`;
  const role = new aws.iam.Role(
    roleName,
    { assumeRolePolicy: trust.apply((document) => JSON.stringify(document)), tags },
    { parent },
  );
  new aws.iam.RolePolicy(
    roleName,
    {
      role: role.name,
      policy: place.apply((where) => JSON.stringify(hybridPolicy(where, hybrid))),
    },
    { parent },
  );
  const managed = [
    "AmazonEC2ContainerRegistryPullOnly",
    ...(hybrid.credentials === HybridCredentials.Ssm ? ["AmazonSSMManagedInstanceCore"] : []),
  ];
  const policies = managed.map(
    (policy) =>
      new aws.iam.RolePolicyAttachment(
        `${roleName}-${policy}`,
        { role: role.name, policyArn: `arn:${partition}:iam::aws:policy/${policy}` },
        { parent },
      ),
  );
  const entry = new aws.eks.AccessEntry(
    roleName,
    { clusterName: parts.place.clusterName, principalArn: role.arn, type: "HYBRID_LINUX", tags },
    { parent, dependsOn: [...parts.place.before] },
  );
  made.set(`${pool.name}-access`, entry);
  return { role, policies };
}
