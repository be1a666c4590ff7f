/** One interface to be named: where values of it occur, each path from the kind down, one segment a field. */
export interface Occurrences {
  readonly paths: readonly (readonly string[])[];
}

/**
 * Gives each interface a name of its own: as few trailing path segments as tell it from all others, with the kind
 * in front if only one kind has it. The same paths give the same names.
 */
export function nameTypes(types: readonly Occurrences[], reserved: ReadonlySet<string>): string[] {
  const candidates = types.map(candidateNames);
  const chosen = types.map(() => 0);
  const nameOf = (i: number): string => candidates[i]?.[chosen[i] ?? 0] ?? "";
  for (let again = true; again; ) {
    again = false;
    const byName = groupBy(types.keys(), nameOf);
    for (const [name, members] of byName) {
      for (const i of members.length > 1 || reserved.has(name) ? members : []) {
        const next = (chosen[i] ?? 0) + 1;
        if (next < (candidates[i]?.length ?? 0)) {
          chosen[i] = next;
          again = true;
        }
      }
    }
  }
  return numberDoubles([...types.keys()].map(nameOf));
}

/** The names a type may have, shortest first, made from the shortest of its paths. */
function candidateNames({ paths }: Occurrences): string[] {
  const [kind = "", ...rest] = [...paths].sort(byLengthThenText)[0] ?? [];
  const segments = rest.length > 1 && rest[0] === "Spec" ? rest.slice(1) : rest;
  const ends = segments.map((_, i) => segments.slice(segments.length - 1 - i).join(""));
  const shared = paths.some((path) => path[0] !== kind);
  return shared ? [...ends, kind + segments.join("")] : ends.map((end) => kind + end);
}

/** The type name segment of a field; entries of a list are named in the singular. */
export function segmentOf(field: string, isEntry: boolean): string {
  const word = isEntry ? singular(field) : field;
  return word
    .split(/[^A-Za-z0-9]+/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

function singular(word: string): string {
  if (/ies$/.test(word)) {
    return word.replace(/ies$/, "y");
  }
  if (/(ch|sh|ss|x)es$/.test(word)) {
    return word.slice(0, -2);
  }
  return /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

function byLengthThenText(a: readonly string[], b: readonly string[]): number {
  return a.length - b.length || (a.join(".") < b.join(".") ? -1 : 1);
}

function groupBy<T>(items: Iterable<T>, key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item)) ?? [];
    group.push(item);
    groups.set(key(item), group);
  }
  return groups;
}

function numberDoubles(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}${count}`;
  });
}
