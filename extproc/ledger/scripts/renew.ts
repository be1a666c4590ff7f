import { prelude } from "./prelude";

/** KEYS: due holds, the reservations' records. ARGV: clock; holdMs; ids. Answers `{now, states}`. */
export const renewScript = /* lua */ `${prelude}
local states = {}
for i = 3, #ARGV do
  local id, state = ARGV[i], 'open'
  local due = redis.call('ZSCORE', KEYS[1], id)
  if not due then
    state = redis.call('HGET', KEYS[i - 1], 'state') or 'unknown'
  elseif now + call[1] > tonumber(due) then
    redis.call('ZADD', KEYS[1], text(now + call[1]), id)
  end
  states[i - 2] = state
end
return { now, states }
`;
