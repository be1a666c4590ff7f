import type { ObjectNode, SchemaNode } from "../../components/shared/crds/schemaNode";
import type { CrdSchema } from "./crdSchema";

/** Upstream patterns that a backtracking matcher may need exponential time for, and equal ones that it does not. */
export const safePatterns: Readonly<Record<string, string>> = {
  "^(\\*|https?:\\/\\/(\\*|(\\*\\.)?(([\\w-]+\\.?)+)?[\\w-]+)(:\\d{1,5})?)$":
    "^(\\*|https?:\\/\\/(\\*|(\\*\\.)?[\\w-]+(\\.[\\w-]+)*)(:\\d{1,5})?)$",
};

/** Keeps every distinct node once; a node's children always come before it. */
export class NodePool {
  readonly nodes: SchemaNode[] = [];
  private readonly indexByText = new Map<string, number>();

  /** Adds a CRD schema and returns the index of its node. */
  addSchema(schema: CrdSchema): number {
    if (schema["x-kubernetes-int-or-string"]) {
      return this.add({ type: "intOrString", ...given({ patterns: patternsOf(schema) }) });
    }
    switch (schema.type) {
      case "string":
        return this.add({
          type: "string",
          ...given({ enum: enumOf(schema) as string[] | undefined, patterns: patternsOf(schema) }),
          ...pick(schema, ["minLength", "maxLength", "format"]),
        });
      case "integer":
      case "number":
        return this.add({
          type: schema.type,
          ...given({ enum: enumOf(schema) as number[] | undefined }),
          ...pick(schema, ["minimum", "maximum", "format"]),
        });
      case "boolean":
        return this.add({ type: "boolean" });
      case "array":
        return this.addArray(schema);
      case "object":
        return this.addObject(schema);
      case undefined:
        return this.add({ type: "any" });
      default:
        throw new Error(`schema type ${schema.type} is not known to the generator`);
    }
  }

  /** Adds a node of another pool, with all that it refers to. */
  addFrom(nodes: readonly SchemaNode[], index: number): number {
    const node = nodeAt(nodes, index);
    if (node.type === "array") {
      return this.add({ ...node, items: this.addFrom(nodes, node.items) });
    }
    if (node.type !== "object") {
      return this.add(node);
    }
    const { fields, values, ...rest } = node;
    return this.addFields(
      mapValues(fields, (child) => this.addFrom(nodes, child)),
      {
        ...given({ values: values === undefined ? undefined : this.addFrom(nodes, values) }),
        ...rest,
      },
    );
  }

  private addArray(schema: CrdSchema): number {
    const listType = schema["x-kubernetes-list-type"];
    const keys = listType === "map" ? schema["x-kubernetes-list-map-keys"] : undefined;
    const defaults = (keys ?? []).flatMap((key) => {
      const value = schema.items?.properties?.[key]?.default;
      return value === undefined ? [] : [[key, value as string | number | boolean] as const];
    });
    return this.add({
      type: "array",
      items: this.addSchema(schema.items ?? {}),
      ...pick(schema, ["minItems", "maxItems"]),
      ...given({
        keys,
        keyDefaults: defaults.length > 0 ? Object.fromEntries(defaults) : undefined,
        unique: listType === "set" ? (true as const) : undefined,
      }),
    });
  }

  private addObject(schema: CrdSchema): number {
    const { properties, additionalProperties } = schema;
    if (additionalProperties === true) {
      throw new Error("additionalProperties: true is not known to the generator");
    }
    // The API server fills in defaults before it validates, so a field with a default need not be given.
    const required = schema.required?.filter((field) => properties?.[field]?.default === undefined);
    return this.addFields(
      mapValues(properties, (child) => this.addSchema(child)),
      {
        ...given({
          required: required !== undefined && required.length > 0 ? [...required].sort() : undefined,
          values: additionalProperties ? this.addSchema(additionalProperties) : undefined,
          open: schema["x-kubernetes-preserve-unknown-fields"] ? (true as const) : undefined,
        }),
        ...pick(schema, ["minProperties", "maxProperties"]),
      },
    );
  }

  private addFields(
    fields: Record<string, number> | undefined,
    rest: Omit<ObjectNode, "type" | "fields">,
  ): number {
    return this.add({ type: "object", ...given({ fields }), ...rest });
  }

  private add(node: SchemaNode): number {
    const ordered = Object.fromEntries(
      Object.entries(node).sort(([a], [b]) => fieldOrder.indexOf(a) - fieldOrder.indexOf(b)),
    ) as unknown as SchemaNode;
    const text = JSON.stringify(ordered);
    const known = this.indexByText.get(text);
    if (known !== undefined) {
      return known;
    }
    this.nodes.push(ordered);
    this.indexByText.set(text, this.nodes.length - 1);
    return this.nodes.length - 1;
  }
}

const fieldOrder = [
  "type",
  "enum",
  "format",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "patterns",
  "items",
  "minItems",
  "maxItems",
  "keys",
  "keyDefaults",
  "unique",
  "required",
  "fields",
  "values",
  "open",
  "minProperties",
  "maxProperties",
];

/** The node at an index; a wrong index is a fault of the table. */
export function nodeAt(nodes: readonly SchemaNode[], index: number): SchemaNode {
  const node = nodes[index];
  if (node === undefined) {
    throw new Error(`the table has no node ${index}`);
  }
  return node;
}

/** Values that an enum allows: every `allOf` branch has to allow them too. */
function enumOf(schema: CrdSchema): (string | number)[] | undefined {
  const lists = branchesOf(schema).flatMap((branch) => (branch.enum === undefined ? [] : [branch.enum]));
  const [first, ...others] = lists;
  return first?.filter((value) => others.every((list) => list.includes(value)));
}

/** The patterns that a string has to match, all of them. */
function patternsOf(schema: CrdSchema): string[] | undefined {
  const patterns = branchesOf(schema).flatMap(({ pattern }) => {
    return pattern === undefined ? [] : [safePatterns[pattern] ?? pattern];
  });
  return patterns.length === 0 ? undefined : [...new Set(patterns)];
}

/** The schema and its `allOf` branches, which so far hold only enums, patterns and what int-or-string repeats. */
function branchesOf(schema: CrdSchema): CrdSchema[] {
  for (const branch of schema.allOf ?? []) {
    const strange = Object.keys(branch).filter((key) => !["enum", "pattern", "anyOf"].includes(key));
    if (strange.length > 0) {
      throw new Error(`allOf with ${strange.join(", ")} is not known to the generator`);
    }
  }
  return [schema, ...(schema.allOf ?? [])];
}

function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function pick<K extends keyof CrdSchema>(schema: CrdSchema, keys: readonly K[]): Pick<CrdSchema, K> {
  return given(Object.fromEntries(keys.map((key) => [key, schema[key]]))) as Pick<CrdSchema, K>;
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>> | undefined,
  change: (value: A) => B,
): Record<string, B> | undefined {
  if (record === undefined) {
    return undefined;
  }
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((key) => [key, change(record[key] as A)]),
  );
}
