-- GET /forward-auth, with a session's cookie if COOKIE is set. Prints one line: RESULT, then JSON.

local cookie = os.getenv("COOKIE")
wrk.path = "/forward-auth"
if cookie then wrk.headers["Cookie"] = cookie end

function done(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout
  io.write(string.format('RESULT {"rate":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"requests":%d,"bad":%d}\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.requests, bad))
end
