import { earlyMs, keepBucketMs, keepWindowMs, slidingParts } from "../limits";

/**
 * What all scripts share. Step for step memoryCells.ts, memoryCore.ts, arithmetic.ts and cells.ts.
 *
 * ARGV[1] replaces the clock in tests and is empty otherwise. ARGV[2] is the call as JSON, in which a window is
 * `{k = index in KEYS, i = id, s = start, e = end, x = expiry}` and a claim or charge
 * `{n = account, p = kind, w = windows, d = length, a = amount, l = limit, b = capacity, f = charge on expiry,
 * t = warnings, s = shadow}`. A reservation's record is JSON as well; its amounts are texts, since `cjson`
 * writes numbers with 14 digits only. Amounts are answered as texts too: clients may misread the largest integers.
 */
export const prelude = /* lua */ `
local MAX = ${Number.MAX_SAFE_INTEGER}

local function clamp(n)
  if n < 0 then return 0 end
  if n > MAX then return MAX end
  return n
end

local function text(n) return string.format('%.0f', n) end

local function clock()
  if ARGV[1] ~= '' then return tonumber(ARGV[1]) end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

local function weighted(previous, rest, length)
  local parts = math.ceil(rest * ${slidingParts} / length)
  local odd = previous % ${slidingParts}
  return (previous - odd) / ${slidingParts} * parts + math.ceil(odd * parts / ${slidingParts})
end

local function flow_off(cell, limit, length, now)
  local elapsed = now - cell.at
  if cell.used == 0 then
    cell.at, cell.fraction = now, 0
  elseif elapsed > 0 then
    local rest, odd = elapsed % length, limit % length
    local part = rest * odd + math.min(cell.fraction, length - 1)
    local off = (elapsed - rest) / length * limit + rest * ((limit - odd) / length) + math.floor(part / length)
    cell.at = now
    if off >= cell.used then
      cell.used, cell.fraction = 0, 0
    else
      cell.used, cell.fraction = cell.used - off, part % length
    end
  end
end

-- ref: k = key, p = kind, l = limit (text or number), d = length, x = expiry, t = warnings
local function read(ref, now, cache)
  if cache and cache[ref.k] then return cache[ref.k] end
  local v = redis.call('HMGET', ref.k, 'u', 'h', 't', 'at', 'f')
  local cell = {
    kept = v[1] ~= false, used = tonumber(v[1] or 0), held = tonumber(v[2] or 0), told = tonumber(v[3] or 0),
    at = tonumber(v[4] or now), fraction = tonumber(v[5] or 0),
  }
  if ref.p == 'bucket' then flow_off(cell, tonumber(ref.l), ref.d, now) end
  if cache then cache[ref.k] = cell end
  return cell
end

local function write(ref, cell, now)
  if ref.p == 'concurrency' and cell.held == 0 then
    redis.call('DEL', ref.k)
  elseif ref.p == 'bucket' then
    redis.call('HSET', ref.k, 'u', text(cell.used), 'h', text(cell.held), 'at', text(cell.at), 'f', text(cell.fraction))
    if cell.held > 0 then
      redis.call('PERSIST', ref.k)
    else
      local limit, wait = tonumber(ref.l), ${keepWindowMs.most}
      if limit > 0 then wait = math.ceil(cell.used / limit * ref.d) end
      redis.call('PEXPIRE', ref.k, text(math.min(wait, MAX / 1000) + ${keepBucketMs}))
    end
  else
    redis.call('HSET', ref.k, 'u', text(cell.used), 'h', text(cell.held), 't', text(cell.told))
    if not cell.kept and ref.p ~= 'concurrency' then
      redis.call('PEXPIRE', ref.k, text(math.max(ref.x - now, ${keepWindowMs.least})))
    end
  end
  cell.kept = true
end

local function tell(ref, cell, level)
  local crossed = {}
  if ref.p ~= 'windows' and ref.p ~= 'sliding' then return crossed end
  local highest = cell.told
  for _, amount in ipairs(ref.t or {}) do
    local n = tonumber(amount)
    if n > cell.told and n <= level then
      crossed[#crossed + 1] = text(n)
      highest = math.max(highest, n)
    end
  end
  cell.told = highest
  return crossed
end

-- Gives back release (negative: holds), adds charge.
local function change(ref, now, release, charge, silent)
  local cell = read(ref, now)
  if not cell.kept and release >= 0 and charge <= 0 then return {}, cell end
  cell.held = clamp(cell.held - release)
  if ref.p ~= 'concurrency' then cell.used = clamp(cell.used + charge) end
  local crossed = {}
  if not silent then crossed = tell(ref, cell, cell.used) end
  write(ref, cell, now)
  return crossed, cell
end

-- Index of the window that now is in, or nil.
local function pick(claim, now)
  for i, w in ipairs(claim.w) do
    if now >= w.s and now < w.e then
      if claim.p == 'sliding' and i == 1 then return nil end
      return i
    end
  end
  local first = claim.w[1]
  if claim.p ~= 'sliding' and now < first.s and first.s - now <= math.min(${earlyMs}, first.e - first.s) then
    return 1
  end
  return nil
end

local function reference(claim, i)
  local w = claim.w[i]
  return { k = KEYS[w.k], p = claim.p, l = claim.l, d = claim.d, x = w.x, t = claim.t, n = claim.n, id = w.i }
end

-- What a claim meets, or nil if the clock is in none of its windows. Cells come from the cache where it has them.
local function look(claim, now, cache)
  local i = pick(claim, now)
  if not i then return nil end
  local ref = reference(claim, i)
  local cell = read(ref, now, cache)
  local seen = { ref = ref, cell = cell, used = cell.used, previous = 0, held = cell.held }
  local level = cell.used
  if claim.p == 'sliding' then
    local before = read(reference(claim, i - 1), now, cache)
    seen.previous = before.used
    seen.held = seen.held + before.held
    level = level + weighted(before.used, claim.w[i].e - now, claim.d)
  end
  seen.level = level
  seen.fits = level + seen.held + claim.a <= claim.b
  return seen
end

-- Takes back at most so many holds that are due. Their keys stand in their records: under the same hash tag,
-- but no caller could have named them.
local function reclaim(now, most, records, keep)
  local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local raw = redis.call('GET', records .. id)
    if raw then
      local record = cjson.decode(raw)
      for _, row in ipairs(record.rows) do
        change(row, now, tonumber(row.a), tonumber(row.f), true)
        row.c = row.f
      end
      record.state = 'expired'
      redis.call('SET', records .. id, cjson.encode(record), 'PX', keep)
    end
    redis.call('ZREM', KEYS[1], id)
  end
  return #ids
end
`;

/** The call, and the time. */
export const opening = /* lua */ `
local now = clock()
local call = cjson.decode(ARGV[2])
`;
