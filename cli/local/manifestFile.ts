import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { RenderedObject } from "../../components/shared/manifest";

/** The text of a manifest file for `aigw run`, which replaces `$NAME` and `${NAME}` in it: `$$` stands for `$`. */
export async function manifestFileText(objects: readonly RenderedObject[]): Promise<string> {
  const documents: string[] = [];
  for (const { manifest } of objects) {
    documents.push(stringify(await known(manifest), { aliasDuplicateObjects: false }));
  }
  return documents.join("---\n").replaceAll("$", "$$$$");
}

/** The value with every output in it resolved, secrets in clear. */
export async function known(value: unknown): Promise<unknown> {
  if (pulumi.Output.isInstance(value)) {
    return new Promise((resolve) => {
      value.apply(resolve);
    });
  }
  if (Array.isArray(value)) {
    return Promise.all(value.map(known));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(async ([key, inner]) => [key, await known(inner)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  return value;
}
