/** What OpenAI's errors say beside the message. */
export interface RefusalDetails {
  readonly param?: string | null;
  readonly code?: string | null;
}

/** A request that a provider refuses with 400, in the words of its API. */
export class RequestRefused extends Error {
  constructor(
    message: string,
    readonly details: RefusalDetails = {},
  ) {
    super(message);
  }
}
