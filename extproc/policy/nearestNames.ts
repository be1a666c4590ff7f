/** Longer names are compared no further: what clients send must not cost more than a look. */
const longestName = 200;
/** Names that are told at most. */
const mostTold = 3;

/** Known names that a name may have meant, the likeliest first: those that at most a third of it would change. */
export function nearestNames(name: string, known: Iterable<string>): readonly string[] {
  const wanted = name.slice(0, longestName).toLowerCase();
  const found: { readonly name: string; readonly edits: number }[] = [];
  for (const candidate of known) {
    const other = candidate.slice(0, longestName).toLowerCase();
    const most = Math.max(1, Math.floor(other.length / 3));
    // A part of a name, such as one without its organisation, is near however long the rest is.
    const edits = other.includes(wanted) && wanted.length >= 3 ? 0 : distance(wanted, other, most);
    if (edits <= most) {
      found.push({ name: candidate, edits });
    }
  }
  return found
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, mostTold)
    .map((one) => one.name);
}

/** Letters to change, add or take out; anything above `most` once it is above. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) {
    return most + 1;
  }
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const edits = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      next.push(edits);
      least = Math.min(least, edits);
    }
    if (least > most) {
      return most + 1;
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
