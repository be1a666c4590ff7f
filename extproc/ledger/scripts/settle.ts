import { answers } from "./codes";
import { prelude } from "./prelude";
import { records } from "./records";
import { windows } from "./windows";

/**
 * KEYS: due holds, the reservation's record, cells of charges.
 * ARGV: clock; numbers; id; reason; accounts of charges that no period was sent along with. Numbers: keepSettledMs, the
 * state to be in, number of sets, number of charges; sets; of each charge the number of its set, index in KEYS of its
 * first window's cell, amount, limit; or 0, index in ARGV of its account, amount, 0.
 * Answers numbers: `done`, now, the state that was found, 0 or 1 for repeated, number of rows; of each row charged,
 * added, limit, used, held, number of warnings, their amounts; then the rows' keys with line ends; then accounts that
 * could not be placed.
 */
export const settleScript = /* lua */ `${prelude}${windows}${records}
local keep, kind, set_count, charge_count = nums[1], nums[2], nums[3], nums[4]
local record, names = read_record(KEYS[2])
if not record then
  record = {
    state = UNKNOWN, at = now, candidate = 1, count = 0, set_count = 0, size = 0, list = {}, numbers = '', keys = '',
    views = '', reason = '', sets = {}, place = 1,
  }
  names = {}
end
local list, before = record.list, record.state
local is_repeated = before == EXACT or before == kind
local owed, unplaced = {}, {}

-- Charges whose account the reservation does not have get a row of their own, in the window of now.
local function add_rows(sets, charges)
  local numbers, size = record.numbers, record.count + record.size
  local claims_from = 8 * (record.place - record.count - 1)
  local new_sets, new_claims = {}, {}
  for i, set in ipairs(sets) do
    -- The one window that was picked, whatever the time of admission.
    new_sets[i] = struct_pack('<ddddddd', set.kind, set.length, 1, 0, 0, set.expiry, set.skip)
    record.sets[record.set_count + i] = set
  end
  for _, at in ipairs(charges) do
    local set, limit = sets[nums[at]], nums[at + 3]
    if set then
      local number = record.set_count + nums[at]
      names[#names + 1] = KEYS[nums[at + 1] + set.index]
      owed[#names] = nums[at + 2]
      new_claims[#new_claims + 1] = struct_pack('<dddddddd', number, 0, 0, limit, limit, 0, 0, 0)
      for i, n in ipairs({ number, 0, 0, limit, limit, 0, 0, 0 }) do list[size + i] = n end
      size = size + 8
    else
      unplaced[#unplaced + 1] = ARGV[nums[at + 1]]
    end
  end
  if #new_claims > 0 then
    record.numbers = sub(numbers, 1, claims_from) .. concat(new_sets) .. sub(numbers, claims_from + 1) .. concat(new_claims)
    record.set_count = record.set_count + #sets
    record.size = record.size + 7 * #sets + 8 * #new_claims
    record.keys = concat(names, '\\n')
  end
end

if not is_repeated then
  local sets, _, at = read_sets(nums, 5, set_count, now)
  -- Nearly always a charge names the very cell of its row. Accounts are only looked at where one does not.
  local by_key, matched = {}, 0
  for charge = at, at + 4 * charge_count - 4, 4 do
    local set = sets[nums[charge]]
    if set then by_key[KEYS[nums[charge + 1] + set.index]] = charge end
  end
  for n = 1, #names do
    local charge = by_key[names[n]]
    if charge then
      owed[n], matched = nums[charge + 2], matched + 1
    end
  end
  if matched < charge_count then
    local by_account, left, place = {}, {}, record.place
    for n, name in ipairs(names) do
      by_account[sub(name, record.sets[list[place]].skip + 1)] = n
      place = place + 8 + list[place + 7]
    end
    for charge = at, at + 4 * charge_count - 4, 4 do
      local set = sets[nums[charge]]
      local account = set and sub(KEYS[nums[charge + 1] + set.index], set.skip + 1) or ARGV[nums[charge + 1]]
      local n = by_account[account]
      if n then owed[n] = nums[charge + 2] else left[#left + 1] = charge end
    end
    add_rows(sets, left)
  end
end

load(names, 1)
local charged, answer, count, at = {}, { ${answers.done}, now, before, is_repeated and 1 or 0, #names }, 5, record.place
for n = 1, #names do
  local set, limit = record.sets[list[at]], list[at + 3]
  local charge, added, crossed = n <= record.count and list[n] or 0, 0, nil
  if not is_repeated then
    local owes = set.kind ~= CONCURRENCY and owed[n] or 0
    charge, added = owes, owes - charge
    crossed = change(n, names[n], set, limit, before == OPEN and list[at + 2] or 0, added, list, at + 7)
  elseif set.kind == BUCKET then
    flow_off(n, limit, set.length)
  end
  charged[n] = charge
  answer[count + 1], answer[count + 2], answer[count + 3] = charge, added, limit
  answer[count + 4], answer[count + 5] = used[n], held[n]
  count = append(answer, count + 5, crossed)
  at = at + 8 + list[at + 7]
end
-- Where nothing could be charged nothing is kept: somebody else may know where to.
if not is_repeated and (before ~= UNKNOWN or #names > 0 or charge_count == 0) then
  record.state, record.reason = kind, ARGV[4]
  write_record(KEYS[2], record, pack_numbers(charged, #names), keep)
  run('ZREM', KEYS[1], ARGV[3])
end
return { pack_numbers(answer, count), record.keys, unpack(unplaced) }
`;
