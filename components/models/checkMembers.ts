import { isUnknown } from "../shared/crds/checkNode";
import { nearestRemedy } from "../shared/nearest";
import { isPlainObject } from "../shared/plainObject";
import { at, type Problems } from "../shared/problems";
import {
  isListShape,
  isMapShape,
  type Leaf,
  type Members,
  requiredNames,
  type Shape,
  shapeOf,
} from "./memberShapes";
import { modelGatewayMembers } from "./memberTables";

/** What is wanted, and what to do when something else is there. */
interface Wanted {
  readonly noun: string;
  readonly remedy: string;
}

const wantedLeaf: Readonly<Record<Leaf, Wanted>> = {
  text: { noun: "text", remedy: "put it in quotes" },
  number: { noun: "a number", remedy: "write it without quotes" },
  flag: { noun: "true or false", remedy: "write one of the two without quotes" },
  input: { noun: "text or an output of text", remedy: "give one of them" },
  secret: { noun: "a secret output", remedy: 'give one, for example config.requireSecret("name")' },
  json: { noun: "a JSON value", remedy: "give one" },
};
const wantedList: Wanted = { noun: "a list", remedy: "write it as [...], with one entry too" };
const wantedMap: Wanted = { noun: "a map", remedy: "give an object with an entry for each name" };
const wantedObject: Wanted = { noun: "an object", remedy: "write it as { ... }" };

/**
 * Checks for callers without types, and for declarations that come from a file, that every value has the type that
 * its member takes, and that there is no member that nothing reads: a misspelled one would be dropped without a word.
 * Nothing else can be checked before. No value is repeated, since it may be a secret in the wrong place. `members`:
 * those of the declaration, by default a ModelGateway's.
 */
export function checkMembers(args: object, problems: Problems, members: Members = modelGatewayMembers): void {
  if (isPlainObject(args)) {
    checkObject("", args, members, problems);
  } else {
    report("args", args, wantedObject, "", problems);
  }
}

function checkObject(
  path: string,
  object: Readonly<Record<string, unknown>>,
  members: Members,
  problems: Problems,
): void {
  for (const name of members[requiredNames] ?? []) {
    const value = object[name];
    if (value === undefined || value === "") {
      const { noun } = wantedFor(members[name] ?? "json");
      problems.add(`${path}.${name}`, `is ${value === "" ? "empty" : "missing"}; give ${noun}`);
    }
  }
  for (const [name, value] of Object.entries(object)) {
    const shape = shapeOf(members, name);
    const innerPath = path === "" ? name : `${path}.${name}`;
    if (shape === undefined) {
      const names = Object.keys(members);
      const remedy = nearestRemedy(name, names, `known are ${names.join(", ")}`);
      problems.add(innerPath, `is not a member that anything reads; ${remedy}`);
    } else if (value !== undefined) {
      checkValue(innerPath, value, shape, ", or leave it out", problems);
    }
  }
}

/** `absence`: how to do without the value, as the end of a sentence. */
function checkValue(path: string, value: unknown, shape: Shape, absence: string, problems: Problems): void {
  const wrong = () => report(path, value, wantedFor(shape), absence, problems);
  if (typeof shape === "string") {
    if (!isLeaf(value, shape)) {
      wrong();
    }
  } else if (isListShape(shape)) {
    if (!Array.isArray(value)) {
      wrong();
      return;
    }
    // By Array.from, which turns holes to undefined.
    for (const [index, entry] of Array.from<unknown>(value).entries()) {
      checkValue(`${path}[${index}]`, entry, shape.listOf, ", or take the entry out", problems);
    }
  } else if (!isPlainObject(value)) {
    wrong();
  } else if (isMapShape(shape)) {
    for (const [key, entry] of Object.entries(value)) {
      checkValue(at(path, key), entry, shape.eachOf, ", or take the name out", problems);
    }
  } else {
    checkObject(path, value, shape, problems);
  }
}

function wantedFor(shape: Shape): Wanted {
  if (typeof shape === "string") {
    return wantedLeaf[shape];
  }
  return isListShape(shape) ? wantedList : isMapShape(shape) ? wantedMap : wantedObject;
}

function isLeaf(value: unknown, leaf: Leaf): boolean {
  switch (leaf) {
    case "text":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    case "flag":
      return typeof value === "boolean";
    case "json":
      // Looked at where it is used, with all that is inside.
      return true;
    default:
      // That a secret is no plain text is checked where its credential is resolved.
      return typeof value === "string" || isUnknown(value);
  }
}

function report(path: string, value: unknown, wanted: Wanted, absence: string, problems: Problems): void {
  if (value === null || value === undefined) {
    problems.add(path, `is ${value}; give ${wanted.noun}${absence}`);
    return;
  }
  const remedy = isUnknown(value)
    ? "give the plain value, since it decides what is made before anything is known"
    : wanted.remedy;
  problems.add(path, `is ${typeName(value)}, not ${wanted.noun}; ${remedy}`);
}

function typeName(value: unknown): string {
  if (isUnknown(value)) {
    return value instanceof Promise ? "a promise" : "an output";
  }
  switch (typeof value) {
    case "string":
      return "text";
    case "object":
      return Array.isArray(value) ? "a list" : isPlainObject(value) ? "an object" : "an instance of a class";
    case "undefined":
      return "undefined";
    default:
      return `a ${typeof value}`;
  }
}
