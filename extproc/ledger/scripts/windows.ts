import { earlyMs, slidingParts } from "../limits";

/**
 * Sets of windows and claims, as calls and records have them. Step for step cells.ts and figures.ts.
 * - A set: kind, length, number of windows; of each start, end, expiry, bytes of a key before the account.
 * - A claim: number of its set, index in KEYS of its first window's cell (the others follow), amount, limit, capacity,
 *   charge on expiry, 0 or 1 for shadow, number of warnings, their amounts.
 * - A view of a claim: used, held, used in the interval before, 0 or 1 for fits, number of warnings, their amounts.
 */
export const windows = /* lua */ `
-- Sets from a place in a list on, each with the window that a moment is in, or else its first; whether all have one that
-- it is in; and the place behind them.
local function read_sets(list, at, count, moment)
  local sets, is_present = {}, true
  for i = 1, count do
    local kind, windows = list[at], list[at + 2]
    local set = { kind = kind, length = list[at + 1], index = 0, expiry = list[at + 5], skip = list[at + 6] }
    local found = false
    at = at + 3
    for index = 0, windows - 1 do
      local starts, ends = list[at], list[at + 1]
      local is_in = moment >= starts and moment < ends and (kind ~= SLIDING or index > 0)
      local is_early = index == 0 and kind ~= SLIDING and moment < starts
        and starts - moment <= math.min(${earlyMs}, ends - starts)
      if is_in or is_early then
        found, set.index, set.ends, set.expiry, set.skip = true, index, ends, list[at + 2], list[at + 3]
      end
      at = at + 4
    end
    set.has_before = kind == SLIDING and set.index > 0
    sets[i] = set
    is_present = is_present and found
  end
  return sets, is_present, at
end

-- What the claim at a place of the call meets in the cell: what counts as spent, and whether it fits.
local function look(n, set, at)
  if set.kind == BUCKET then flow_off(n, nums[at + 3], set.length) end
  local level, holds = used[n], held[n]
  if set.has_before then
    local before = used[n - 1]
    local parts = ceil((set.ends - now) * ${slidingParts} / set.length)
    local odd = before % ${slidingParts}
    level = level + (before - odd) / ${slidingParts} * parts + ceil(odd * parts / ${slidingParts})
    holds = holds + held[n - 1]
  end
  return level, level + holds + nums[at + 2] <= nums[at + 4]
end

-- The cell as it stands, at the end of a list of so many numbers; gives its new length.
local function add_view(list, count, n, set, fits, crossed)
  list[count + 1] = used[n]
  list[count + 2] = set.has_before and held[n] + held[n - 1] or held[n]
  list[count + 3] = set.has_before and used[n - 1] or 0
  list[count + 4] = fits and 1 or 0
  return append(list, count + 4, crossed)
end
`;
