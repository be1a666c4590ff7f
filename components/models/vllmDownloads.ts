import type { Manifest } from "../shared/manifest";
import { modelMetadata } from "./modelMetadata";
import type { ResolvedVllm } from "./resolvedVllm";
import { adapterFolder } from "./resolveLoras";
import { imageUser, type ServedModel } from "./servedModel";

// Both scripts use what vLLM's images bring for the streamer and for Hugging Face: boto3 and huggingface_hub.

/** Copies folders of a bucket to disk. */
const fetchScript = `
import os
import boto3

client = boto3.client("s3")
bucket = os.environ["BUCKET"]
for folder in os.environ["FOLDERS"].split(","):
    count = 0
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=folder + "/"):
        for item in page.get("Contents", []):
            if item["Key"].endswith("/"):
                continue
            target = os.path.join(os.environ["TARGET"], item["Key"])
            os.makedirs(os.path.dirname(target), exist_ok=True)
            client.download_file(bucket, item["Key"], target)
            count += 1
    if count == 0:
        raise SystemExit(f"no files below s3://{bucket}/{folder}/")
`.trim();

/** Copies a repository to a bucket, a file at a time; what is there already, in the right size, stays. */
const mirrorScript = `
import os
import boto3
from botocore.exceptions import ClientError
from huggingface_hub import HfApi, hf_hub_download

client = boto3.client("s3")
repository, revision, bucket, folder = (os.environ[name] for name in ("SOURCE", "REVISION", "BUCKET", "FOLDER"))
# Weights in other formats, which the streamer does not read.
endings = (".bin", ".pth", ".pt", ".gguf", ".onnx", ".msgpack", ".h5")

def size_there(key):
    try:
        return client.head_object(Bucket=bucket, Key=key)["ContentLength"]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
            return None
        raise

for item in HfApi().model_info(repository, revision=revision, files_metadata=True).siblings:
    name = item.rfilename
    if name.startswith(("original/", "metal/")) or name.endswith(endings):
        continue
    key = f"{folder}/{name}"
    if size_there(key) == item.size:
        print("there already:", name, flush=True)
        continue
    path = hf_hub_download(repository, name, revision=revision, local_dir="/mirror/files")
    client.upload_file(path, bucket, key)
    os.remove(path)
    print("copied:", name, flush=True)
`.trim();

/** Brings adapters from the bucket to the pod; vLLM itself reads them from disk or Hugging Face. */
export function fetchAdapters(vllm: ResolvedVllm) {
  const folders = vllm.loras?.adapters.flatMap(({ s3Path }) => s3Path ?? []) ?? [];
  if (vllm.s3 === undefined || folders.length === 0) {
    return undefined;
  }
  return {
    name: "adapters",
    image: vllm.image,
    command: ["python3", "-c", fetchScript],
    env: [
      { name: "HOME", value: "/cache" },
      { name: "AWS_REGION", value: vllm.s3.region },
      { name: "BUCKET", value: vllm.s3.bucket },
      { name: "FOLDERS", value: folders.join(",") },
      { name: "TARGET", value: adapterFolder },
    ],
    resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      ...(vllm.runAsRoot ? {} : { capabilities: { drop: ["ALL"] } }),
    },
    volumeMounts: [{ name: "cache", mountPath: "/cache" }],
  };
}

/** The Job that fills the folder of a revision; `undefined` where nothing is to be copied. */
export function mirrorJob(model: ServedModel, vllm: ResolvedVllm): Manifest | undefined {
  const { weights, s3, revision } = vllm;
  if (weights.kind !== "s3" || weights.mirror === undefined || s3 === undefined) {
    return undefined;
  }
  const { name, disk } = weights.mirror;
  const base = modelMetadata(model);
  const labels = { ...base.labels, "app.kubernetes.io/name": "vllm-mirror" };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      ...base,
      name,
      labels,
      // Pods start when it is done; hundreds of gigabytes take hours.
      annotations: { ...base.annotations, "pulumi.com/timeoutSeconds": "14400" },
    },
    spec: {
      backoffLimit: 6,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: "OnFailure",
          enableServiceLinks: false,
          serviceAccountName: s3.serviceAccount,
          automountServiceAccountToken: false,
          securityContext: { seccompProfile: { type: "RuntimeDefault" }, ...imageUser },
          // The images are made for it alone.
          nodeSelector: { "kubernetes.io/arch": "amd64" },
          containers: [
            {
              name: "mirror",
              image: vllm.image,
              command: ["python3", "-c", mirrorScript],
              env: [
                { name: "HOME", value: "/mirror" },
                { name: "AWS_REGION", value: s3.region },
                { name: "BUCKET", value: s3.bucket },
                { name: "FOLDER", value: weights.path },
                { name: "SOURCE", value: vllm.source },
                { name: "REVISION", value: revision ?? "main" },
                ...(vllm.hfToken === undefined
                  ? []
                  : [
                      {
                        name: "HF_TOKEN",
                        valueFrom: { secretKeyRef: { name: vllm.hfToken.name, key: "token" } },
                      },
                    ]),
              ],
              resources: {
                requests: { cpu: "1", memory: "4Gi", "ephemeral-storage": disk },
                limits: { memory: "4Gi" },
              },
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              volumeMounts: [{ name: "mirror", mountPath: "/mirror" }],
            },
          ],
          volumes: [{ name: "mirror", emptyDir: { sizeLimit: disk } }],
        },
      },
    },
  };
}
