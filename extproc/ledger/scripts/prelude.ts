import { earlyMs, keepBucketMs, keepWindowMs, slidingParts } from "../limits";
import { kindCodes, stateCodes } from "./codes";

/**
 * What all scripts share. Step for step memoryCells.ts, memoryCore.ts, arithmetic.ts and cells.ts.
 *
 * Everything is doubles, packed: to read and write numbers as texts would cost more than all the rest, and JSON keeps
 * 14 digits only. What kinds and states are called is in codes.ts.
 * - A cell is four doubles: used, held, told, rest; of a bucket used, held, at, fraction (`told`: the highest amount of
 *   `warnAt` that was told; `at`, `fraction`: up to when what was spent has flowed off).
 * - ARGV[1] replaces the clock in tests and is empty otherwise, ARGV[2] are the numbers of the call.
 * - A set of windows: kind, length, number of windows; of each start, end, expiry, bytes of a key before the account.
 * - A claim: number of its set, index in KEYS of its first window's cell (the others follow), amount, limit, capacity,
 *   charge on expiry, 0 or 1 for shadow, number of warnings, their amounts.
 * - A view of a claim: used, held, used in the interval before, 0 or 1 for fits, number of warnings, their amounts.
 * - A reservation's record: the numbers state, at, candidate, rows, sets, numbers of all claims, bytes of keys, bytes of
 *   views; what each row was charged; of each set kind, length, expiry, bytes of a key before the account; the claims;
 *   then the rows' keys with line ends, the views of the first answer, and the reason of the last settle.
 */
export const prelude = /* lua */ `
local run, format, sub, concat = redis.call, string.format, string.sub, table.concat
local struct_pack, struct_unpack, rep, floor, ceil = struct.pack, struct.unpack, string.rep, math.floor, math.ceil
local MAX = ${Number.MAX_SAFE_INTEGER}
local WINDOWS, SLIDING, BUCKET, CONCURRENCY =
  ${kindCodes.windows}, ${kindCodes.sliding}, ${kindCodes.bucket}, ${kindCodes.concurrency}
local UNKNOWN, OPEN, EXACT, EXPIRED =
  ${stateCodes.unknown}, ${stateCodes.open}, ${stateCodes.exact}, ${stateCodes.expired}

local function text(n) return format('%d', n) end

-- Not too many at a time for Lua's stack.
local function unpack_numbers(packed, from, count)
  if count <= 1000 then return { struct_unpack('<' .. rep('d', count), packed, from) } end
  local all = {}
  for at = 0, count - 1, 1000 do
    local some = unpack_numbers(packed, from + at * 8, math.min(1000, count - at))
    for i = 1, math.min(1000, count - at) do all[at + i] = some[i] end
  end
  return all
end

local function pack_numbers(list)
  local count = #list
  if count <= 1000 then return struct_pack('<' .. rep('d', count), unpack(list)) end
  local parts = {}
  for at = 1, count, 1000 do
    local last = math.min(at + 999, count)
    parts[#parts + 1] = struct_pack('<' .. rep('d', last - at + 1), unpack(list, at, last))
  end
  return concat(parts)
end

local now
if ARGV[1] ~= '' then
  now = tonumber(ARGV[1])
else
  local time = run('TIME')
  now = time[1] * 1000 + floor(time[2] / 1000)
end
local nums = unpack_numbers(ARGV[2], 1, #ARGV[2] / 8)

-- Cells by key, in one call.
local function load(keys)
  local cells = {}
  if #keys == 0 then return cells end
  local found = run('MGET', unpack(keys))
  for i = 1, #keys do
    local raw = found[i]
    if not raw then
      cells[keys[i]] = { used = 0, held = 0, told = 0, rest = 0 }
    elseif #raw == 32 then
      local used, held, told, rest = struct_unpack('<dddd', raw)
      cells[keys[i]] = { raw = true, used = used, held = held, told = told, rest = rest }
    else
      error('not a counter: ' .. keys[i])
    end
  end
  return cells
end

local function flow_off(cell, limit, length)
  local elapsed = now - cell.told
  if cell.used == 0 then
    cell.told, cell.rest = now, 0
  elseif elapsed > 0 then
    local rest, odd = elapsed % length, limit % length
    local part = rest * odd + math.min(cell.rest, length - 1)
    local off = (elapsed - rest) / length * limit + rest * ((limit - odd) / length) + floor(part / length)
    cell.told = now
    if off >= cell.used then
      cell.used, cell.rest = 0, 0
    else
      cell.used, cell.rest = cell.used - off, part % length
    end
  end
end

-- row: key, kind, length, expiry, limit, and where its warnings are
local function store(row, cell)
  local key, kind = row.key, row.kind
  local value = struct_pack('<dddd', cell.used, cell.held, cell.told, cell.rest)
  if kind == CONCURRENCY then
    if cell.held == 0 then run('DEL', key) else run('SET', key, value) end
  elseif kind == BUCKET then
    if cell.held > 0 then
      run('SET', key, value)
    else
      local wait = ${keepWindowMs.most}
      if row.limit > 0 then wait = math.min(ceil(cell.used / row.limit * row.length), MAX / 1000) end
      run('SET', key, value, 'PX', text(wait + ${keepBucketMs}))
    end
  elseif cell.raw then
    run('SET', key, value, 'KEEPTTL')
  else
    run('SET', key, value, 'PX', text(math.max(row.expiry - now, ${keepWindowMs.least})))
  end
  cell.raw = true
end

-- The warnings that are due at this level; nil if there are none.
local function tell(row, cell, level)
  local list, at = row.nums, row.at + 7
  local count = list[at]
  if count == 0 or row.kind > SLIDING then return nil end
  local crossed, highest = nil, cell.told
  for i = at + 1, at + count do
    local amount = list[i]
    if amount > cell.told and amount <= level then
      crossed = crossed or {}
      crossed[#crossed + 1] = amount
      if amount > highest then highest = amount end
    end
  end
  cell.told = highest
  return crossed
end

-- Gives back release (negative: holds), adds charge.
local function change(row, cell, release, charge, silent)
  if row.kind == BUCKET then flow_off(cell, row.limit, row.length) end
  if not cell.raw and release >= 0 and charge <= 0 then return nil end
  local held, used = cell.held - release, cell.used + charge
  cell.held = held < 0 and 0 or held > MAX and MAX or held
  if row.kind ~= CONCURRENCY then cell.used = used < 0 and 0 or used > MAX and MAX or used end
  local crossed
  if not silent then crossed = tell(row, cell, cell.used) end
  store(row, cell)
  return crossed
end

local function append(list, count, crossed)
  if not crossed then
    list[count + 1] = 0
    return count + 1
  end
  list[count + 1] = #crossed
  for i = 1, #crossed do list[count + 1 + i] = crossed[i] end
  return count + 1 + #crossed
end
`;

/** Sets of windows and claims of a call. */
export const claims = /* lua */ `
-- Sets from a place in the call's numbers on, each with the window that now is in, or else its first; whether all have
-- one that it is in; and the place behind them.
local function read_sets(at, count)
  local sets, is_present = {}, true
  for i = 1, count do
    local kind, windows = nums[at], nums[at + 2]
    local set = { kind = kind, length = nums[at + 1], index = 0, expiry = nums[at + 5], skip = nums[at + 6] }
    local found = false
    at = at + 3
    for index = 0, windows - 1 do
      local starts, ends = nums[at], nums[at + 1]
      local is_in = now >= starts and now < ends and (kind ~= SLIDING or index > 0)
      local is_early = index == 0 and kind ~= SLIDING and now < starts
        and starts - now <= math.min(${earlyMs}, ends - starts)
      if is_in or is_early then
        found, set.index, set.ends, set.expiry, set.skip = true, index, ends, nums[at + 2], nums[at + 3]
      end
      at = at + 4
    end
    sets[i] = set
    is_present = is_present and found
  end
  return sets, is_present, at
end

-- A claim on the cell that the clock picked, and the place behind it.
local function read_claim(at, sets)
  local set = sets[nums[at]]
  local index = nums[at + 1] + set.index
  return {
    nums = nums, at = at, set = set, kind = set.kind, length = set.length, expiry = set.expiry, ends = set.ends,
    key = KEYS[index], before = set.kind == SLIDING and set.index > 0 and KEYS[index - 1] or nil,
    amount = nums[at + 2], limit = nums[at + 3],
  }, at + 8 + nums[at + 7]
end

local function add_keys(rows, keys)
  for i = 1, #rows do
    local row = rows[i]
    keys[#keys + 1] = row.key
    if row.before then keys[#keys + 1] = row.before end
  end
  return keys
end

-- What a claim meets: what counts as spent, and whether it fits.
local function look(row, cells)
  local cell = cells[row.key]
  if row.kind == BUCKET then flow_off(cell, row.limit, row.length) end
  local level, held = cell.used, cell.held
  if row.before then
    local before = cells[row.before]
    local parts = ceil((row.ends - now) * ${slidingParts} / row.length)
    local odd = before.used % ${slidingParts}
    level = level + (before.used - odd) / ${slidingParts} * parts + ceil(odd * parts / ${slidingParts})
    held = held + before.held
  end
  return level, level + held + row.amount <= nums[row.at + 4]
end

-- As it stands, for the answer; gives the new length of the list.
local function add_view(list, count, row, cells, fits, crossed)
  local cell, before = cells[row.key], row.before and cells[row.before]
  list[count + 1] = cell.used
  list[count + 2] = before and cell.held + before.held or cell.held
  list[count + 3] = before and before.used or 0
  list[count + 4] = fits and 1 or 0
  return append(list, count + 4, crossed)
end
`;

/** Reservations that are kept, and those that are due. */
export const records = /* lua */ `
-- A record that is kept, with its rows; nil if there is none.
local function read_record(key)
  local raw = run('GET', key)
  if not raw then return nil end
  local state, at, candidate, count, sets, size, keys, views = struct_unpack('<dddddddd', raw)
  local list = unpack_numbers(raw, 65, count + 4 * sets + size)
  local claims_from = 65 + 8 * (count + 4 * sets)
  local keys_from = claims_from + 8 * size
  local record = {
    state = state, at = at, candidate = candidate, set_count = sets, size = size,
    sets = sub(raw, 65 + 8 * count, claims_from - 1), claims = sub(raw, claims_from, keys_from - 1),
    keys = sub(raw, keys_from, keys_from + keys - 1),
    views = sub(raw, keys_from + keys, keys_from + keys + views - 1), reason = sub(raw, keys_from + keys + views),
  }
  local rows, place, i = {}, count + 4 * sets + 1, 1
  for name in string.gmatch(record.keys, '[^\\n]+') do
    local set = count + 4 * list[place] - 3
    rows[i] = {
      nums = list, at = place, key = name, kind = list[set], length = list[set + 1], expiry = list[set + 2],
      skip = list[set + 3], amount = list[place + 2], limit = list[place + 3], charged = list[i],
    }
    place = place + 8 + list[place + 7]
    i = i + 1
  end
  record.rows = rows
  return record
end

-- charged: of each row. Kept for so long; without end if that is nil.
local function write_record(key, record, charged, keep)
  local count = #charged
  local head = struct_pack('<dddddddd', record.state, record.at, record.candidate, count, record.set_count,
    record.size, #record.keys, #record.views)
  local value = concat({ head, pack_numbers(charged), record.sets, record.claims, record.keys, record.views,
    record.reason })
  if keep then run('SET', key, value, 'PX', text(keep)) else run('SET', key, value) end
end
`;

export const due = /* lua */ `
-- Takes back at most so many holds that are due. Their keys stand in their records: under the same hash tag,
-- but no caller could have named them.
local function reclaim(most, records, keep)
  local ids = run('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local record = read_record(records .. id)
    if record then
      local keys = {}
      for i, row in ipairs(record.rows) do keys[i] = row.key end
      local cells, charged = load(keys), {}
      for i, row in ipairs(record.rows) do
        charged[i] = row.nums[row.at + 5]
        change(row, cells[row.key], row.amount, charged[i], true)
      end
      record.state = EXPIRED
      write_record(records .. id, record, charged, keep)
    end
    run('ZREM', KEYS[1], id)
  end
  return #ids
end

local function reclaim_all(records, keep)
  local count, more = 0, 0
  repeat
    more = reclaim(1000, records, keep)
    count = count + more
  until more < 1000
  return count
end
`;
