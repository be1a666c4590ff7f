import type { ObjectNode, SchemaNode, Tables } from "../../components/shared/crds/schemaNode";
import { splitKind } from "./kinds";
import { nodeAt } from "./nodePool";
import { nameTypes, type Occurrences, segmentOf } from "./typeNames";

/** A TypeScript type as text, in which `<n>` stands for the name of interface n. */
type TypeText = string;

interface Field {
  readonly name: string;
  readonly optional: boolean;
  readonly type: TypeText;
  readonly note?: string;
}

export interface Interface {
  readonly name: string;
  readonly open: boolean;
  readonly fields: readonly Field[];
}

export interface TypeModel {
  /** In order of first use. */
  readonly interfaces: readonly Interface[];
  /** Per kind, the TypeScript type of its spec. */
  readonly specs: ReadonlyMap<string, string>;
}

/** A value's nodes in the two sets; one is absent if only the other set has the field. */
interface Pair {
  readonly v10: SchemaNode | undefined;
  readonly v11: SchemaNode | undefined;
}

/**
 * The TypeScript types of all kinds: what either release set takes. Bounds and patterns play no part, so objects
 * that differ only in those share an interface, if they are also called the same.
 */
export function modelTypes(tables: Tables): TypeModel {
  return new Modeller(tables.nodes).model(tables);
}

class Modeller {
  private readonly found: { fields: readonly Field[]; open: boolean; paths: string[][] }[] = [];
  private readonly indexByShape = new Map<string, number>();

  constructor(private readonly nodes: readonly SchemaNode[]) {}

  model({ kinds }: Tables): TypeModel {
    const keys = [...new Set(Object.values(kinds).flatMap((entries) => Object.keys(entries)))].sort();
    const specs = new Map<string, TypeText>();
    for (const key of keys) {
      const spec = { v10: this.specOf(kinds["1.0"][key]?.root), v11: this.specOf(kinds["1.1"][key]?.root) };
      specs.set(key, this.typeOf(spec, [splitKind(key).kind, "Spec"]));
    }
    const reserved = new Set(["Input", ...keys.map((key) => splitKind(key).kind)]);
    const names = nameTypes(this.found as readonly Occurrences[], reserved);
    const named = (text: TypeText) => text.replace(/<(\d+)>/g, (_, index) => names[Number(index)] ?? "");
    return {
      interfaces: this.found.map(({ fields, open }, index) => ({
        name: names[index] ?? "",
        open,
        fields: fields.map((field) => ({ ...field, type: named(field.type) })),
      })),
      specs: new Map([...specs].map(([key, text]) => [key, named(text)])),
    };
  }

  private specOf(root: number | undefined): SchemaNode | undefined {
    const node = root === undefined ? undefined : nodeAt(this.nodes, root);
    const spec = node?.type === "object" ? node.fields?.["spec"] : undefined;
    return spec === undefined ? undefined : nodeAt(this.nodes, spec);
  }

  private typeOf(pair: Pair, path: readonly string[]): TypeText {
    const node = pair.v11 ?? pair.v10;
    if (node === undefined) {
      throw new Error(`${path.join(".")}: in no release set`);
    }
    if (pair.v10 !== undefined && pair.v10.type !== node.type) {
      throw new Error(`${path.join(".")}: type ${pair.v10.type} in 1.0 and ${node.type} in 1.1`);
    }
    switch (node.type) {
      case "string":
      case "integer":
      case "number": {
        const values = enumOf(pair).map((value) => JSON.stringify(value));
        const scalar = node.type === "string" ? "string" : "number";
        return `Input<${values.length > 0 ? values.join(" | ") : scalar}>`;
      }
      case "boolean":
        return "Input<boolean>";
      case "intOrString":
        return "Input<number | string>";
      case "any":
        return "unknown";
      case "array": {
        const last = path.at(-1) ?? "";
        const entry = [...path.slice(0, -1), segmentOf(last, true)];
        return `readonly ${bracketed(this.typeOf(this.children(pair, "items"), entry))}[]`;
      }
      case "object":
        return this.objectType(pair, node, path);
    }
  }

  private objectType(pair: Pair, node: ObjectNode, path: readonly string[]): TypeText {
    if (node.values !== undefined) {
      return `Readonly<Record<string, ${this.typeOf(this.children(pair, "values"), path)}>>`;
    }
    const fields = this.fieldsOf(pair, path);
    if (fields.length === 0) {
      return `Readonly<Record<string, ${node.open ? "unknown" : "never"}>>`;
    }
    const open = node.open === true;
    const shape = JSON.stringify([path.at(-1), open, fields]);
    const index = this.indexByShape.get(shape) ?? this.found.push({ fields, open, paths: [] }) - 1;
    this.indexByShape.set(shape, index);
    this.found[index]?.paths.push([...path]);
    return `<${index}>`;
  }

  private fieldsOf(pair: Pair, path: readonly string[]): Field[] {
    const [v10, v11] = [asObject(pair.v10), asObject(pair.v11)];
    const names = new Set([...Object.keys(v10?.fields ?? {}), ...Object.keys(v11?.fields ?? {})]);
    return [...names].sort().map((name) => {
      const child: Pair = { v10: this.field(v10, name), v11: this.field(v11, name) };
      const optional = [v10, v11].some((node) => node !== undefined && !node.required?.includes(name));
      const note = noteOf(child, v10 !== undefined && v11 !== undefined);
      const type = this.typeOf(child, [...path, segmentOf(name, false)]);
      return { name, optional, type, ...(note !== undefined && { note }) };
    });
  }

  private field(node: ObjectNode | undefined, name: string): SchemaNode | undefined {
    const index = node?.fields?.[name];
    return index === undefined ? undefined : nodeAt(this.nodes, index);
  }

  private children(pair: Pair, part: "items" | "values"): Pair {
    const child = (node: SchemaNode | undefined): SchemaNode | undefined => {
      const index = (node as { items?: number; values?: number } | undefined)?.[part];
      return index === undefined ? undefined : nodeAt(this.nodes, index);
    };
    return { v10: child(pair.v10), v11: child(pair.v11) };
  }
}

function asObject(node: SchemaNode | undefined): ObjectNode | undefined {
  return node?.type === "object" ? node : undefined;
}

function enumOf({ v10, v11 }: Pair): (string | number)[] {
  return [...new Set([...enumIn(v10), ...enumIn(v11)])];
}

function enumIn(node: SchemaNode | undefined): readonly (string | number)[] {
  return node !== undefined && "enum" in node ? (node.enum ?? []) : [];
}

/** Says what exists in one release set only. */
function noteOf(child: Pair, parentInBoth: boolean): string | undefined {
  if (child.v10 === undefined || child.v11 === undefined) {
    return parentInBoth ? `Only in release set ${child.v10 === undefined ? "1.1" : "1.0"}.` : undefined;
  }
  const only = (own: SchemaNode, other: SchemaNode, set: string): string | undefined => {
    const values =
      enumIn(other).length === 0 ? [] : enumIn(own).filter((value) => !enumIn(other).includes(value));
    return values.length === 0
      ? undefined
      : `Only in release set ${set}: ${values.map((value) => JSON.stringify(value)).join(", ")}.`;
  };
  const notes = [only(child.v10, child.v11, "1.0"), only(child.v11, child.v10, "1.1")];
  return notes.filter((note) => note !== undefined).join(" ") || undefined;
}

function bracketed(type: TypeText): TypeText {
  return type.startsWith("readonly ") ? `(${type})` : type;
}
