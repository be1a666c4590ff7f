import type { Input, Resource } from "@pulumi/pulumi";

/** What the makers of a cluster's parts share. */
export interface ClusterParts {
  /** Name of the component, which the names of its parts begin with. */
  readonly name: string;
  readonly parent: Resource;
  /** Tags of the user. */
  readonly tags: Readonly<Record<string, Input<string>>>;
}

/** The user's tags with a name for the console, which the user's own wins over. */
export function named({ tags }: ClusterParts, name: string): Record<string, Input<string>> {
  return { Name: name, ...tags };
}
