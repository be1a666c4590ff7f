import { Document } from "yaml";
import type { KubernetesObject } from "./manifests";

/** The formats that manifests are written in. */
export const RenderFormat = { Yaml: "yaml", Json: "json" } as const;
export type RenderFormat = (typeof RenderFormat)[keyof typeof RenderFormat];

/** Objects as a stream of YAML documents, or as one Kubernetes List in JSON. */
export function* objectChunks(objects: readonly KubernetesObject[], format: RenderFormat): Generator<string> {
  if (format === RenderFormat.Yaml) {
    for (const object of objects) {
      yield `---\n${toYaml(object)}`;
    }
    return;
  }
  yield '{\n  "apiVersion": "v1",\n  "kind": "List",\n  "items": [';
  let separator = "\n";
  for (const object of objects) {
    yield `${separator}${JSON.stringify(object, undefined, 2).replace(/^/gm, "    ")}`;
    separator = ",\n";
  }
  yield "\n  ]\n}\n";
}

/** A list as one document. */
export function* listChunks(list: readonly object[], format: RenderFormat): Generator<string> {
  yield format === RenderFormat.Yaml ? toYaml(list) : `${JSON.stringify(list, undefined, 2)}\n`;
}

/**
 * Long strings stay on one line and nothing is aliased. Strings that the YAML 1.1 parsers of other tools read as
 * something else (`yes`, `1e3`, `0o17`) are quoted.
 */
function toYaml(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false, version: "1.2", compat: "yaml-1.1" });
  return document.toString({ lineWidth: 0 });
}
