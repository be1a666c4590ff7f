import { DocumentReader } from "./documentReader";
import { printable, printableMeaning } from "./parseModels";
import type { Place } from "./policy";

/** The places of a list. */
export function parsePlaces(reader: DocumentReader, name: string): readonly Place[] {
  const values = reader.list(name);
  if (reader.has(name) && values.length === 0) {
    reader.problem(name, "names no place; name one, or leave it out");
  }
  return values.map((value, index) =>
    parsePlace(new DocumentReader(reader.problems, `${reader.at(name)}[${index}]`, value)),
  );
}

/** The places of a map, by name. */
export function parseNamedPlaces(reader: DocumentReader, name: string): ReadonlyMap<string, Place> {
  const entries = reader.entries(name, printable, printableMeaning);
  if (reader.has(name) && entries.length === 0) {
    reader.problem(name, "names no place; name one, or leave it out");
  }
  return new Map(
    entries.map(([key, path, value]) => [key, parsePlace(new DocumentReader(reader.problems, path, value))]),
  );
}

function parsePlace(reader: DocumentReader): Place {
  const namespace = reader.text("namespace", printable, printableMeaning);
  const path = reader.steps("path", "is empty; name the member");
  if (namespace === undefined || path === undefined) {
    reader.problems.add(reader.path, undefined, "needs namespace and path");
  }
  reader.finish();
  return { namespace: namespace ?? "", path: path ?? [] };
}
