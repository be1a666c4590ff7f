import { prelude } from "./prelude";

/** KEYS: due holds, the reservations' records. ARGV: clock; holdMs; ids. Answers `{now, states}`. */
export const renewScript = /* lua */ `${prelude}
local states = {}
for i = 3, #ARGV do
  local id, state = ARGV[i], 'open'
  local due = run('ZSCORE', KEYS[1], id)
  if not due then
    local raw = run('GET', KEYS[i - 1])
    state = raw and match(raw, '^%a+') or 'unknown'
  elseif now + call[1] > tonumber(due) then
    run('ZADD', KEYS[1], text(now + call[1]), id)
  end
  states[i - 2] = state
end
return { now, states }
`;
