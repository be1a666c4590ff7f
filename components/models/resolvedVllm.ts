import type { Input } from "@pulumi/pulumi";
import type { AcceleratorShape } from "../cluster/acceleratorShape";
import type { GpuVendor } from "../shared/gpuNodes";
import type { ResolvedSecret } from "./resolved";
import type { ResolvedAutoscaling } from "./resolvedAutoscaling";
import type { ResolvedEndpointPicker } from "./resolvedEndpointPicker";
import type { Sizing } from "./sizingArgs";
import type { CacheAccessMode } from "./vllmArgs";
import type { VllmLayout } from "./vllmParallel";

/** What the pods of one model are made from. */
export interface ResolvedVllm extends VllmLayout {
  readonly source: string;
  readonly revision: string | undefined;
  readonly pool: string | undefined;
  readonly accelerator: GpuVendor;
  /** Of an autoscaled model the most. */
  readonly replicas: number;
  readonly autoscaling: ResolvedAutoscaling | undefined;
  readonly picker: ResolvedEndpointPicker | undefined;
  readonly maxModelLen: number | undefined;
  readonly image: Input<string>;
  readonly hfToken: ResolvedSecret | undefined;
  readonly weights: ResolvedWeights;
  readonly s3: ResolvedS3 | undefined;
  readonly loras: ResolvedLoras | undefined;

  /** Precision of weights and computing that is asked for; `undefined` leaves it to vLLM. */
  readonly dtype: string | undefined;
  readonly quantization: string | undefined;
  readonly kvCacheFormat: string | undefined;
  readonly gpuMemoryUtilization: number | undefined;
  readonly maxSequences: number | undefined;
  readonly maxBatchedTokens: number | undefined;
  readonly toolParser: string | undefined;
  readonly reasoningParser: string | undefined;
  readonly usageInEveryChunk: boolean;
  /** Flags that this model needs on this node. */
  readonly modelFlags: readonly string[];
  readonly extraArgs: readonly string[];
  /** Environment that the accelerator asks for. */
  readonly env: readonly EnvVar[];

  readonly cacheSize: string;
  readonly cacheStorageClass: string | undefined;
  readonly cacheAccessMode: CacheAccessMode;
  readonly cpu: string;
  readonly memory: string;
  /** Size of the memory that processes of one pod share. */
  readonly sharedMemory: string;
  readonly runAsRoot: boolean;
  readonly startupSeconds: number;
  readonly shutdownSeconds: number;

  /** What a node of the pool offers; `undefined` where nobody said. */
  readonly node: AcceleratorShape | undefined;
  /** What fits; `undefined` where the node or the model is not known. */
  readonly sizing: Sizing | undefined;
}

export interface EnvVar {
  readonly name: string;
  readonly value: string;
}

/** Where the engine reads its weights. */
export type ResolvedWeights =
  /** Hugging Face, by the name of the repository. */
  | { readonly kind: "hub"; readonly model: string }
  | { readonly kind: "claim"; readonly model: string; readonly claimName: Input<string> }
  | {
      readonly kind: "s3";
      readonly model: Input<string>;
      /** Folder in the bucket, without slashes around it. */
      readonly path: string;
      readonly mirror: ResolvedMirror | undefined;
    };

/** A Job that fills a folder of the bucket. */
export interface ResolvedMirror {
  /** Changes with what is copied, since a Job cannot. */
  readonly name: string;
  readonly disk: string;
}

export interface ResolvedS3 {
  readonly bucket: Input<string>;
  readonly region: string;
  /** Service account of the pods. */
  readonly serviceAccount: string;
  /** What ties the account to a role; absent when somebody else did. */
  readonly podIdentity: ResolvedPodIdentity | undefined;
}

export interface ResolvedPodIdentity {
  readonly clusterName: Input<string>;
  readonly roleArn: Input<string> | undefined;
  /** Folders of the bucket that pods may read. */
  readonly reads: readonly string[];
  /** Folders that the mirror Job may write. */
  readonly writes: readonly string[];
}

export interface ResolvedLoras {
  /** Adapters in one batch. */
  readonly slots: number;
  /** Largest rank that vLLM prepares for. */
  readonly rank: number;
  readonly adapters: readonly ResolvedLora[];
}

export interface ResolvedLora {
  /** Public name, and the name that vLLM knows it by. */
  readonly name: string;
  /** Repository, or folder in the pod. */
  readonly location: string;
  /** Folder in the bucket to copy it from before the server starts. */
  readonly s3Path: string | undefined;
}
