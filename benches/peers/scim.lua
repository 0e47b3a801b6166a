-- Drives any SCIM server with one kind of request. Told by the environment:
--   KIND    create or lookup
--   PREFIX  what stands before /Users, e.g. /scim/v2
--   TOKEN   the bearer token
--   TAG     makes the names of this run its own; a lookup asks for names of the run with this tag
--   KNOWN   how many people that run made
-- Prints one line: RESULT, then JSON.

local kind, prefix, tag = os.getenv("KIND"), os.getenv("PREFIX"), os.getenv("TAG")
local known = tonumber(os.getenv("KNOWN") or "1")
local headers = {
  ["Authorization"] = "Bearer " .. os.getenv("TOKEN"),
  ["Content-Type"] = "application/scim+json",
  ["Accept"] = "application/scim+json",
}
local count = 0

local person = [[{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",]]
  .. [["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"userName":"NAME@example.com","externalId":"NAME",]]
  .. [["name":{"givenName":"Given NAME","familyName":"Family"},"displayName":"Given NAME Family","active":true,]]
  .. [["emails":[{"primary":true,"type":"work","value":"NAME@example.com"}],]]
  .. [["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales","employeeNumber":"NAME"}}]]

function request()
  count = count + 1
  if kind == "create" then
    local body = person:gsub("NAME", tag .. "-" .. count)
    return wrk.format("POST", prefix .. "/Users", headers, body)
  end
  -- Steps through the names in no order that a cache would like.
  local name = tag .. "-" .. (count * 7919 % known + 1)
  local filter = "userName%20eq%20%22" .. name .. "@example.com%22"
  return wrk.format("GET", prefix .. "/Users?filter=" .. filter .. "&startIndex=1&count=100", headers)
end

function done(summary, latency)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout
  io.write(string.format('RESULT {"rate":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"requests":%d,"bad":%d}\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    summary.requests, bad))
end
