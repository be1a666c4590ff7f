import { answers } from "./codes";
import { prelude } from "./prelude";
import { due, records } from "./records";
import { windows } from "./windows";

/**
 * KEYS: due holds, the reservation's record, cells.
 * ARGV: clock; numbers; id; prefix of records. Numbers: holdMs, reclaimAtMost, keepExpiredMs, number of sets, number of
 * candidates, numbers of claims of each; sets; claims.
 * Answers numbers: `clock` and now, or what became of it, now, candidate (from 1), state; and of each candidate that
 * was looked at (of a replay, only of the one that is held) the views of its claims.
 */
export const reserveScript = /* lua */ `${prelude}${windows}${records}${due}
local known = read_record(KEYS[2])
if known then
  return struct_pack('<dddd', ${answers.replayed}, known.at, known.candidate, known.state) .. known.views
end

local hold, most, keep, set_count, candidate_count = nums[1], nums[2], nums[3], nums[4], nums[5]
local id, records = ARGV[3], ARGV[4]
local sets_at = 6 + candidate_count
local sets, is_present, claims_at = read_sets(nums, sets_at, set_count, now)
if not is_present then return struct_pack('<dd', ${answers.clock}, now) end

reclaim(most, records, keep)

-- Of each candidate that was looked at: where its claims begin and end, what counts as spent, what fits.
local begins, levels, fits = {}, {}, {}
local function first_that_fits()
  load(KEYS, 3)
  local at = claims_at
  for c = 1, candidate_count do
    local all, level, fit = true, {}, {}
    begins[c], levels[c], fits[c] = at, level, fit
    for i = 1, nums[5 + c] do
      local set = sets[nums[at]]
      level[i], fit[i] = look(nums[at + 1] + set.index, set, at)
      all = all and (fit[i] or nums[at + 6] == 1)
      at = at + 8 + nums[at + 7]
    end
    begins[c + 1] = at
    if all then return c end
  end
  return 0
end

-- A hold that is due must neither refuse a request nor send it to another pool.
local chosen = first_that_fits()
if chosen ~= 1 and reclaim_all(records, keep) > 0 then chosen = first_that_fits() end

local seen, charged, names = {}, '', {}
for c = 1, chosen > 0 and chosen or candidate_count do
  local list, count, at, level, fit = {}, 0, begins[c], levels[c], fits[c]
  for i = 1, nums[5 + c] do
    local set = sets[nums[at]]
    local n = nums[at + 1] + set.index
    local crossed = tell(n, set.kind, nums, at + 7, level[i])
    if c == chosen then
      local h = held[n] + nums[at + 2]
      held[n] = h > MAX and MAX or h
      names[i] = KEYS[n]
    end
    if c == chosen or crossed then store(n, KEYS[n], set, nums[at + 3]) end
    count = add_view(list, count, n, set, fit[i], crossed)
    at = at + 8 + nums[at + 7]
  end
  seen[c] = pack_numbers(list, count)
end
if chosen == 0 then
  return struct_pack('<dddd', ${answers.refused}, now, 1, UNKNOWN) .. concat(seen)
end

local from, to = begins[chosen], begins[chosen + 1]
write_record(KEYS[2], {
  state = OPEN, at = now, candidate = chosen, set_count = set_count, size = claims_at - sets_at + to - from,
  numbers = sub(ARGV[2], 8 * sets_at - 7, 8 * claims_at - 8) .. sub(ARGV[2], 8 * from - 7, 8 * to - 8),
  keys = concat(names, '\\n'), views = seen[chosen], reason = '',
}, rep('\\0', 8 * #names))
run('ZADD', KEYS[1], text(now + hold), id)
return struct_pack('<dddd', ${answers.done}, now, chosen, OPEN) .. concat(seen)
`;
