import { Output } from "@pulumi/pulumi";

/** The same value with a word in place of every output. */
export function masked(value: unknown): unknown {
  if (Output.isInstance(value)) {
    return "[secret]";
  }
  if (Array.isArray(value)) {
    return value.map(masked);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, masked(inner)]))
    : value;
}
