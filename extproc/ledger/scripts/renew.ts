import { stateCodes } from "./codes";
import { prelude } from "./prelude";

/** KEYS: due holds, the reservations' records. ARGV: clock; holdMs; ids. Answers the states. */
export const renewScript = /* lua */ `${prelude}
local states = {}
for i = 3, #ARGV do
  local id, state = ARGV[i], ${stateCodes.open}
  local due = run('ZSCORE', KEYS[1], id)
  if not due then
    local head = run('GETRANGE', KEYS[i - 1], 0, 7)
    state = #head == 8 and struct_unpack('<d', head) or ${stateCodes.unknown}
  elseif now + nums[1] > tonumber(due) then
    run('ZADD', KEYS[1], text(now + nums[1]), id)
  end
  states[i - 2] = state
end
return states
`;
