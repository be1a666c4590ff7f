import type { Input } from "@pulumi/pulumi";

/** Where weights come from: `claim` or `s3`, else Hugging Face. */
export interface VllmWeightsArgs {
  /** A volume that has them already. */
  claim?: VllmClaimArgs;
  /** The bucket of `s3`, read by the Run:ai streamer straight into GPU memory. */
  s3?: VllmS3WeightsArgs;
}

/** Weights on a claim that exists, for example on EFS or FSx; it is mounted read-only. */
export interface VllmClaimArgs {
  /** Name of the PersistentVolumeClaim in the model's namespace. */
  name: Input<string>;
  /** Folder of the model on the volume. Default: its root. */
  path?: string;
}

/** Weights in S3, as a folder with the repository's files. */
export interface VllmS3WeightsArgs {
  /** Folder in the bucket. Default: `<source>/<revision>`, without a revision `<source>`. */
  path?: string;
  /** A Job that copies the weights from Hugging Face before the first pod starts. Default: they are there already. */
  mirror?: VllmMirrorArgs;
}

/** Copies weights into the bucket, once for each revision, file by file. */
export interface VllmMirrorArgs {
  /** Room for the largest file of the repository. Default: `60Gi`. */
  disk?: string;
}

/** A bucket, and how pods get at it. */
export interface VllmS3Args {
  /** Name of the bucket. */
  bucket: Input<string>;
  /** Region of the bucket, for example `us-west-2`. */
  region: string;
  /** EKS Pod Identity for the pods. Exactly one of `podIdentity` and `serviceAccountName`. */
  podIdentity?: VllmPodIdentityArgs;
  /** A service account that somebody else gave access to the bucket, in the model's namespace. */
  serviceAccountName?: string;
}

/** Ties a role to a service account that is made for the model. Needs the EKS Pod Identity agent in the cluster. */
export interface VllmPodIdentityArgs {
  /** Name of the EKS cluster. Needed, except in an `AiPlatform` with `cluster`. Default: the cluster of the platform. */
  clusterName?: Input<string>;
  /** Role to assume. Default: one is made that reads the model's folders, and writes the mirrored one. */
  roleArn?: Input<string>;
}
