/** Why a request cannot be taken: what the client is told, and the status for it. */
export interface RequestProblem {
  readonly status: 400 | 413;
  readonly message: string;
}
