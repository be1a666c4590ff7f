import { answers } from "./codes";
import { claims, prelude } from "./prelude";

/**
 * KEYS: the account's corrections, cells. ARGV: clock; numbers; id; the rest of the entry as JSON without its closing
 * brace. Numbers: keepMs, amount (may be negative), a set, a claim of nothing.
 * Answers numbers, `clock` or `done`, and now; and the correction as JSON, its amounts as texts.
 */
export const adjustScript = /* lua */ `${prelude}${claims}
local done = struct_pack('<dd', ${answers.done}, now)
local known = run('HGET', KEYS[1], ARGV[3])
if known then return { done, known } end
local sets, is_present, at = read_sets(3, 1)
if not is_present then return { struct_pack('<dd', ${answers.clock}, now), '' } end
local row = read_claim(at, sets)
local cells = load({ row.key })
local cell = cells[row.key]
if row.kind == BUCKET then flow_off(cell, row.limit, row.length) end
local before = cell.used
change(row, cell, 0, nums[2], true)
local entry = format('%s,"key":%s,"seq":%d,"applied":"%d","used":"%d","atMs":%d}',
  ARGV[4], cjson.encode(row.key), run('HLEN', KEYS[1]), cell.used - before, cell.used, now)
run('HSET', KEYS[1], ARGV[3], entry)
run('PEXPIRE', KEYS[1], text(nums[1]))
return { done, entry }
`;
