/** Status codes of gRPC, as far as the server gives them. */
export const GrpcStatus = {
  ok: 0,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;
export type GrpcStatus = (typeof GrpcStatus)[keyof typeof GrpcStatus];

/**
 * What arrived on a stream cannot be read, or is not served. `status` ends the stream. The message is ours alone: it
 * never holds anything that arrived.
 */
export class WireError extends Error {
  override readonly name = "WireError";
  constructor(
    readonly status: GrpcStatus,
    message: string,
  ) {
    super(message);
  }
}

/** The bytes are no message of the expected kind. */
export function malformed(what: string): WireError {
  return new WireError(GrpcStatus.internal, `malformed message: ${what}`);
}
