import type { ReleaseSet } from "../../gateway/releases";

/**
 * One node of the field table: what the CRD schema says about a value, without its prose and expressions.
 * A node refers to other nodes by their index in `Tables.nodes`; equal nodes are stored once.
 */
export type SchemaNode =
  | StringNode
  | NumberNode
  | BooleanNode
  | IntOrStringNode
  | ArrayNode
  | ObjectNode
  | AnyNode;

export interface StringNode {
  readonly type: "string";
  readonly enum?: readonly string[];
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Regular expressions, each of which must match somewhere in the value. */
  readonly patterns?: readonly string[];
  readonly format?: string;
}

export interface NumberNode {
  readonly type: "integer" | "number";
  readonly enum?: readonly number[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
}

export interface BooleanNode {
  readonly type: "boolean";
}

/** A whole number, or a string that then has to match the patterns (quantities, ports by number or name). */
export interface IntOrStringNode {
  readonly type: "intOrString";
  readonly patterns?: readonly string[];
}

export interface ArrayNode {
  readonly type: "array";
  readonly items: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  /** The fields that together identify an entry: no two entries may agree in all of them. */
  readonly keys?: readonly string[];
  /** What the API server fills in for a key field that an entry leaves out. */
  readonly keyDefaults?: Readonly<Record<string, string | number | boolean>>;
  /** No two entries may be equal. */
  readonly unique?: true;
}

export interface ObjectNode {
  readonly type: "object";
  readonly fields?: Readonly<Record<string, number>>;
  /** Fields that must be given: required by the schema and without a default. */
  readonly required?: readonly string[];
  /** The schema of every value of a map with free keys. */
  readonly values?: number;
  /** Takes fields that the schema does not know. */
  readonly open?: true;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

/** Any JSON value. */
export interface AnyNode {
  readonly type: "any";
}

export interface KindEntry {
  readonly scope: "Namespaced" | "Cluster";
  /** Index of the node of the whole object, without apiVersion, kind, metadata and status. */
  readonly root: number;
}

export interface Tables {
  /** Per release set, the kinds by "group/version/Kind". */
  readonly kinds: Readonly<Record<ReleaseSet, Readonly<Record<string, KindEntry>>>>;
  readonly nodes: readonly SchemaNode[];
}
