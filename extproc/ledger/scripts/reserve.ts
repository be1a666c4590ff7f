import { prelude } from "./prelude";

/**
 * KEYS: due holds, the reservation's record, cells.
 * ARGV: clock; holdMs, reclaimAtMost, keepExpiredMs, number of sets, numbers of claims of each candidate; id;
 * prefix of records; sets; claims.
 * Answers `{"clock", now}` or `{kind, now, candidate (from 1), state, {views}}`: of each candidate that was looked at
 * (of a replay, only of the one that is held) the views of its claims with semicolons between them.
 */
export const reserveScript = /* lua */ `${prelude}
local known = read_record(KEYS[2])
if known then return { 'replayed', known.at, known.candidate, known.state, { known.views } } end

local hold, most, keep, set_count = call[1], call[2], call[3], call[4]
local id, records = ARGV[3], ARGV[4]
local sets, is_present = window_sets(5, set_count, now)
if not is_present then return { 'clock', now } end

reclaim(now, most, records, keep)

local candidates, keys, next_claim = {}, {}, 5 + set_count
for c = 5, #call do
  local claims = {}
  for i = 1, call[c] do
    claims[i] = parse_claim(ARGV[next_claim], sets)
    next_claim = next_claim + 1
  end
  keys_of(claims, keys)
  candidates[#candidates + 1] = claims
end

local cells
local function first_that_fits()
  cells = load(keys)
  for c, claims in ipairs(candidates) do
    local fits = true
    for _, claim in ipairs(claims) do
      claim.level, claim.fits = look(claim, cells, now)
      fits = fits and (claim.fits or claim.shadow)
    end
    if fits then return c end
  end
  return 0
end

-- A hold that is due must neither refuse a request nor send it to another pool.
local chosen = first_that_fits()
if chosen ~= 1 and reclaim_all(now, records, keep) > 0 then chosen = first_that_fits() end

local seen = {}
for c = 1, chosen > 0 and chosen or #candidates do
  local claims = {}
  for i, claim in ipairs(candidates[c]) do
    local cell = cells[claim.key]
    local crossed = tell(claim, cell, claim.level)
    if c == chosen then
      cell.held = clamp(cell.held + claim.amount)
      store(claim, cell, now)
    elseif crossed ~= '' then
      store(claim, cell, now)
    end
    claims[i] = view(claim, cells, claim.fits, crossed)
  end
  seen[c] = table.concat(claims, ';')
end
if chosen == 0 then return { 'refused', now, 1, 'unknown', seen } end

local lines = {}
for i, claim in ipairs(candidates[chosen]) do lines[i] = row_text(claim, '0') end
local record = { state = 'open', at = text(now), candidate = chosen, views = seen[chosen], reason = '' }
write_record(KEYS[2], record, lines)
run('ZADD', KEYS[1], text(now + hold), id)
return { 'admitted', now, chosen, 'open', seen }
`;
