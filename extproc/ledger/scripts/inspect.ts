import { answers } from "./codes";
import { claims, due, prelude, records } from "./prelude";

/**
 * KEYS: due holds, cells. ARGV: clock; numbers; prefix of records. Numbers: keepExpiredMs, number of sets, number of
 * claims; sets; claims of nothing.
 * Answers numbers: `clock` and now, or `done`, now, live holds, the views of the claims.
 */
export const inspectScript = /* lua */ `${prelude}${claims}${records}${due}
local keep, set_count, claim_count = nums[1], nums[2], nums[3]
local sets, is_present, at = read_sets(4, set_count)
if not is_present then return struct_pack('<dd', ${answers.clock}, now) end
reclaim_all(ARGV[3], keep)
local rows, list, count = {}, {}, 0
for i = 1, claim_count do rows[i], at = read_claim(at, sets) end
local cells = load(add_keys(rows, {}))
for _, row in ipairs(rows) do
  local _, fits = look(row, cells)
  count = add_view(list, count, row, cells, fits, nil)
end
return struct_pack('<ddd', ${answers.done}, now, run('ZCARD', KEYS[1])) .. pack_numbers(list)
`;
