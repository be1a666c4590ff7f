/**
 * JSON with the members of every object ordered by name, and nothing where JSON needs nothing: the same content is the
 * same text, so that a document that did not change makes no difference in a preview. Members that are `undefined`
 * are left out.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(ordered(value)) ?? "null";
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(ordered);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  // Integer-like keys always come first in an object, so the order is made by hand: it is the same every time.
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, member]) => [key, ordered(member)]));
}
