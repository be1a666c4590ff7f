import { opening, prelude } from "./prelude";

/** KEYS: due holds, the reservations' records. Call: ids, holdMs. Answers `{now, states}`. */
export const renewScript = /* lua */ `${prelude}${opening}
local states = {}
for i, id in ipairs(call.ids) do
  local due = redis.call('ZSCORE', KEYS[1], id)
  if due then
    states[i] = 'open'
    if now + call.holdMs > tonumber(due) then redis.call('ZADD', KEYS[1], text(now + call.holdMs), id) end
  else
    local raw = redis.call('GET', KEYS[i + 1])
    states[i] = raw and cjson.decode(raw).state or 'unknown'
  end
end
return { now, states }
`;
