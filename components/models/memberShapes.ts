import type { Input } from "@pulumi/pulumi";

/**
 * What a value must be: `input` is text or an output of it, `secret` the same for what must not be seen, and `json`
 * is looked at elsewhere.
 */
export type Leaf = "text" | "number" | "flag" | "input" | "secret" | "json";
/** What stands behind a member: a value, a list, an object with members of its own, or a map. */
export type Shape = Leaf | ListShape | MapShape | Members;
export interface ListShape {
  readonly listOf: "text" | "number";
}
export interface MapShape {
  readonly eachOf: Shape;
}
/** Key of the names that must be given, where no check with an example of its own asks for them. */
export const requiredNames: unique symbol = Symbol("required");
export interface Members {
  readonly [member: string]: Shape;
  readonly [requiredNames]?: readonly string[];
}

/**
 * The shapes of an args type's members, so that the compiler finds one that is forgotten or of another type. Only
 * whether an input is a secret is not in its type.
 */
export type MembersOf<Args> = { readonly [Member in keyof Args]-?: ShapeOf<NonNullable<Args[Member]>> };
type ShapeOf<T> = unknown extends T
  ? "json"
  : [T] extends [string]
    ? "text"
    : [T] extends [number]
      ? "number"
      : [T] extends [boolean]
        ? "flag"
        : [T] extends [Input<string>]
          ? "input" | "secret"
          : [T] extends [readonly string[]]
            ? { readonly listOf: "text" }
            : [T] extends [readonly number[]]
              ? { readonly listOf: "number" }
              : string extends keyof T
                ? { readonly eachOf: ShapeOf<T[keyof T]> }
                : MembersOf<T>;

type RequiredOf<Args> = {
  [Member in keyof Args & string]-?: object extends Pick<Args, Member> ? never : Member;
}[keyof Args & string];

/** Members of which some must be given and not be empty. */
export function requiring<Args>(
  members: MembersOf<Args>,
  ...names: readonly RequiredOf<Args>[]
): MembersOf<Args> {
  return { ...members, [requiredNames]: names };
}

export function isListShape(shape: Shape): shape is ListShape {
  return typeof shape === "object" && "listOf" in shape;
}

export function isMapShape(shape: Shape): shape is MapShape {
  return typeof shape === "object" && "eachOf" in shape;
}

/** The shape of a member by name; `undefined` for one that nothing reads. */
export function shapeOf(members: Members, name: string): Shape | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}
