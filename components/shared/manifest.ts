/** A Kubernetes object as plain data. Leaf values may be Pulumi outputs. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A manifest and the user's key that it stands for, from which its Pulumi name is made. */
export interface RenderedObject {
  /** The user's own map key; empty for an object of the component as a whole. */
  readonly key: string;
  readonly manifest: Manifest;
  /** What it waits for without naming it, as `referenceTo` spells it. */
  readonly after?: readonly string[];
  /** Members that somebody else changes in the cluster, which Pulumi then leaves as they are. */
  readonly ignoreChanges?: readonly string[];
}

/** Labels of every object that this package makes. */
export const managedLabels: Readonly<Record<string, string>> = {
  "app.kubernetes.io/managed-by": "pulumi-ai-gateway",
};
