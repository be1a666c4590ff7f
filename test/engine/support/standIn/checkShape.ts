import { isRecord, isUnknownText } from "./wire";

/** What a value may be. */
export type Shape =
  | "any"
  | "string"
  | "number"
  | "boolean"
  | { readonly array: Shape }
  | { readonly map: Shape }
  | { readonly object: string }
  | { readonly oneOf: readonly Shape[] };

/** The members of an object. */
export interface ObjectShape {
  readonly fields: Readonly<Record<string, Shape>>;
  readonly required: readonly string[];
}

/** Shapes of the arguments of resource types. */
export interface ShapeTable {
  /** The key of the arguments' object by type. */
  readonly types: Record<string, string>;
  readonly objects: Record<string, ObjectShape>;
}

/** What is wrong with a value, and where. */
export interface ShapeProblem {
  readonly path: string;
  readonly reason: string;
}

/** Checks plain properties against the shape of their type: unknown members, missing members, kinds of values. */
export function checkShape(
  table: ShapeTable,
  type: string,
  properties: Readonly<Record<string, unknown>>,
): ShapeProblem[] {
  const key = table.types[type];
  if (key === undefined) {
    return [{ path: "", reason: `no stand-in knows ${type}; add it to checkedTypes.ts` }];
  }
  return problemsOf(table, { object: key }, properties, "");
}

function problemsOf(table: ShapeTable, shape: Shape, value: unknown, path: string): ShapeProblem[] {
  if (shape === "any" || isUnknownText(value)) {
    return [];
  }
  if (typeof shape === "string") {
    return typeof value === shape ? [] : [{ path, reason: `must be a ${shape}, not ${shown(value)}` }];
  }
  if ("array" in shape) {
    return Array.isArray(value)
      ? value.flatMap((item, i) => problemsOf(table, shape.array, item, `${path}[${i}]`))
      : [{ path, reason: `must be a list, not ${shown(value)}` }];
  }
  if ("oneOf" in shape) {
    const answers = shape.oneOf.map((each) => problemsOf(table, each, value, path));
    return answers.some((problems) => problems.length === 0) ? [] : (answers[0] ?? []);
  }
  if (!isRecord(value)) {
    return [{ path, reason: `must be an object, not ${shown(value)}` }];
  }
  if ("map" in shape) {
    return Object.entries(value).flatMap(([key, item]) =>
      problemsOf(table, shape.map, item, `${path}["${key}"]`),
    );
  }
  return objectProblems(table, shape.object, value, path);
}

function objectProblems(
  table: ShapeTable,
  key: string,
  value: Readonly<Record<string, unknown>>,
  path: string,
): ShapeProblem[] {
  const { fields = {}, required = [] } = table.objects[key] ?? {};
  const inside = (member: string) => (path === "" ? member : `${path}.${member}`);
  const missing = required
    .filter((member) => value[member] === undefined)
    .map((member) => ({ path: inside(member), reason: "is required" }));
  const wrong = Object.entries(value).flatMap(([member, item]) => {
    const shape = fields[member];
    return shape === undefined
      ? [{ path: inside(member), reason: `${key} has no such member` }]
      : problemsOf(table, shape, item, inside(member));
  });
  return [...missing, ...wrong];
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? "nothing";
}
