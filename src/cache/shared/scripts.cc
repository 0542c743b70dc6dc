#include "cache/shared/scripts.h"

namespace thing::cache::shared {

// All may run at the memory limit: a mark that could not be put, or taken off, would cost more than
// its bytes.

const char* const kLeaseScript = R"lua(#!lua flags=allow-oom
local function stamp(key)
  local v = redis.call('GET', key)
  if not v then
    v = 'S' .. ARGV[2]
    redis.call('SET', key, v)
  end
  return v
end
local by = redis.call('GET', KEYS[1])
if not by then redis.call('SET', KEYS[1], ARGV[1])
elseif by ~= ARGV[1] then return {2} end
local tab = stamp(KEYS[2])
if string.sub(tab, 1, 1) ~= 'S' then return {tab} end
local ins = stamp(KEYS[3])
local out = {tab, ins}
for i = 4, #KEYS do
  local v = redis.call('GET', KEYS[i])
  local first = v and string.sub(v, 1, 1)
  if first == 'V' and (string.sub(v, 2, 9) ~= string.sub(tab, 2, 9) or
      (string.sub(v, 10, 10) == 'a' and 'S' .. string.sub(v, 11, 18) ~= ins)) then
    v = nil
  end
  if first ~= 'V' and first ~= 'L' and first ~= 'M' then v = nil end
  if v == 'L' .. ARGV[2] then v = 1 end
  if not v then
    redis.call('SET', KEYS[i], 'L' .. ARGV[2], 'PX', ARGV[3])
    v = 1
  end
  out[i - 1] = v
end
return out
)lua";

const char* const kFillScript = R"lua(#!lua
local put = 0
for i = 1, #KEYS do
  if redis.call('GET', KEYS[i]) == 'L' .. ARGV[1] then
    local v = ARGV[i + 3]
    if v == '' then
      redis.call('DEL', KEYS[i])
    else
      redis.call('SET', KEYS[i], v, 'PX', string.sub(v, 10, 10) == 'a' and ARGV[3] or ARGV[2])
      put = put + 1
    end
  end
end
return put
)lua";

const char* const kMarkScript = R"lua(#!lua flags=allow-oom
if ARGV[2] ~= '*' then
  local by = redis.call('GET', KEYS[1])
  if not by then redis.call('SET', KEYS[1], ARGV[2])
  elseif by ~= ARGV[2] then return {2} end
  local nonce = redis.call('GET', KEYS[4]) or ''
  local templates = redis.call('HLEN', KEYS[3])
  if templates == 0 and nonce ~= '' then
    redis.call('DEL', KEYS[4])
    nonce = ''
  end
  if nonce ~= ARGV[3] or templates ~= tonumber(ARGV[4]) then
    return {0, nonce, redis.call('HGETALL', KEYS[3])}
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local entry = ARGV[1] .. string.format('%013d', now)
-- For how long copies may be used that were right before. Who does not know, as Redis has forgotten
-- it, takes the longest, for as long as such copies may live.
local wait = tonumber(ARGV[5])
local copies = redis.call('GET', KEYS[5])
if copies then
  local ms, since = string.match(copies, '^(%d+) (%d+)$')
  if ms and now - tonumber(since) > wait then wait = tonumber(ms) end
else
  redis.call('SET', KEYS[5], string.format('0 %.0f', now), 'PX', 3600000)
end
for i = 6, #KEYS do
  local v = redis.call('GET', KEYS[i])
  if v and string.sub(v, 1, 1) == 'M' then
    redis.call('SET', KEYS[i], 'M1' .. string.sub(v, 3) .. entry)
  else
    redis.call('SET', KEYS[i], 'M0' .. entry)
  end
end
redis.call('HSET', KEYS[2], ARGV[1], string.sub(entry, 17))
return {1, wait}
)lua";

// The two below share how a token is taken out of a mark.
#define THING_TAKE_TOKEN                                           \
  "local function take(v)\n"                                       \
  "  local rest, found = '', false\n"                              \
  "  for at = 3, #v, 29 do\n"                                      \
  "    local entry = string.sub(v, at, at + 28)\n"                 \
  "    if string.sub(entry, 1, 16) == ARGV[1] then found = true\n" \
  "    else rest = rest .. entry end\n"                            \
  "  end\n"                                                        \
  "  return rest, found\n"                                         \
  "end\n"

const char* const kClearScript = "#!lua flags=allow-oom\n" THING_TAKE_TOKEN R"lua(
local lost = 0
for i = 2, #KEYS do
  local v = redis.call('GET', KEYS[i])
  if v and string.sub(v, 1, 1) == 'M' then
    local rest, found = take(v)
    if not found then lost = lost + 1 end
    if rest == '' then redis.call('DEL', KEYS[i])
    else redis.call('SET', KEYS[i], 'M1' .. rest) end
  else
    lost = lost + 1
    redis.call('DEL', KEYS[i])
  end
end
redis.call('HDEL', KEYS[1], ARGV[1])
return lost
)lua";

const char* const kResolveScript = "#!lua flags=allow-oom\n" THING_TAKE_TOKEN R"lua(
local taken = 0
for i = 2, #KEYS do
  local v = redis.call('GET', KEYS[i])
  if v and string.sub(v, 1, 1) == 'M' then
    local rest, found = take(v)
    if found then
      taken = taken + 1
      if rest == '' then redis.call('DEL', KEYS[i])
      else redis.call('SET', KEYS[i], 'M1' .. rest) end
    end
  end
end
redis.call('HDEL', KEYS[1], ARGV[1])
return taken
)lua";

const char* const kAcquireScript = R"lua(#!lua flags=allow-oom
local templates = redis.call('HLEN', KEYS[1])
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('HSET', KEYS[4], ARGV[1], table.concat(redis.call('HKEYS', KEYS[3])))
end
local nonce = redis.call('GET', KEYS[2])
if templates == 0 or not nonce then
  nonce = ARGV[3]
  redis.call('SET', KEYS[2], nonce)
end
local pending = redis.call('HGET', KEYS[4], ARGV[1])
if pending ~= '' then
  -- Without its quarantine, as when that was evicted, everybody under way counts.
  if not pending then pending = table.concat(redis.call('HKEYS', KEYS[3])) end
  local still = ''
  for at = 1, #pending, 16 do
    local token = string.sub(pending, at, at + 15)
    if redis.call('HEXISTS', KEYS[3], token) == 1 then still = still .. token end
  end
  redis.call('HSET', KEYS[4], ARGV[1], still)
  if still ~= '' then return {'P', still} end
end
local out = {'S', nonce}
for i = 5, #KEYS do
  local v = redis.call('GET', KEYS[i])
  local first = v and string.sub(v, 1, 1)
  if first == 'M' then return {'M', v, i - 5} end
  if first ~= 'S' then
    v = 'S' .. ARGV[3]
    if i == 5 then redis.call('SET', KEYS[i], v)
    else redis.call('SET', KEYS[i], v, 'PX', ARGV[4]) end
  end
  out[i - 2] = v
end
return out
)lua";

// A mark stays, for the commits in it: none of them knows what was written, so none may put it.
const char* const kDropScript = R"lua(#!lua flags=allow-oom
local function drop(key)
  local v = redis.call('GET', key)
  if v and string.sub(v, 1, 1) == 'M' then redis.call('SET', key, 'M1' .. string.sub(v, 3))
  elseif v then redis.call('DEL', key) end
end
local by = redis.call('GET', KEYS[1])
if ARGV[1] == '*' or (by and by ~= ARGV[1]) then
  drop(KEYS[3])
else
  for i = 4, #KEYS do drop(KEYS[i]) end
  redis.call('DEL', KEYS[2])
end
return 1
)lua";

const char* const kCopiesScript = R"lua(#!lua flags=allow-oom
local copies = redis.call('GET', KEYS[1])
local ms, since
if copies then ms, since = string.match(copies, '^(%d+) (%d+)$') end
if not ms then
  local time = redis.call('TIME')
  ms, since = 0, string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
end
if tonumber(ms) < tonumber(ARGV[1]) then ms = ARGV[1] end
redis.call('SET', KEYS[1], ms .. ' ' .. since, 'PX', 3600000)
return 1
)lua";

}  // namespace thing::cache::shared
