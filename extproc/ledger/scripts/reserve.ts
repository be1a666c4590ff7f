import { opening, prelude } from "./prelude";

/**
 * KEYS: due holds, the reservation's record, cells. Call: id, holdMs, candidates, records (key prefix),
 * reclaimAtMost, keepExpiredMs.
 * Answers `{"clock", now}` or `{kind, now, candidate (from 1), state, {{used, previous, held, fits, crossed}}}`.
 */
export const reserveScript = /* lua */ `${prelude}${opening}
local raw = redis.call('GET', KEYS[2])
if raw then
  local record = cjson.decode(raw)
  local views = {}
  for i, view in ipairs(record.views or {}) do
    views[i] = { view.u, view.v, view.h, view.f, view.c }
  end
  return { 'replayed', record.at, record.candidate or 1, record.state, { views } }
end

reclaim(now, call.reclaimAtMost, call.records, call.keepExpiredMs)

local function first_that_fits()
  local all, cache = {}, {}
  for c, claims in ipairs(call.candidates) do
    local seen, fits = {}, true
    for i, claim in ipairs(claims) do
      local one = look(claim, now, cache)
      if not one then return nil end
      seen[i] = one
      if not one.fits and not claim.s then fits = false end
    end
    all[c] = seen
    if fits then return c, all end
  end
  return 0, all
end

local chosen, all = first_that_fits()
if not chosen then return { 'clock', now } end
-- A hold that is due must neither refuse a request nor send it to another pool.
if chosen ~= 1 then
  local count = 0
  repeat
    local more = reclaim(now, 1000, call.records, call.keepExpiredMs)
    count = count + more
  until more < 1000
  if count > 0 then chosen, all = first_that_fits() end
end

local views = {}
for c, seen in ipairs(all) do
  views[c] = {}
  for i, one in ipairs(seen) do
    local claim = call.candidates[c][i]
    local crossed = tell(one.ref, one.cell, one.level)
    if c == chosen then
      one.cell.held = clamp(one.cell.held + claim.a)
      one.held = one.held + claim.a
      write(one.ref, one.cell, now)
    elseif #crossed > 0 then
      write(one.ref, one.cell, now)
    end
    views[c][i] = { text(one.used), text(one.previous), text(one.held), one.fits and 1 or 0, crossed }
  end
end
if chosen == 0 then return { 'refused', now, 1, 'unknown', views } end

local rows, kept = {}, {}
for i, one in ipairs(all[chosen]) do
  local claim, ref, view = call.candidates[chosen][i], one.ref, views[chosen][i]
  ref.a, ref.f, ref.c, ref.l = text(claim.a), text(claim.f), '0', text(claim.l)
  local warnings = {}
  for n, amount in ipairs(claim.t or {}) do warnings[n] = text(amount) end
  ref.t = warnings
  rows[i] = ref
  kept[i] = { u = view[1], v = view[2], h = view[3], f = view[4], c = view[5] }
end
redis.call('SET', KEYS[2], cjson.encode({
  state = 'open', at = text(now), candidate = chosen, rows = rows, views = kept,
}))
redis.call('ZADD', KEYS[1], text(now + call.holdMs), call.id)
return { 'admitted', now, chosen, 'open', views }
`;
