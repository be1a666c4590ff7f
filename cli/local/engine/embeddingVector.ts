import { createHash } from "node:crypto";

/** A unit vector that depends only on the text; equal texts get equal vectors. */
export function embeddingVector(text: string, dimensions: number): number[] {
  const values: number[] = [];
  for (let block = 0; values.length < dimensions; block += 1) {
    const digest = createHash("sha256").update(`${block}\n${text}`).digest();
    for (let at = 0; at < digest.length && values.length < dimensions; at += 2) {
      values.push(digest.readInt16LE(at) / 32_768);
    }
  }
  const length = Math.hypot(...values) || 1;
  // Rounded to float32, so that the base64 form and the list form hold the same numbers.
  return Array.from(Float32Array.from(values, (value) => value / length));
}

/** The vector as OpenAI's `encoding_format: base64` has it: float32, little endian. */
export function base64Vector(vector: readonly number[]): string {
  const buffer = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) {
    buffer.writeFloatLE(value, index * 4);
  }
  return buffer.toString("base64");
}
