import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { splitKind } from "./kinds";
import { crdFilesOf } from "./sources";

/** The keywords of a structural CRD schema that the generator reads; prose and expressions are not among them. */
export interface CrdSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, CrdSchema>>;
  readonly required?: readonly string[];
  readonly items?: CrdSchema;
  readonly additionalProperties?: CrdSchema | boolean;
  readonly allOf?: readonly CrdSchema[];
  readonly enum?: readonly (string | number)[];
  readonly default?: unknown;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly "x-kubernetes-int-or-string"?: boolean;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-list-type"?: string;
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
}

export interface CrdKind {
  readonly scope: "Namespaced" | "Cluster";
  readonly schema: CrdSchema;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly scope: "Namespaced" | "Cluster";
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly served: boolean;
      readonly schema: { readonly openAPIV3Schema: CrdSchema };
    }[];
  };
}

const parsed = new Map<string, readonly Crd[]>();

/** Reads the schemas of the wanted kinds ("group/version/Kind"). Throws if a kind is not there or not served. */
export function readCrds(directories: readonly string[], wanted: readonly string[]): Map<string, CrdKind> {
  const kinds = new Set(wanted.map((key) => splitKind(key).kind));
  const result = new Map<string, CrdKind>();
  for (const file of directories.flatMap(crdFilesOf)) {
    for (const { spec } of crdsOf(file, kinds)) {
      for (const version of spec.versions) {
        const key = `${spec.group}/${version.name}/${spec.names.kind}`;
        if (version.served && wanted.includes(key)) {
          result.set(key, { scope: spec.scope, schema: version.schema.openAPIV3Schema });
        }
      }
    }
  }
  const absent = wanted.filter((key) => !result.has(key));
  if (absent.length > 0) {
    throw new Error(
      `no served version in the CRD files of: ${absent.join(", ")} (read ${directories.join(", ")})`,
    );
  }
  return result;
}

/** Parsing is the slow part, so files of other kinds are left out by a look at the text, and both sets share. */
function crdsOf(file: string, kinds: ReadonlySet<string>): readonly Crd[] {
  const text = readFileSync(file, "utf8");
  const kind = /^ {4}kind: (\w+)$/m.exec(text)?.[1];
  if (kind === undefined || !kinds.has(kind)) {
    return [];
  }
  const known = parsed.get(file);
  if (known !== undefined) {
    return known;
  }
  const crds = parseAllDocuments(text)
    .map((document) => document.toJS() as Crd | null)
    .filter((crd) => crd !== null);
  parsed.set(file, crds);
  return crds;
}
