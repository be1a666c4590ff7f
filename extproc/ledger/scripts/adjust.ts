import { answers } from "./codes";
import { prelude } from "./prelude";
import { windows } from "./windows";

/**
 * KEYS: the account's corrections, cells. ARGV: clock; numbers; id; the rest of the entry as JSON without its closing
 * brace. Numbers: keepMs, amount (may be negative), a set, a claim of nothing.
 * Answers numbers, `clock` or `done`, and now; and the correction as JSON, its amounts as texts.
 */
export const adjustScript = /* lua */ `${prelude}${windows}
local done = struct_pack('<dd', ${answers.done}, now)
local known = run('HGET', KEYS[1], ARGV[3])
if known then return { done, known } end
local sets, is_present, at = read_sets(nums, 3, 1, now)
if not is_present then return { struct_pack('<dd', ${answers.clock}, now), '' } end
local set, limit = sets[1], nums[at + 3]
local n = nums[at + 1] + set.index
load(KEYS, 2)
if set.kind == BUCKET then flow_off(n, limit, set.length) end
local before = used[n]
change(n, KEYS[n], set, limit, 0, nums[2])
local entry = format('%s,"key":%s,"seq":%d,"applied":"%d","used":"%d","atMs":%d}',
  ARGV[4], cjson.encode(KEYS[n]), run('HLEN', KEYS[1]), used[n] - before, used[n], now)
run('HSET', KEYS[1], ARGV[3], entry)
run('PEXPIRE', KEYS[1], text(nums[1]))
return { done, entry }
`;
