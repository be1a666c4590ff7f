import type { Dialect } from "../answers/dialect";
import { eachLimitHeader } from "../answers/limitHeaders";
import { appliedHeader } from "../answers/refusals";
import { AtLimit } from "../policy/policy";
import type { Admitted } from "./admitted";

/** What an answer's headers tell the client: where its budgets stand, and what they did to its request. */
export function eachAnswerHeader(
  dialect: Dialect,
  { states, shrunk, reservation, nowMs }: Admitted,
  take: (name: string, value: string) => void,
): void {
  eachLimitHeader(dialect, states, nowMs, take);
  if (shrunk !== undefined) {
    take(...appliedHeader(AtLimit.Shrink, shrunk.cap));
  }
  if (reservation.tier !== "") {
    take(...appliedHeader(AtLimit.Overflow, reservation.tier));
  }
}
