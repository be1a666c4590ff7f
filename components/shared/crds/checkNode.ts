import { Output } from "@pulumi/pulumi";
import type { ArrayNode, NumberNode, ObjectNode, SchemaNode, StringNode } from "./schemaNode";

/** Where a check stands: one entry for every field name, map key or list position on the way. */
export type Path = (string | number)[];

/** What the checks report to. Texts are made only when something is wrong. */
export interface CheckContext {
  /** Changed in place while the checks walk down and up; copy it to keep it. */
  readonly path: Path;
  /** `field` is a last step to add to the path. */
  report(reason: string, field?: string | number): void;
  /** Says, as the end of a sentence, in which other release set the node at the path is as asked; else empty. */
  elsewhere(exists: (node: SchemaNode) => boolean): string;
}

export type Check = (value: unknown, context: CheckContext) => void;

/** Compiles nodes to checks, once; a node's children come before it. */
export function compileChecks(nodes: readonly SchemaNode[]): Check[] {
  const checks: Check[] = [];
  for (const node of nodes) {
    const check = compile(node, checks);
    checks.push((value, context) => {
      if (!isUnknown(value)) {
        check(value, context);
      }
    });
  }
  return checks;
}

/** Values that exist only once something is created: nothing can be said about them at preview. */
export function isUnknown(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && (Output.isInstance(value) || value instanceof Promise)
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compile(node: SchemaNode, checks: readonly Check[]): Check {
  switch (node.type) {
    case "string":
      return compileString(node);
    case "integer":
    case "number":
      return compileNumber(node);
    case "boolean":
      return (value, context) => {
        if (typeof value !== "boolean") {
          context.report(`must be true or false, not ${shown(value)}`);
        }
      };
    case "intOrString": {
      const text = compileString({ ...node, type: "string" });
      return (value, context) => {
        if (typeof value === "string") {
          text(value, context);
        } else if (!Number.isInteger(value)) {
          context.report(`must be a whole number or a string, not ${shown(value)}`);
        }
      };
    }
    case "array":
      return compileArray(node, childOf(checks, node.items));
    case "object":
      return compileObject(node, checks);
    case "any":
      return () => {};
  }
}

const formats: Readonly<Record<string, RegExp>> = {
  byte: /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  "date-time": /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  uri: /^([A-Za-z][A-Za-z0-9+.-]*:|\/)/,
};

function compileString(node: StringNode): Check {
  const { enum: allowed, minLength = 0, maxLength = Infinity, patterns = [], format } = node;
  const matchers = patterns.map((pattern) => new RegExp(pattern));
  const formatMatcher = format === undefined ? undefined : formats[format];
  return (value, context) => {
    if (typeof value !== "string") {
      context.report(`must be a string, not ${shown(value)}`);
      return;
    }
    if (allowed !== undefined && !allowed.includes(value)) {
      const elsewhere = context.elsewhere(
        (node) => node.type === "string" && (node.enum?.includes(value) ?? true),
      );
      context.report(`${shown(value)} is not one of ${allowed.map(shown).join(", ")}${elsewhere}`);
      return;
    }
    if (value.length < minLength || value.length > maxLength) {
      const length = [...value].length;
      if (length < minLength || length > maxLength) {
        context.report(`must have ${range(minLength, maxLength)} characters, ${shown(value)} has ${length}`);
        return;
      }
    }
    const failed = matchers.findIndex((matcher) => !matcher.test(value));
    if (failed >= 0) {
      context.report(`${shown(value)} does not match ${patterns[failed]}`);
    } else if (formatMatcher !== undefined && !formatMatcher.test(value)) {
      context.report(`${shown(value)} is not of the format ${format}`);
    }
  };
}

function compileNumber(node: NumberNode): Check {
  const { type, format, enum: allowed } = node;
  const smallest = Math.max(node.minimum ?? -Infinity, format === "int32" ? -(2 ** 31) : -Infinity);
  const largest = Math.min(node.maximum ?? Infinity, format === "int32" ? 2 ** 31 - 1 : Infinity);
  return (value, context) => {
    if (
      typeof value !== "number" ||
      (type === "integer" ? !Number.isInteger(value) : !Number.isFinite(value))
    ) {
      context.report(`must be a ${type === "integer" ? "whole " : ""}number, not ${shown(value)}`);
    } else if (value < smallest || value > largest) {
      context.report(`must be ${range(smallest, largest, -Infinity)}, not ${value}`);
    } else if (allowed !== undefined && !allowed.includes(value)) {
      context.report(`${value} is not one of ${allowed.join(", ")}`);
    }
  };
}

function compileArray(node: ArrayNode, item: Check): Check {
  const { minItems = 0, maxItems = Infinity } = node;
  const identify = identityOf(node);
  return (value, context) => {
    if (!Array.isArray(value)) {
      context.report(`must be a list, not ${shown(value)}`);
      return;
    }
    if (value.length < minItems || value.length > maxItems) {
      context.report(`must have ${range(minItems, maxItems)} entries, has ${value.length}`);
    }
    const seen = new Map<string, number>();
    for (const [index, entry] of value.entries()) {
      context.path.push(index);
      item(entry, context);
      context.path.pop();
      const identity = identify?.(entry);
      if (identity !== undefined) {
        const first = seen.get(identity);
        if (first === undefined) {
          seen.set(identity, index);
        } else {
          context.report(`repeats entry ${first}: ${identity}`, index);
        }
      }
    }
  };
}

/** What makes an entry of a list of its own; undefined where nothing does, or where it is not known yet. */
function identityOf({
  keys,
  keyDefaults,
  unique,
}: ArrayNode): ((entry: unknown) => string | undefined) | undefined {
  if (keys !== undefined) {
    return (entry) => {
      const values = keys.map((key) => (isRecord(entry) ? (entry[key] ?? keyDefaults?.[key]) : undefined));
      const known = values.every((value) => value !== undefined && !isUnknown(value));
      return known ? keys.map((key, i) => `${key} ${JSON.stringify(values[i])}`).join(", ") : undefined;
    };
  }
  return unique ? (entry) => (isUnknown(entry) ? undefined : JSON.stringify(entry)) : undefined;
}

function compileObject(node: ObjectNode, checks: readonly Check[]): Check {
  const fields = new Map(
    Object.entries(node.fields ?? {}).map(([field, child]) => [field, childOf(checks, child)]),
  );
  const values = node.values === undefined ? undefined : childOf(checks, node.values);
  const { required = [], open = false, minProperties = 0, maxProperties = Infinity } = node;
  const unknownField = (field: string, context: CheckContext): void => {
    const elsewhere = context.elsewhere(
      (other) => other.type === "object" && other.fields?.[field] !== undefined,
    );
    context.report(`unknown field${elsewhere || `; known are: ${[...fields.keys()].join(", ")}`}`, field);
  };
  return (value, context) => {
    if (!isRecord(value)) {
      context.report(`must be an object, not ${shown(value)}`);
      return;
    }
    let count = 0;
    for (const field of Object.keys(value)) {
      const child = value[field];
      if (child === undefined) {
        continue;
      }
      count++;
      const check = fields.get(field) ?? values;
      if (check !== undefined) {
        context.path.push(field);
        check(child, context);
        context.path.pop();
      } else if (!open) {
        unknownField(field, context);
      }
    }
    for (const field of required) {
      if (value[field] === undefined) {
        context.report("is required", field);
      }
    }
    if (count < minProperties || count > maxProperties) {
      context.report(`must have ${range(minProperties, maxProperties)} fields, has ${count}`);
    }
  };
}

function childOf(checks: readonly Check[], index: number): Check {
  const check = checks[index];
  if (check === undefined) {
    throw new Error(`the table refers to node ${index} before it is defined`);
  }
  return check;
}

/** `least` is the smallest there can be, which then goes without saying. */
function range(smallest: number, largest: number, least = 0): string {
  if (largest === Infinity) {
    return `at least ${smallest}`;
  }
  return smallest === least ? `at most ${largest}` : `${smallest} to ${largest}`;
}

/** A value in a message, cut where it is long. */
function shown(value: unknown): string {
  if (Array.isArray(value)) {
    return "a list";
  }
  if (isRecord(value)) {
    return "an object";
  }
  const text = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? typeof value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
