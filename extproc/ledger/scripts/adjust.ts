import { opening, prelude } from "./prelude";

/**
 * KEYS: the account's corrections, cells. Call: id, claim, amount, by, reason, keepMs.
 * Answers `{"clock", now}` or `{"adjusted", now, the correction as JSON}`; its amounts are texts.
 */
export const adjustScript = /* lua */ `${prelude}${opening}
local known = redis.call('HGET', KEYS[1], call.id)
if known then return { 'adjusted', now, known } end
local one = look(call.claim, now)
if not one then return { 'clock', now } end
local _, after = change(one.ref, now, 0, call.amount, true)
local entry = cjson.encode({
  seq = redis.call('HLEN', KEYS[1]), id = call.id, account = call.claim.n, windowId = one.ref.id,
  amount = text(call.amount), applied = text(after.used - one.used), used = text(after.used),
  by = call.by, reason = call.reason, atMs = text(now),
})
redis.call('HSET', KEYS[1], call.id, entry)
redis.call('PEXPIRE', KEYS[1], text(call.keepMs))
return { 'adjusted', now, entry }
`;
