import type { Dialect } from "../answers/dialect";
import { limitHeaders, upstreamName } from "../answers/limitHeaders";
import { appliedHeader } from "../answers/refusals";
import { AtLimit } from "../policy/policy";
import type { HeaderReader, Mutation } from "../wire/messages";
import type { Admitted } from "./admitted";

/**
 * What changes about the headers of an answer: where the budgets stand, what they did to the request, and the
 * provider's own limits under other names. When to try again is the provider's to say: it stays. `undefined` when
 * nothing changes.
 */
export function answerMutation(
  dialect: Dialect,
  { states, shrunk, reservation, nowMs }: Admitted,
  headers: HeaderReader,
): Mutation | undefined {
  const { tier } = reservation;
  const own = [
    ...limitHeaders(dialect, states, nowMs),
    ...(shrunk === undefined ? [] : [appliedHeader(AtLimit.Shrink, shrunk.cap)]),
    ...(tier === "" ? [] : [appliedHeader(AtLimit.Overflow, tier)]),
  ];
  if (states.length === 0) {
    return own.length === 0 ? undefined : { setHeaders: own };
  }
  const renamed: [string, string][] = [];
  const removed: string[] = [];
  for (const name of headers.names()) {
    const other = name.startsWith("retry-after") ? undefined : upstreamName(name);
    const value = other === undefined ? undefined : headers.get(name);
    if (other !== undefined && value !== undefined) {
      renamed.push([other, value]);
      if (!own.some(([set]) => set === name)) {
        removed.push(name);
      }
    }
  }
  return {
    setHeaders: [...own, ...renamed],
    ...(removed.length === 0 ? {} : { removeHeaders: removed }),
  };
}
