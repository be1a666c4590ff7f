/** Whether a value can be the name of a repository of Hugging Face. */
export function isRepository(value: unknown): value is string {
  return typeof value === "string" && /^[^\s/]+\/[^\s/]+$/.test(value);
}
