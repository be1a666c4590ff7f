import { prelude } from "./prelude";

/**
 * KEYS: due holds, the reservation's record, cells.
 * ARGV: clock; keepSettledMs, number of sets; id; kind; reason; sets; then for each charge account, amount and
 * a claim of nothing, or "" if no period was sent along.
 * Answers `{outcome, now, {"charged added limit cell warnings key"}, {unplaced accounts}}`.
 */
export const settleScript = /* lua */ `${prelude}
local keep, set_count = call[1], call[2]
local id, kind, reason = ARGV[3], ARGV[4], ARGV[5]
local record = read_record(KEYS[2])
  or { state = 'unknown', at = text(now), candidate = 1, views = '', rows = {} }
local rows, before = record.rows, record.state
local is_repeated = before == 'exact' or before == kind
local unplaced, owed = {}, {}

if not is_repeated then
  local sets = window_sets(6, set_count, now)
  local placed = {}
  for _, row in ipairs(rows) do
    -- The account stands behind the window's id, or behind the letter of the kind.
    local from = string.find(row.key, row.kind == 'b' and '}:b:' or row.kind == 'c' and '}:c:' or '#', 1, true)
    row.account = string.sub(row.key, from + ((row.kind == 'b' or row.kind == 'c') and 4 or 1))
    placed[row.account] = true
  end
  for i = 6 + set_count, #ARGV, 3 do
    local account = ARGV[i]
    owed[account] = tonumber(ARGV[i + 1])
    if not placed[account] then
      if ARGV[i + 2] == '' then
        unplaced[#unplaced + 1] = account
      else
        local row = parse_claim(ARGV[i + 2], sets)
        row.account, row.charged, row.before = account, 0, nil
        rows[#rows + 1] = row
      end
    end
  end
end

local cells = load(keys_of(rows, {}))
local lines, answer = {}, {}
for i, row in ipairs(rows) do
  local cell, crossed, added = cells[row.key], '', 0
  if not is_repeated then
    local charge = row.kind ~= 'c' and owed[row.account] or 0
    crossed = change(row, cell, now, before == 'open' and row.amount or 0, charge - row.charged)
    row.charged, added = charge, charge - row.charged
  elseif row.kind == 'b' then
    flow_off(cell, row.limit, row.length, now)
  end
  local charged = text(row.charged)
  lines[i] = row_text(row, charged)
  answer[i] = charged .. ' ' .. text(added) .. ' ' .. text(row.limit) .. ' ' .. (cell.written or content(cell)) .. ' ' .. crossed .. ' ' .. row.key
end
if is_repeated then return { 'repeated', now, answer, unplaced } end

record.state, record.reason = kind, reason
write_record(KEYS[2], record, lines, keep)
run('ZREM', KEYS[1], id)
local outcomes = { open = 'settled', estimated = 'corrected', expired = 'late', unknown = 'orphan' }
return { outcomes[before], now, answer, unplaced }
`;
