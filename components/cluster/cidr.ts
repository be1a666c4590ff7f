/** An IPv4 network: its first address as a number, and the length of its prefix. */
export interface Cidr {
  readonly first: number;
  readonly prefix: number;
}

const pattern = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Addresses of a network. */
export function sizeOf({ prefix }: Cidr): number {
  return 2 ** (32 - prefix);
}

/** The network that a text such as "10.0.0.0/16" names; `undefined` for any other text, host bits included. */
export function parseCidr(text: unknown): Cidr | undefined {
  const match = typeof text === "string" ? pattern.exec(text) : null;
  if (match === null) {
    return undefined;
  }
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match.slice(1).map(Number);
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const fits = [a, b, c, d].every((part) => part < 256) && prefix <= 32;
  return fits && first % 2 ** (32 - prefix) === 0 ? { first, prefix } : undefined;
}

export function formatCidr({ first, prefix }: Cidr): string {
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${parts.join(".")}/${prefix}`;
}

/** The network of `prefix` that comes after `index` others of its size in `within`. */
export function subnetOf(within: Cidr, prefix: number, index: number): Cidr {
  return { first: within.first + index * 2 ** (32 - prefix), prefix };
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.first < b.first + sizeOf(b) && b.first < a.first + sizeOf(a);
}

export function contains(outer: Cidr, inner: Cidr): boolean {
  return inner.first >= outer.first && inner.first + sizeOf(inner) <= outer.first + sizeOf(outer);
}

const privateRanges: readonly Cidr[] = [
  { first: 10 * 2 ** 24, prefix: 8 },
  { first: 172 * 2 ** 24 + 16 * 2 ** 16, prefix: 12 },
  { first: 192 * 2 ** 24 + 168 * 2 ** 16, prefix: 16 },
];

/** Whether a network is one of RFC 1918. */
export function isPrivateCidr(cidr: Cidr): boolean {
  return privateRanges.some((range) => contains(range, cidr));
}

/** A network as a part of a resource's name: "10.0.0.0/16" becomes "10-0-0-0-16". */
export function cidrKey(text: string): string {
  return text.replace(/[./]/g, "-");
}
