/**
 * Reservations that are kept, and those that are due.
 *
 * A record: the numbers state, at, candidate, rows, sets, numbers that follow, bytes of keys, bytes of views; what each
 * row was charged; the sets and the claims of the candidate that was taken, as the call had them, so that `at` picks the
 * same windows again; then the rows' keys with line ends, the views of the first answer, the reason of the last settle.
 */
export const records = /* lua */ `
-- A record that is kept and the keys of its rows; nil if there is none. In its list the charges of the rows come first.
local function read_record(key)
  local raw = run('GET', key)
  if not raw then return nil end
  local state, at, candidate, count, set_count, size, key_bytes, view_bytes = struct_unpack('<dddddddd', raw)
  local list = unpack_numbers(raw, 65, count + size)
  local from = 65 + 8 * (count + size)
  local record = {
    state = state, at = at, candidate = candidate, count = count, set_count = set_count, size = size, list = list,
    numbers = sub(raw, 65 + 8 * count, from - 1), keys = sub(raw, from, from + key_bytes - 1),
    views = sub(raw, from + key_bytes, from + key_bytes + view_bytes - 1), reason = sub(raw, from + key_bytes + view_bytes),
  }
  local names, _ = {}, nil
  for name in string.gmatch(record.keys, '[^\\n]+') do names[#names + 1] = name end
  record.sets, _, record.place = read_sets(list, count + 1, set_count, at)
  return record, names
end

-- charged: of each row, packed. Kept for so long; without end if that is nil.
local function write_record(key, record, charged, keep)
  local value = struct_pack('<dddddddd', record.state, record.at, record.candidate, #charged / 8, record.set_count,
    record.size, #record.keys, #record.views)
    .. charged .. record.numbers .. record.keys .. record.views .. record.reason
  if keep then run('SET', key, value, 'PX', text(keep)) else run('SET', key, value) end
end
`;

/** For scripts that begin with the due holds in KEYS[1]. */
export const due = /* lua */ `
-- Takes back at most so many holds that are due. Their keys stand in their records: under the same hash tag,
-- but no caller could have named them.
local function reclaim(most, records, keep)
  local ids = run('ZRANGEBYSCORE', KEYS[1], '-inf', text(now), 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local record, names = read_record(records .. id)
    if record then
      local list, at, charged = record.list, record.place, {}
      load(names, 1)
      for n, name in ipairs(names) do
        charged[n] = list[at + 5]
        change(n, name, record.sets[list[at]], list[at + 3], list[at + 2], charged[n])
        at = at + 8 + list[at + 7]
      end
      record.state = EXPIRED
      write_record(records .. id, record, pack_numbers(charged, #names), keep)
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
