-- Takes turns between routes ("GET /a,POST /b" as the first argument), waits between requests (milliseconds as the second),
-- and prints one line of JSON at the end.
local requests = {}
local turn = 0
local pause = 0

function init(args)
  for method, path in args[1]:gmatch("(%u+) ([^,]+)") do
    local headers = {}
    local body = nil
    if method == "POST" then
      headers["content-type"] = "application/json"
      body = ""
    end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
  pause = tonumber(args[2] or "0")
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function delay()
  return pause
end

function done(summary, latency)
  local errors = summary.errors
  local at = function(share) return latency:percentile(share) / 1000 end
  io.write(string.format(
    '{"requests":%d,"seconds":%.4f,"bytes":%d,"p50":%.3f,"p99":%.3f,"p999":%.3f,"max":%.3f,"statuses":%d,"broken":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, at(50), at(99), at(99.9), latency.max / 1000,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
