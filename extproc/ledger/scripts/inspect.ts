import { answers } from "./codes";
import { prelude } from "./prelude";
import { due, records } from "./records";
import { windows } from "./windows";

/**
 * KEYS: due holds, cells. ARGV: clock; numbers; prefix of records. Numbers: keepExpiredMs, number of sets, number of
 * claims; sets; claims of nothing.
 * Answers numbers: `clock` and now, or `done`, now, live holds, the views of the claims.
 */
export const inspectScript = /* lua */ `${prelude}${windows}${records}${due}
local keep, set_count, claim_count = nums[1], nums[2], nums[3]
local sets, is_present, at = read_sets(nums, 4, set_count, now)
if not is_present then return struct_pack('<dd', ${answers.clock}, now) end
reclaim_all(ARGV[3], keep)
load(KEYS, 2)
local list, count = {}, 0
for _ = 1, claim_count do
  local set = sets[nums[at]]
  local n = nums[at + 1] + set.index
  local _, fits = look(n, set, at)
  count = add_view(list, count, n, set, fits, nil)
  at = at + 8 + nums[at + 7]
end
return struct_pack('<ddd', ${answers.done}, now, run('ZCARD', KEYS[1])) .. pack_numbers(list, count)
`;
