import { prelude } from "./prelude";

/**
 * KEYS: due holds, cells. ARGV: clock; keepExpiredMs, number of sets; prefix of records; sets; claims of nothing.
 * Answers `{"clock", now}` or `{"seen", now, live holds, views with semicolons}`.
 */
export const inspectScript = /* lua */ `${prelude}
local keep, set_count = call[1], call[2]
local sets, is_present = window_sets(4, set_count, now)
if not is_present then return { 'clock', now } end
reclaim_all(now, ARGV[3], keep)
local claims, views = {}, {}
for i = 4 + set_count, #ARGV do claims[#claims + 1] = parse_claim(ARGV[i], sets) end
local cells = load(keys_of(claims, {}))
for i, claim in ipairs(claims) do
  local _, fits = look(claim, cells, now)
  views[i] = view(claim, cells, fits, '')
end
return { 'seen', now, run('ZCARD', KEYS[1]), table.concat(views, ';') }
`;
