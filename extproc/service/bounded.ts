/** Drops the oldest entries of a map, or members of a set, above a number. */
export function keepNewest(entries: Map<string, unknown> | Set<string>, most: number): void {
  if (entries.size <= most) {
    return;
  }
  for (const key of entries.keys()) {
    if (entries.size <= most) {
      return;
    }
    entries.delete(key);
  }
}
