import { answers } from "./codes";
import { claims, due, prelude, records } from "./prelude";

/**
 * KEYS: due holds, the reservation's record, cells.
 * ARGV: clock; numbers; id; prefix of records. Numbers: holdMs, reclaimAtMost, keepExpiredMs, number of sets, number of
 * candidates, numbers of claims of each; sets; claims.
 * Answers numbers: `clock` and now, or what became of it, now, candidate (from 1), state; and of each candidate that
 * was looked at (of a replay, only of the one that is held) the views of its claims.
 */
export const reserveScript = /* lua */ `${prelude}${claims}${records}${due}
local known = read_record(KEYS[2])
if known then
  return struct_pack('<dddd', ${answers.replayed}, known.at, known.candidate, known.state) .. known.views
end

local hold, most, keep, candidate_count = nums[1], nums[2], nums[3], nums[5]
local id, records = ARGV[3], ARGV[4]
local sets, is_present, at = read_sets(6 + candidate_count, nums[4])
if not is_present then return struct_pack('<dd', ${answers.clock}, now) end

reclaim(most, records, keep)

local candidates, keys = {}, {}
for c = 1, candidate_count do
  local rows = { from = at }
  for i = 1, nums[5 + c] do rows[i], at = read_claim(at, sets) end
  rows.to = at
  add_keys(rows, keys)
  candidates[c] = rows
end

local cells
local function first_that_fits()
  cells = load(keys)
  for c = 1, candidate_count do
    local fits, rows = true, candidates[c]
    for i = 1, #rows do
      local row = rows[i]
      row.level, row.fits = look(row, cells)
      fits = fits and (row.fits or nums[row.at + 6] == 1)
    end
    if fits then return c end
  end
  return 0
end

-- A hold that is due must neither refuse a request nor send it to another pool.
local chosen = first_that_fits()
if chosen ~= 1 and reclaim_all(records, keep) > 0 then chosen = first_that_fits() end

local seen, views = {}, ''
for c = 1, chosen > 0 and chosen or candidate_count do
  local list, count, rows = {}, 0, candidates[c]
  for i = 1, #rows do
    local row = rows[i]
    local cell = cells[row.key]
    local crossed = tell(row, cell, row.level)
    if c == chosen then
      local held = cell.held + row.amount
      cell.held = held > MAX and MAX or held
      store(row, cell)
    elseif crossed then
      store(row, cell)
    end
    count = add_view(list, count, row, cells, row.fits, crossed)
  end
  views = pack_numbers(list)
  seen[c] = views
end
if chosen == 0 then
  return struct_pack('<dddd', ${answers.refused}, now, 1, UNKNOWN) .. concat(seen)
end

local rows, charged, names, kept = candidates[chosen], {}, {}, {}
for i = 1, #rows do charged[i], names[i] = 0, rows[i].key end
for i = 1, #sets do
  local set = sets[i]
  kept[i] = struct_pack('<dddd', set.kind, set.length, set.expiry, set.skip)
end
write_record(KEYS[2], {
  state = OPEN, at = now, candidate = chosen, set_count = #sets, size = rows.to - rows.from,
  sets = concat(kept), claims = sub(ARGV[2], 8 * rows.from - 7, 8 * rows.to - 8), keys = concat(names, '\\n'),
  views = views, reason = '',
}, charged)
run('ZADD', KEYS[1], text(now + hold), id)
return struct_pack('<dddd', ${answers.done}, now, chosen, OPEN) .. concat(seen)
`;
