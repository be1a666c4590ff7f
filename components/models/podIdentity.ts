// By their own paths: the whole package takes seconds to load.
import { PodIdentityAssociation } from "@pulumi/aws/eks/podIdentityAssociation";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { all, type CustomResourceOptions, type Output, output } from "@pulumi/pulumi";
import type { ResourcesByReference } from "../shared/createObjects";
import { objectName } from "../shared/names";
import { partitionOf } from "../shared/partition";
import { podIdentityReference } from "./podIdentityReference";
import type { ResolvedPodIdentity, ResolvedS3 } from "./resolvedVllm";
import type { ServedModel } from "./servedModel";

/** A model whose pods read a bucket. */
export interface BucketReader {
  readonly model: ServedModel;
  readonly s3: ResolvedS3;
}

/** Lets the service accounts of models read their buckets; returns what pods have to wait for. */
export function createPodIdentities(
  name: string,
  readers: readonly BucketReader[],
  opts: CustomResourceOptions,
): ResourcesByReference {
  const made = readers.flatMap(({ model, s3 }) => {
    const { podIdentity } = s3;
    if (podIdentity === undefined) {
      return [];
    }
    const childName = model.key === "" ? name : `${name}-${model.key}`;
    const roleArn = podIdentity.roleArn ?? createRole(childName, s3, podIdentity, opts);
    const association = new PodIdentityAssociation(
      childName,
      {
        clusterName: podIdentity.clusterName,
        namespace: model.namespace,
        serviceAccount: s3.serviceAccount,
        roleArn,
      },
      opts,
    );
    return [[podIdentityReference(model), association] as const];
  });
  return new Map(made);
}

/** IAM takes prefixes of 38 characters (provider of Terraform, 2026), and appends 26. */
const longestPrefix = 38;

/** Public names of models hold what IAM does not take ("Qwen/Qwen3-8B"), and may be longer. */
function rolePrefix(name: string): string {
  return `${objectName(name).slice(0, longestPrefix - 1)}-`;
}

function createRole(
  name: string,
  { bucket, region }: ResolvedS3,
  identity: ResolvedPodIdentity,
  opts: CustomResourceOptions,
): Output<string> {
  const namePrefix = rolePrefix(name);
  const role = new Role(name, { namePrefix, assumeRolePolicy: JSON.stringify(podsMayAssume) }, opts);
  const policy = output(bucket).apply((known) =>
    JSON.stringify(bucketPolicy(known, partitionOf(region), identity)),
  );
  // Pods that start before the policy is there would be refused, so the role is known only with it.
  const attached = new RolePolicy(name, { namePrefix, role: role.name, policy }, opts);
  return all([role.arn, attached.id]).apply(([arn]) => arn);
}

/** Session tags are part of what EKS Pod Identity does (AWS EKS user guide, August 2026). */
const podsMayAssume = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
    },
  ],
};

/** The least that a model's pods need: to list and read its folders, and for a mirror to write one. */
export function bucketPolicy(bucket: string, partition: string, { reads, writes }: ResolvedPodIdentity) {
  const arn = `arn:${partition}:s3:::${bucket}`;
  const objects = (folders: readonly string[]) => folders.map((folder) => `${arn}/${folder}/*`);
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: [arn],
        Condition: {
          StringLike: { "s3:prefix": reads.flatMap((folder) => [folder, `${folder}/*`]) },
        },
      },
      { Effect: "Allow", Action: ["s3:GetObject"], Resource: objects(reads) },
      ...(writes.length === 0
        ? []
        : [
            {
              Effect: "Allow",
              Action: ["s3:PutObject", "s3:AbortMultipartUpload"],
              Resource: objects(writes),
            },
          ]),
    ],
  };
}
