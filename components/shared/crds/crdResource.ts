import type { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import type { input } from "@pulumi/kubernetes/types";
import type { CustomResourceOptions, Input } from "@pulumi/pulumi";

/** The arguments of a custom resource; apiVersion and kind are those of its class. */
export interface CrdArgs<Spec> {
  readonly metadata: Input<input.meta.v1.ObjectMeta>;
  readonly spec: Spec;
}

/** A class of `generated/resources.ts`, for callers that hold a manifest and look the class up by its kind. */
export type CrdClass = new (
  name: string,
  args: CrdArgs<object>,
  opts?: CustomResourceOptions,
) => CustomResource;
