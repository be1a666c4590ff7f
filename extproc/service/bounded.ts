const oldest = new WeakMap<object, Iterator<string>>();

/** Drops the oldest entries of a map, or members of a set, above a number. */
export function keepNewest(entries: Map<string, unknown> | Set<string>, most: number): void {
  if (entries.size <= most) {
    return;
  }
  // One walk for good: a new one would step over all the places of those that were dropped before, each time.
  let walk = oldest.get(entries);
  while (entries.size > most) {
    const next = walk?.next();
    if (next === undefined || next.done === true) {
      walk = entries.keys();
      oldest.set(entries, walk);
    } else {
      entries.delete(next.value);
    }
  }
}
