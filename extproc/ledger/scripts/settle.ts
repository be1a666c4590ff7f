import { answers } from "./codes";
import { claims, prelude, records } from "./prelude";

/**
 * KEYS: due holds, the reservation's record, cells of charges.
 * ARGV: clock; numbers; id; reason; accounts of charges that no period was sent along with. Numbers: keepSettledMs, the
 * state to be in, number of sets, number of charges; sets; of each charge the number of its set, index in KEYS of its
 * first window's cell, amount, limit; or 0, index in ARGV of its account, amount, 0.
 * Answers numbers: `done`, now, the state that was found, whether it was repeated, number of rows; of each row charged,
 * added, limit, used, held, number of warnings, their amounts; then the rows' keys with line ends; then accounts that
 * could not be placed.
 */
export const settleScript = /* lua */ `${prelude}${claims}${records}
local keep, kind, set_count, charge_count = nums[1], nums[2], nums[3], nums[4]
local record = read_record(KEYS[2]) or {
  state = UNKNOWN, at = now, candidate = 1, set_count = 0, size = 0, sets = '', claims = '', keys = '', views = '',
  rows = {},
}
local rows, before = record.rows, record.state
local is_repeated = before == EXACT or before == kind
local row_count, owed, unplaced = #rows, {}, {}

-- Charges whose account the reservation does not have get a row of their own, in the window of now.
local function place(sets, set_at, charges)
  local keys, added, first = { record.keys ~= '' and record.keys or nil }, {}, record.set_count
  local kept = {}
  for i, set in ipairs(sets) do kept[i] = struct_pack('<dddd', set.kind, set.length, set.expiry, set.skip) end
  for _, at in ipairs(charges) do
    local set, limit = sets[nums[at]], nums[at + 3]
    if set then
      local row = {
        nums = { 0, 0, 0, 0, 0, 0, 0, 0 }, at = 1, key = KEYS[nums[at + 1] + set.index], kind = set.kind,
        length = set.length, expiry = set.expiry, amount = 0, limit = limit, charged = 0,
      }
      rows[#rows + 1] = row
      owed[#rows] = nums[at + 2]
      keys[#keys + 1] = row.key
      added[#added + 1] = struct_pack('<dddddddd', first + nums[at], 0, 0, limit, limit, 0, 0, 0)
    else
      unplaced[#unplaced + 1] = ARGV[nums[at + 1]]
    end
  end
  if #added > 0 then
    record.keys, record.sets, record.claims = concat(keys, '\\n'), record.sets .. concat(kept), record.claims .. concat(added)
    record.set_count, record.size = first + #sets, record.size + 8 * #added
  end
end

if not is_repeated then
  local sets, _, at = read_sets(5, set_count)
  -- Nearly always a charge names the very cell of its row. Accounts are only looked at where one does not.
  local by_key, matched = {}, 0
  for i = 0, charge_count - 1 do
    local set = sets[nums[at + 4 * i]]
    if set then by_key[KEYS[nums[at + 4 * i + 1] + set.index]] = at + 4 * i end
  end
  for i = 1, row_count do
    local place_of = by_key[rows[i].key]
    if place_of then
      owed[i], matched = nums[place_of + 2], matched + 1
    end
  end
  if matched < charge_count then
    local by_account = {}
    for i = 1, row_count do by_account[sub(rows[i].key, rows[i].skip + 1)] = i end
    local rest = {}
    for i = 0, charge_count - 1 do
      local charge = at + 4 * i
      local set = sets[nums[charge]]
      local account = set and sub(KEYS[nums[charge + 1] + set.index], set.skip + 1) or ARGV[nums[charge + 1]]
      local row = by_account[account]
      if row then owed[row] = nums[charge + 2] else rest[#rest + 1] = charge end
    end
    place(sets, at, rest)
  end
end

local keys = {}
for i = 1, #rows do keys[i] = rows[i].key end
local cells = load(keys)
local charged, answer, count = {}, { ${answers.done}, now, before, is_repeated and 1 or 0, #rows }, 5
for i = 1, #rows do
  local row = rows[i]
  local cell, crossed, added = cells[row.key], nil, 0
  if not is_repeated then
    local charge = row.kind ~= CONCURRENCY and owed[i] or 0
    added = charge - row.charged
    crossed = change(row, cell, before == OPEN and row.amount or 0, added)
    row.charged = charge
  elseif row.kind == BUCKET then
    flow_off(cell, row.limit, row.length)
  end
  charged[i] = row.charged
  answer[count + 1], answer[count + 2], answer[count + 3] = row.charged, added, row.limit
  answer[count + 4], answer[count + 5] = cell.used, cell.held
  count = append(answer, count + 5, crossed)
end
if not is_repeated then
  record.state, record.reason = kind, ARGV[4]
  write_record(KEYS[2], record, charged, keep)
  run('ZREM', KEYS[1], ARGV[3])
end
return { pack_numbers(answer), record.keys, unpack(unplaced) }
`;
