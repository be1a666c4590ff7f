import type { ReleaseSet } from "../gateway/releases";
import { type MembersOf, requiring } from "./memberShapes";
import { poolMembers } from "./memberTables";
import type { ModelPoolArgs } from "./modelPoolArgs";
import type { VllmArgs } from "./vllmArgs";
import { vllmMembers } from "./vllmMembers";

/** The pods of one model, on any cluster, without a gateway. */
export interface VllmServingArgs {
  /** The model, and how it is served. */
  vllm: VllmArgs;
  /** Name that clients give as `model`. Default: the name of the component. */
  servedName?: string;
  /** Namespace, which has to exist unless it is made here. Default: `ai-gateway`. */
  namespace?: string;
  /** Whether the namespace is made here. Default: false. */
  createNamespace?: boolean;
  /** Release set whose images are run. Default: `1.1`. */
  release?: ReleaseSet;
  /** What the nodes of pools offer, by name: then the model is checked against them. Default: not known. */
  pools?: Record<string, ModelPoolArgs>;
}

/** Every member of `VllmServingArgs`, and what it must be. */
export const vllmServingMembers: MembersOf<VllmServingArgs> = requiring<VllmServingArgs>(
  {
    vllm: vllmMembers,
    servedName: "text",
    namespace: "text",
    createNamespace: "flag",
    release: "text",
    pools: { eachOf: poolMembers },
  },
  "vllm",
);
