import { earlyMs, keepBucketMs, keepWindowMs, slidingParts } from "../limits";

/**
 * What all scripts share. Step for step memoryCells.ts, memoryCore.ts, arithmetic.ts and cells.ts.
 *
 * Everything is written as texts of whole numbers: JSON would cost more than all the rest, and its numbers have
 * 14 digits only. Kinds are letters: w(indows), s(liding), b(ucket), c(oncurrency).
 * - A cell is a string: "used held told 0", of a bucket "used held at fraction" (`told`: the highest amount of
 *   `warnAt` that was told; `at`, `fraction`: up to when what was spent has flowed off).
 * - ARGV[1] replaces the clock in tests and is empty otherwise, ARGV[2] are numbers of the call.
 * - A set of windows: "kind start end expiry start end expiry ...".
 * - A claim: "set key amount limit capacity floor shadow length warnings": number of its set, index in KEYS of
 *   its first window's cell (the others follow), charge on expiry, 0 or 1, and "-" or amounts with commas.
 * - A reservation's record has lines: "state at candidate", the views of the first answer, the reason of the last
 *   settle, and a row for each account "kind expiry charged amount limit capacity floor shadow length warnings key".
 */
export const prelude = /* lua */ `
local run, match, format = redis.call, string.match, string.format
local MAX = ${Number.MAX_SAFE_INTEGER}

local function clamp(n)
  if n < 0 then return 0 end
  if n > MAX then return MAX end
  return n
end

local function text(n) return format('%d', n) end

local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = run('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function numbers(list)
  local all = {}
  for n in string.gmatch(list, '%d+') do all[#all + 1] = tonumber(n) end
  return all
end

local function weighted(previous, rest, length)
  local parts = math.ceil(rest * ${slidingParts} / length)
  local odd = previous % ${slidingParts}
  return (previous - odd) / ${slidingParts} * parts + math.ceil(odd * parts / ${slidingParts})
end

-- Cells by key, in one call.
local function load(keys)
  local cells = {}
  if #keys == 0 then return cells end
  for i, raw in ipairs(run('MGET', unpack(keys))) do
    local cell = { raw = raw, used = 0, held = 0, told = 0, rest = 0 }
    if raw then
      local used, held, told, rest = match(raw, '^(%d+) (%d+) (%d+) (%d+)$')
      if not used then error('not a counter: ' .. keys[i]) end
      cell.used, cell.held, cell.told, cell.rest = tonumber(used), tonumber(held), tonumber(told), tonumber(rest)
    end
    cells[keys[i]] = cell
  end
  return cells
end

local function content(cell)
  return format('%d %d %d %d', cell.used, cell.held, cell.told, cell.rest)
end

local function flow_off(cell, limit, length, now)
  local elapsed = now - cell.told
  if cell.used == 0 then
    cell.told, cell.rest = now, 0
  elseif elapsed > 0 then
    local rest, odd = elapsed % length, limit % length
    local part = rest * odd + math.min(cell.rest, length - 1)
    local off = (elapsed - rest) / length * limit + rest * ((limit - odd) / length) + math.floor(part / length)
    cell.told = now
    if off >= cell.used then
      cell.used, cell.rest = 0, 0
    else
      cell.used, cell.rest = cell.used - off, part % length
    end
  end
end

-- row: key, kind, expiry (text), limit, length, warnings (text)
local function store(row, cell, now)
  local value = content(cell)
  if row.kind == 'c' then
    if cell.held == 0 then run('DEL', row.key) else run('SET', row.key, value) end
  elseif row.kind == 'b' then
    if cell.held > 0 then
      run('SET', row.key, value)
    else
      local wait = ${keepWindowMs.most}
      if row.limit > 0 then wait = math.min(math.ceil(cell.used / row.limit * row.length), MAX / 1000) end
      run('SET', row.key, value, 'PX', text(wait + ${keepBucketMs}))
    end
  elseif cell.raw then
    run('SET', row.key, value, 'KEEPTTL')
  else
    run('SET', row.key, value, 'PX', text(math.max(row.expiry - now, ${keepWindowMs.least})))
  end
  cell.raw, cell.written = value, value
end

-- The warnings that are due at this level, with commas.
local function tell(row, cell, level)
  if row.warnings == '-' or (row.kind ~= 'w' and row.kind ~= 's') then return '' end
  local crossed, highest = {}, cell.told
  for amount in string.gmatch(row.warnings, '%d+') do
    local n = tonumber(amount)
    if n > cell.told and n <= level then
      crossed[#crossed + 1] = amount
      if n > highest then highest = n end
    end
  end
  cell.told = highest
  return table.concat(crossed, ',')
end

-- Gives back release (negative: holds), adds charge.
local function change(row, cell, now, release, charge, silent)
  if row.kind == 'b' then flow_off(cell, row.limit, row.length, now) end
  if not cell.raw and release >= 0 and charge <= 0 then return '' end
  cell.held = clamp(cell.held - release)
  if row.kind ~= 'c' then cell.used = clamp(cell.used + charge) end
  local crossed = ''
  if not silent then crossed = tell(row, cell, cell.used) end
  store(row, cell, now)
  return crossed
end

-- A set of windows, and which of them now is in (none: nil).
local function window_set(spec, now)
  local set = { kind = string.sub(spec, 1, 1) }
  local count = 0
  for s, e, x in string.gmatch(spec, '(%d+) (%d+) (%d+)') do
    local starts, ends = tonumber(s), tonumber(e)
    if now >= starts and now < ends and (set.kind ~= 's' or count > 0) then
      set.index, set.ends, set.expiry = count, ends, x
    elseif count == 0 and set.kind ~= 's' and now < starts
      and starts - now <= math.min(${earlyMs}, ends - starts) then
      set.index, set.ends, set.expiry = 0, ends, x
    end
    if count == 0 then set.first = x end
    count = count + 1
  end
  return set
end

local function window_sets(from, count, now)
  local sets, isPresent = {}, true
  for i = 1, count do
    sets[i] = window_set(ARGV[from + i - 1], now)
    isPresent = isPresent and sets[i].index ~= nil
  end
  return sets, isPresent
end

-- A claim on the cell that the clock picked. Its text behind the first two numbers goes into the record as it is.
local function parse_claim(spec, sets)
  local number, base, terms, amount, limit, capacity, shadow, length, warnings =
    match(spec, '^(%d+) (%d+) ((%d+) (%d+) (%d+) %d+ (%d) (%d+) (%S+))$')
  local set = sets[tonumber(number)]
  local index = base + (set.index or 0)
  return {
    kind = set.kind, key = KEYS[index], expiry = set.expiry or set.first, ends = set.ends, terms = terms,
    before = set.kind == 's' and KEYS[index - 1] or nil,
    amount = tonumber(amount), limit = tonumber(limit), capacity = tonumber(capacity), shadow = shadow == '1',
    length = tonumber(length), warnings = warnings, level = 0, fits = true,
  }
end

local function keys_of(rows, keys)
  for _, row in ipairs(rows) do
    keys[#keys + 1] = row.key
    if row.before then keys[#keys + 1] = row.before end
  end
  return keys
end

-- What a claim meets.
local function look(row, cells, now)
  local cell, before = cells[row.key], row.before and cells[row.before]
  if row.kind == 'b' then flow_off(cell, row.limit, row.length, now) end
  local level, held = cell.used, cell.held
  if before then
    level = level + weighted(before.used, row.ends - now, row.length)
    held = held + before.held
  end
  return level, level + held + row.amount <= row.capacity
end

-- As it stands, for the answer: the cell, spent and held in the interval before, whether it fits, warnings.
local function view(row, cells, fits, crossed)
  local cell, before = cells[row.key], row.before and cells[row.before]
  local previous = before and format(' %d %d', before.used, before.held) or ' 0 0'
  return (cell.written or content(cell)) .. previous .. (fits and ' 1 ' or ' 0 ') .. crossed
end

local function row_text(row, charged)
  return row.kind .. ' ' .. row.expiry .. ' ' .. charged .. ' ' .. row.terms .. ' ' .. row.key
end

-- A record that is kept, with its rows; nil if there is none.
local function read_record(key)
  local raw = run('GET', key)
  if not raw then return nil end
  local state, at, candidate, views, reason, rest = match(raw, '^(%a+) (%d+) (%d+)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$')
  local record = { state = state, at = at, candidate = candidate, views = views, reason = reason, rows = {} }
  for line in string.gmatch(rest, '[^\\n]+') do
    local kind, expiry, charged, terms, amount, limit, floor, length, warnings, cell =
      match(line, '^(%a) (%d+) (%d+) ((%d+) (%d+) %d+ (%d+) %d (%d+) (%S+)) (.*)$')
    record.rows[#record.rows + 1] = {
      key = cell, kind = kind, expiry = expiry, charged = tonumber(charged), terms = terms, amount = tonumber(amount),
      limit = tonumber(limit), floor = tonumber(floor), length = tonumber(length), warnings = warnings,
    }
  end
  return record
end

-- lines: the rows' texts. Kept for so long; without end if that is nil.
local function write_record(key, record, lines, keep)
  local text = record.state .. ' ' .. record.at .. ' ' .. record.candidate .. '\\n' .. record.views .. '\\n'
    .. record.reason .. '\\n' .. table.concat(lines, '\\n')
  if keep then run('SET', key, text, 'PX', keep) else run('SET', key, text) end
end

-- Takes back at most so many holds that are due. Their keys stand in their records: under the same hash tag,
-- but no caller could have named them.
local function reclaim(now, most, records, keep)
  local ids = run('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local record = read_record(records .. id)
    if record then
      local cells = load(keys_of(record.rows, {}))
      local lines = {}
      for i, row in ipairs(record.rows) do
        change(row, cells[row.key], now, row.amount, row.floor, true)
        lines[i] = row_text(row, text(row.floor))
      end
      record.state = 'expired'
      write_record(records .. id, record, lines, keep)
    end
    run('ZREM', KEYS[1], id)
  end
  return #ids
end

local function reclaim_all(now, records, keep)
  local count, more = 0, 0
  repeat
    more = reclaim(now, 1000, records, keep)
    count = count + more
  until more < 1000
  return count
end

local now = clock()
local call = numbers(ARGV[2])
`;
