import { ReleaseSet } from "../../gateway/releases";
import type { Manifest } from "../manifest";
import { isDnsName, isLabelValue } from "../names";
import { type Check, type CheckContext, compileChecks, isRecord, isUnknown, type Path } from "./checkNode";
import { tables } from "./generated/tables";
import type { KindEntry, SchemaNode } from "./schemaNode";

/** One field of a manifest that the API server would refuse. */
export interface FieldProblem {
  /** As in `spec.rules[0].matches`. */
  readonly path: string;
  readonly reason: string;
}

let compiled: readonly Check[] | undefined;

/**
 * Checks a manifest against the field table of a release set: unknown fields, missing fields, types, enums, bounds,
 * patterns and repeated list entries. The rules that a schema states as expressions are not known here.
 *
 * Outputs and promises are taken as correct. Of a kind that the table does not know (`isKnownKind`) nothing is
 * checked, and the answer is empty.
 */
export function checkManifest(set: ReleaseSet, manifest: Manifest): FieldProblem[] {
  const kindKey = `${manifest.apiVersion}/${manifest.kind}`;
  const entry = tables.kinds[set][kindKey];
  if (entry === undefined) {
    return [];
  }
  compiled ??= compileChecks(tables.nodes);
  const found: FieldProblem[] = [];
  const context = new ManifestContext(set, kindKey, found);
  const { apiVersion, kind, metadata, ...rest } = manifest;
  checkMetadata(metadata, entry, context);
  compiled[entry.root]?.(rest, context);
  return found;
}

/** Whether the field table of a release set has the kind, so that `checkManifest` means something. */
export function isKnownKind(
  set: ReleaseSet,
  { apiVersion, kind }: Pick<Manifest, "apiVersion" | "kind">,
): boolean {
  return tables.kinds[set][`${apiVersion}/${kind}`] !== undefined;
}

class ManifestContext implements CheckContext {
  readonly path: Path = [];

  constructor(
    private readonly set: ReleaseSet,
    private readonly kindKey: string,
    private readonly found: FieldProblem[],
  ) {}

  report(reason: string, field?: string | number): void {
    const path = field === undefined ? this.path : [...this.path, field];
    this.found.push({ path: pathText(path), reason });
  }

  elsewhere(exists: (node: SchemaNode) => boolean): string {
    const others = Object.values(ReleaseSet).filter((set) => {
      const node = set === this.set ? undefined : nodeAtPath(tables.kinds[set][this.kindKey], this.path);
      return node !== undefined && exists(node);
    });
    return others.length === 0 ? "" : `: exists only in release set ${others.join(", ")}`;
  }
}

/** The part of the API server's own rules for metadata that a rendered object could break. */
function checkMetadata(metadata: unknown, { scope }: KindEntry, context: CheckContext): void {
  context.path.push("metadata");
  if (!isRecord(metadata)) {
    context.report("is required");
  } else {
    const { name, namespace, labels } = metadata;
    if (!isUnknown(name) && !isDnsName(name)) {
      const rule =
        "must be 1 to 253 lower case letters, digits, dashes and dots, and begin and end with a letter or digit";
      context.report(`${rule}, not ${JSON.stringify(name)}`, "name");
    }
    if (scope === "Cluster" && namespace !== undefined) {
      context.report("the kind belongs to the whole cluster: leave the namespace out", "namespace");
    }
    context.path.push("labels");
    for (const [label, value] of Object.entries(isRecord(labels) ? labels : {})) {
      if (!isUnknown(value) && (typeof value !== "string" || !isLabelValue(value))) {
        context.report(
          `${JSON.stringify(value)} is not a label value (at most 63 letters, digits and -_.)`,
          label,
        );
      }
    }
    context.path.pop();
  }
  context.path.pop();
}

function nodeAtPath(entry: KindEntry | undefined, path: Path): SchemaNode | undefined {
  let node = entry === undefined ? undefined : tables.nodes[entry.root];
  for (const step of path) {
    let index: number | undefined;
    if (node?.type === "array") {
      index = node.items;
    } else if (node?.type === "object") {
      index = node.fields?.[step] ?? node.values;
    }
    node = index === undefined ? undefined : tables.nodes[index];
  }
  return node;
}

function pathText(path: Path): string {
  return path
    .map((step, i) => {
      if (typeof step === "number") {
        return `[${step}]`;
      }
      if (!/^[A-Za-z_$][\w$]*$/.test(step)) {
        return `[${JSON.stringify(step)}]`;
      }
      return i === 0 ? step : `.${step}`;
    })
    .join("");
}
