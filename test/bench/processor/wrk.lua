-- Posts one chat request of BENCH_BODY_BYTES bytes over and over, and prints what came of it as a line of JSON.
local size = tonumber(os.getenv("BENCH_BODY_BYTES") or "2048")
local model = os.getenv("BENCH_MODEL") or "bench"
local first = '{"model":"' .. model .. '","max_tokens":16,"messages":[{"role":"user","content":"'
local last = '"}]}'
local words = string.rep("All work and no play makes a dull benchmark. ", math.ceil(size / 45))
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = os.getenv("BENCH_AUTHORIZATION")
wrk.body = first .. string.sub(words, 1, size - #first - #last) .. last

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"durationUs":%d,"p50Us":%d,"p90Us":%d,"p99Us":%d,"maxUs":%d,'
      .. '"badStatus":%d,"broken":%d,"timeouts":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(90), latency:percentile(99),
    latency.max, errors.status, errors.connect + errors.read + errors.write, errors.timeout))
end
