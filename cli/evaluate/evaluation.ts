import type { WireValue } from "./values";

/** What a program declares: the resources that `pulumi up` would create, and the stack's outputs. */
export interface Evaluation {
  readonly project: string;
  readonly stack: string;
  /** In the order of registration, which may differ between two runs of a program that waits for things. */
  readonly resources: readonly PlanResource[];
  /** As sent to the engine; `maskValue` and `revealValue` read it. */
  readonly outputs: Readonly<Record<string, WireValue>>;
  /** What the program logged with `pulumi.log`, and what the evaluation could not read. */
  readonly warnings: readonly string[];
}

/** A resource as the program registered it. */
export interface PlanResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** False for components. */
  readonly custom: boolean;
  readonly parent?: string;
  /** The URNs of all resources that it depends on, explicitly or through its inputs; sorted. */
  readonly dependencies: readonly string[];
  /** The URN of an explicit provider. */
  readonly provider?: string;
  /** As sent to the engine; `maskValue` and `revealValue` read it. */
  readonly inputs: Readonly<Record<string, WireValue>>;
  readonly options: ResourceOptions;
}

/** The options that differ from their default. */
export interface ResourceOptions {
  /** The id of an existing resource that the program reads; nothing is created. */
  readonly read?: string;
  /** True for components that a provider would construct: their children are not known here. */
  readonly remote?: boolean;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly import?: string;
  readonly version?: string;
  readonly pluginDownloadURL?: string;
  readonly deletedWith?: string;
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly replaceWith?: readonly string[];
  readonly additionalSecretOutputs?: readonly string[];
  readonly aliases?: readonly (string | AliasSpec)[];
  readonly customTimeouts?: Readonly<Record<string, string>>;
}

export interface AliasSpec {
  readonly name?: string;
  readonly type?: string;
  readonly stack?: string;
  readonly project?: string;
  readonly parent?: string;
}
