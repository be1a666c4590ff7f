import { stringify } from "yaml";
import type { RenderedObject } from "../../components/shared/manifest";

/** The text of a manifest file for `aigw run`, which replaces `$NAME` and `${NAME}` in it: `$$` stands for `$`. */
export function manifestFileText(objects: readonly RenderedObject[]): string {
  const documents = objects.map(({ manifest }) => stringify(manifest, { aliasDuplicateObjects: false }));
  return documents.join("---\n").replaceAll("$", "$$$$");
}
