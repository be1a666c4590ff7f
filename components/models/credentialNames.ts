/**
 * Headers in which clients send their own credentials. They always go: the gateway overwrites only the one
 * that its policy uses, the others would travel on to the provider.
 */
export const clientCredentialHeaders = ["authorization", "x-api-key", "api-key"] as const;

const whole = /^((proxy-)?authorization|cookie)$/;
const word =
  /(^|[-_])((api|access|auth|secret|private|subscription|functions)[-_]?key|token|secret|password|passwd|credentials?)$/;

/** Whether a header of this name holds a credential; `x-max-tokens` or `idempotency-key` do not. */
export function isCredentialHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return whole.test(lower) || word.test(lower);
}

const field =
  /^((api|access|secret|private)[-_]?key|(access|auth|bearer|session)[-_]?token|(client[-_]?)?secret|authorization|password|credentials?)$/;

/** Whether a field of a request's body of this name holds a credential; `max_tokens` or `seed` do not. */
export function isCredentialField(name: string): boolean {
  return field.test(name.toLowerCase());
}
