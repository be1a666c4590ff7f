import { prelude } from "./prelude";

/**
 * KEYS: the account's corrections, cells. ARGV: clock; keepMs; id; amount (may be negative); the rest of the entry
 * as JSON without its closing brace; a set; a claim of nothing.
 * Answers `{"clock", now}` or `{"adjusted", now, the correction as JSON}`; its amounts are texts.
 */
export const adjustScript = /* lua */ `${prelude}
local known = redis.call('HGET', KEYS[1], ARGV[3])
if known then return { 'adjusted', now, known } end
local sets, is_present = window_sets(6, 1, now)
if not is_present then return { 'clock', now } end
local claim = parse_claim(ARGV[7], sets)
local cells = load({ claim.key })
local cell = cells[claim.key]
look(claim, { [claim.key] = cell, [claim.before or ''] = { used = 0, held = 0 } }, now)
local before = cell.used
change(claim, cell, now, 0, tonumber(ARGV[4]), true)
local entry = string.format('%s,"key":%s,"seq":%d,"applied":"%.0f","used":"%.0f","atMs":%.0f}',
  ARGV[5], cjson.encode(claim.key), redis.call('HLEN', KEYS[1]), cell.used - before, cell.used, now)
redis.call('HSET', KEYS[1], ARGV[3], entry)
redis.call('PEXPIRE', KEYS[1], call[1])
return { 'adjusted', now, entry }
`;
