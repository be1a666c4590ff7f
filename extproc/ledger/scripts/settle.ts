import { opening, prelude } from "./prelude";

/**
 * KEYS: due holds, the reservation's record, cells. Call: id, kind, reason, charges, keepSettledMs.
 * Answers `{outcome, now, {{account, window, charged, used, held, limit, crossed}}, {unplaced accounts}}`.
 */
export const settleScript = /* lua */ `${prelude}${opening}
local raw = redis.call('GET', KEYS[2])
local record = raw and cjson.decode(raw) or { state = 'unknown', at = text(now), rows = {} }
local before = record.state
local outcomes = { open = 'settled', estimated = 'corrected', expired = 'late', unknown = 'orphan' }
local outcome = outcomes[before]
local rows, unplaced, crossed = record.rows, {}, {}

if before == 'exact' or before == call.kind then
  outcome = 'repeated'
else
  local owed, placed = {}, {}
  for _, row in ipairs(rows) do placed[row.n] = true end
  for _, charge in ipairs(call.charges) do
    owed[charge.n] = charge.a
    if not placed[charge.n] then
      if charge.w then
        local row = reference(charge, pick(charge, now) or 1)
        row.a, row.f, row.c, row.l, row.t = '0', '0', '0', text(charge.l), {}
        rows[#rows + 1] = row
      else
        unplaced[#unplaced + 1] = charge.n
      end
    end
  end
  for i, row in ipairs(rows) do
    local charge = row.p ~= 'concurrency' and owed[row.n] or 0
    local release = before == 'open' and tonumber(row.a) or 0
    crossed[i] = change(row, now, release, charge - tonumber(row.c))
    row.c = text(charge)
  end
  record.state, record.reason = call.kind, call.reason
  redis.call('ZREM', KEYS[1], call.id)
  redis.call('SET', KEYS[2], cjson.encode(record), 'PX', call.keepSettledMs)
end

local answer = {}
for i, row in ipairs(rows) do
  local cell = read(row, now)
  answer[i] = { row.n, row.id, row.c, text(cell.used), text(cell.held), row.l, crossed[i] or {} }
end
return { outcome, now, answer, unplaced }
`;
