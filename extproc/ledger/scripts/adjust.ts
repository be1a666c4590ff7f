import { prelude } from "./prelude";

/**
 * KEYS: the account's corrections, cells. ARGV: clock; keepMs; id; amount (may be negative); the rest of the entry
 * as JSON without its closing brace; a set; a claim of nothing.
 * Answers `{"clock", now}` or `{"adjusted", now, the correction as JSON}`; its amounts are texts.
 */
export const adjustScript = /* lua */ `${prelude}
local known = run('HGET', KEYS[1], ARGV[3])
if known then return { 'adjusted', now, known } end
local sets, is_present = window_sets(6, 1, now)
if not is_present then return { 'clock', now } end
local claim = parse_claim(ARGV[7], sets)
local cells = load({ claim.key })
local cell = cells[claim.key]
if claim.kind == 'b' then flow_off(cell, claim.limit, claim.length, now) end
local before = cell.used
change(claim, cell, now, 0, tonumber(ARGV[4]), true)
local entry = format('%s,"key":%s,"seq":%d,"applied":"%d","used":"%d","atMs":%d}',
  ARGV[5], cjson.encode(claim.key), run('HLEN', KEYS[1]), cell.used - before, cell.used, now)
run('HSET', KEYS[1], ARGV[3], entry)
run('PEXPIRE', KEYS[1], call[1])
return { 'adjusted', now, entry }
`;
