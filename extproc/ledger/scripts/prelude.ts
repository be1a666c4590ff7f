import { keepBucketMs, keepWindowMs } from "../limits";
import { kindCodes, stateCodes } from "./codes";

/**
 * What all scripts begin with. Step for step memoryCells.ts, memoryCore.ts and arithmetic.ts.
 *
 * Everything is doubles, packed: to read and write numbers as texts would cost more than all the rest, and JSON keeps
 * 14 digits only. What kinds and states are called is in codes.ts. A cell is two doubles, used and held, or four: used,
 * held, told, rest; of a bucket used, held, at, fraction (`told`: the highest amount of `warnAt` that was told; `at`,
 * `fraction`: up to when what was spent has flowed off). Cells that were loaded lie in five lists, since a table each
 * would cost as much as to load them.
 *
 * ARGV[1] replaces the clock in tests and is empty otherwise, ARGV[2] are the numbers of the call.
 */
export const prelude = /* lua */ `
local run, format, sub, concat = redis.call, string.format, string.sub, table.concat
local struct_pack, struct_unpack, rep, floor, ceil = struct.pack, struct.unpack, string.rep, math.floor, math.ceil
local MAX = ${Number.MAX_SAFE_INTEGER}
local SLIDING, BUCKET, CONCURRENCY = ${kindCodes.sliding}, ${kindCodes.bucket}, ${kindCodes.concurrency}
local UNKNOWN, OPEN, EXACT, EXPIRED =
  ${stateCodes.unknown}, ${stateCodes.open}, ${stateCodes.exact}, ${stateCodes.expired}

local function text(n) return format('%d', n) end

-- Not too many at a time for Lua's stack. What stands behind the last one has no meaning.
local function unpack_numbers(packed, from, count)
  if count <= 1000 then return { struct_unpack('<' .. rep('d', count), packed, from) } end
  local all = {}
  for at = 0, count - 1, 1000 do
    local some = unpack_numbers(packed, from + at * 8, math.min(1000, count - at))
    for i = 1, math.min(1000, count - at) do all[at + i] = some[i] end
  end
  return all
end

local function pack_numbers(list, count)
  if count <= 1000 then return struct_pack('<' .. rep('d', count), unpack(list, 1, count)) end
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

local used, held, told, rest, kept = {}, {}, {}, {}, {}

-- The cells of keys from the first-th on, in one call; each has the number that its key has.
local function load(keys, first)
  local count = #keys
  if count < first then return end
  local found = run('MGET', unpack(keys, first))
  for n = first, count do
    local raw = found[n - first + 1]
    if not raw then
      used[n], held[n], told[n], rest[n], kept[n] = 0, 0, 0, 0, false
    elseif #raw == 16 then
      used[n], held[n] = struct_unpack('<dd', raw)
      told[n], rest[n], kept[n] = 0, 0, true
    elseif #raw == 32 then
      used[n], held[n], told[n], rest[n] = struct_unpack('<dddd', raw)
      kept[n] = true
    else
      error('not a counter')
    end
  end
end

local function flow_off(n, limit, length)
  local elapsed = now - told[n]
  if used[n] == 0 then
    told[n], rest[n] = now, 0
  elseif elapsed > 0 then
    local odd_time, odd_limit = elapsed % length, limit % length
    local part = odd_time * odd_limit + math.min(rest[n], length - 1)
    local off = (elapsed - odd_time) / length * limit + odd_time * ((limit - odd_limit) / length) + floor(part / length)
    told[n] = now
    if off >= used[n] then
      used[n], rest[n] = 0, 0
    else
      used[n], rest[n] = used[n] - off, part % length
    end
  end
end

local function store(n, key, set, limit)
  local kind = set.kind
  local t, r = told[n], rest[n]
  local value = t == 0 and r == 0 and struct_pack('<dd', used[n], held[n])
    or struct_pack('<dddd', used[n], held[n], t, r)
  if kind == CONCURRENCY then
    if held[n] == 0 then run('DEL', key) else run('SET', key, value) end
  elseif kind == BUCKET then
    if held[n] > 0 then
      run('SET', key, value)
    else
      local wait = ${keepWindowMs.most}
      if limit > 0 then wait = math.min(ceil(used[n] / limit * set.length), MAX / 1000) end
      run('SET', key, value, 'PX', text(wait + ${keepBucketMs}))
    end
  elseif kept[n] then
    run('SET', key, value, 'KEEPTTL')
  else
    run('SET', key, value, 'PX', text(math.max(set.expiry - now, ${keepWindowMs.least})))
  end
  kept[n] = true
end

-- The warnings that are due at this level, of those at a place in a list (their number, their amounts); nil if none.
local function tell(n, kind, list, at, level)
  local count = list[at]
  if count == 0 or kind > SLIDING then return nil end
  local crossed, highest = nil, told[n]
  for i = at + 1, at + count do
    local amount = list[i]
    if amount > told[n] and amount <= level then
      crossed = crossed or {}
      crossed[#crossed + 1] = amount
      if amount > highest then highest = amount end
    end
  end
  told[n] = highest
  return crossed
end

-- Gives back release (negative: holds) and adds charge; says which warnings are due, if it is told where they are.
local function change(n, key, set, limit, release, charge, list, at)
  if set.kind == BUCKET then flow_off(n, limit, set.length) end
  if not kept[n] and release >= 0 and charge <= 0 then return nil end
  local h, u = held[n] - release, used[n] + charge
  held[n] = h < 0 and 0 or h > MAX and MAX or h
  if set.kind ~= CONCURRENCY then used[n] = u < 0 and 0 or u > MAX and MAX or u end
  local crossed = list and tell(n, set.kind, list, at, used[n])
  store(n, key, set, limit)
  return crossed
end

-- The warnings at the end of a list of so many numbers; gives its new length.
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
