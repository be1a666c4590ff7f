import { opening, prelude } from "./prelude";

/**
 * KEYS: due holds, cells. Call: claims, records (key prefix), keepExpiredMs.
 * Answers `{"clock", now}` or `{"seen", now, live holds, {{used, previous, held, fits, {}}}}`.
 */
export const inspectScript = /* lua */ `${prelude}${opening}
repeat until reclaim(now, 1000, call.records, call.keepExpiredMs) < 1000
local views = {}
for i, claim in ipairs(call.claims) do
  local one = look(claim, now)
  if not one then return { 'clock', now } end
  views[i] = { text(one.used), text(one.previous), text(one.held), one.fits and 1 or 0, {} }
end
return { 'seen', now, redis.call('ZCARD', KEYS[1]), views }
`;
