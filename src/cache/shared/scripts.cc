#include "cache/shared/scripts.h"

namespace thing::cache::shared {

// A call of redis.call costs about as much as what it does, so cells are read, and written where
// that is all the same, by one; of hashes MGET says nil. A commit has 256 of a table at most, far
// from the thousands that unpack() can give.
//
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
local were = redis.call('MGET', unpack(KEYS))
if ARGV[2] ~= '*' then
  local by = were[1]
  if not by then redis.call('SET', KEYS[1], ARGV[2])
  elseif by ~= ARGV[2] then return {2} end
  local nonce = were[4] or ''
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
local copies = were[6]
if copies then
  local ms, since = string.match(copies, '^(%d+) (%d+)$')
  if ms and now - tonumber(since) > wait then wait = tonumber(ms) end
else
  redis.call('SET', KEYS[6], string.format('0 %.0f', now), 'PX', 3600000)
end
-- The stamp that holds the commit too, when all that it writes lies behind the end. Places are
-- hexadecimal digits: other texts would be compared as the server's language has it.
local function hold(v, place)
  if not place or place == '' then return nil end
  local soft, held = tonumber(string.sub(v, 11, 18)), tonumber(string.sub(v, 19, 20))
  local after = string.sub(v, 21 + 29 * held)
  if after == '' or not (place > after) or held == 99 or soft == 99999999 then return nil end
  return string.sub(v, 1, 10) .. string.format('%08d%02d', soft + 1, held + 1) ..
    string.sub(v, 21, 20 + 29 * held) .. entry .. after
end
local tab, marks, alone, byte = were[5], {}, 'M0' .. entry, string.byte
for i = 7, #KEYS do
  local v, mark = were[i], alone
  local first = v and byte(v)
  if first == 77 then -- M
    if #v > 2 then mark = 'M1' .. string.sub(v, 3) .. entry end
  elseif first == 83 and byte(v, 10) == 119 then -- S..w
    mark = hold(v, ARGV[i - 1])
    if not mark then
      local others = string.sub(v, 21, 20 + 29 * tonumber(string.sub(v, 19, 20)))
      mark = others ~= '' and 'M1' .. others .. entry or alone
    end
  end
  local key = KEYS[i]
  marks[2 * i - 13], marks[2 * i - 12] = key, mark
  if key == KEYS[5] then tab = nil end
end
-- Without a time to live: what is held must not go before its commits do.
if #marks > 0 then redis.call('MSET', unpack(marks)) end
redis.call('HSET', KEYS[2], ARGV[1], string.sub(entry, 17))
return {1, tab and string.sub(tab, 1, 1) == 'S' and string.sub(tab, 2, 9) or '', wait}
)lua";

// The two below share how a token is taken out of a mark, or of what a stamp holds.
#define THING_TAKE_TOKEN                                                               \
  "local function take(v, from, to)\n"                                                 \
  "  if to - from == 28 and string.sub(v, from, from + 15) == ARGV[1] then\n"          \
  "    return '', true\n"                                                              \
  "  end\n"                                                                            \
  "  local rest, found = '', false\n"                                                  \
  "  for at = from, to, 29 do\n"                                                       \
  "    local entry = string.sub(v, at, at + 28)\n"                                     \
  "    if string.sub(entry, 1, 16) == ARGV[1] then found = true\n"                     \
  "    else rest = rest .. entry end\n"                                                \
  "  end\n"                                                                            \
  "  return rest, found\n"                                                             \
  "end\n"                                                                              \
  "local function is_mark(v)\n"                                                        \
  "  return v and string.sub(v, 1, 1) == 'M'\n"                                        \
  "end\n"                                                                              \
  "local function is_window(v)\n"                                                      \
  "  return v and string.sub(v, 1, 1) == 'S' and string.sub(v, 10, 10) == 'w'\n"       \
  "end\n"                                                                              \
  "local function take_held(v)\n"                                                      \
  "  return take(v, 21, 20 + 29 * tonumber(string.sub(v, 19, 20)))\n"                  \
  "end\n"                                                                              \
  "local function put_held(key, v, rest)\n"                                            \
  "  local after = string.sub(v, 21 + 29 * tonumber(string.sub(v, 19, 20)))\n"         \
  "  v = string.sub(v, 1, 18) .. string.format('%02d', #rest / 29) .. rest .. after\n" \
  "  if rest ~= '' then redis.call('SET', key, v)\n"                                   \
  "  else redis.call('SET', key, v, 'PX', ARGV[2]) end\n"                              \
  "end\n"

const char* const kClearScript = "#!lua flags=allow-oom\n" THING_TAKE_TOKEN R"lua(
local lost = 0
local gone = {KEYS[3]}
local function leave(key, rest)
  if rest ~= '' then redis.call('SET', key, 'M1' .. rest)
  else gone[#gone + 1] = key end
end
local were = #KEYS > 3 and redis.call('MGET', unpack(KEYS, 4)) or {}
local alone -- the mark where this commit was alone all the time; it is the same in all cells
for i = 4, #KEYS do
  local v = were[i - 3]
  local rest, found = '', false
  if v and v == alone then
    local value = ARGV[i]
    if value and value ~= '' then redis.call('SET', KEYS[i], value, 'PX', ARGV[3])
    else gone[#gone + 1] = KEYS[i] end
  elseif is_mark(v) then
    rest, found = take(v, 3, #v)
    local value = ARGV[i]
    local was_alone = found and rest == '' and string.sub(v, 2, 2) == '0'
    if was_alone then alone = v end
    if was_alone and value and value ~= '' then redis.call('SET', KEYS[i], value, 'PX', ARGV[3])
    else leave(KEYS[i], rest) end
    if not found then lost = lost + 1 end
  else
    if is_window(v) then rest, found = take_held(v) end
    if found then put_held(KEYS[i], v, rest)
    else
      lost = lost + 1
      leave(KEYS[i], rest)
    end
  end
end
redis.call('DEL', unpack(gone))
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then lost = lost + 1 end
-- Meanwhile queries of new shapes may have been read that this commit was not known to.
if lost > 0 then redis.call('DEL', KEYS[2]) end
return lost
)lua";

const char* const kResolveScript = "#!lua flags=allow-oom\n" THING_TAKE_TOKEN R"lua(
local taken = 0
redis.call('DEL', KEYS[2])
for i = 3, #KEYS do
  local v = redis.call('GET', KEYS[i])
  if is_mark(v) then
    local rest, found = take(v, 3, #v)
    if found then
      taken = taken + 1
      if rest == '' then redis.call('DEL', KEYS[i])
      else redis.call('SET', KEYS[i], 'M1' .. rest) end
    end
  elseif is_window(v) then
    local rest, found = take_held(v)
    if found then
      taken = taken + 1
      put_held(KEYS[i], v, rest)
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
local last = ''
if ARGV[6] == '1' then
  last = redis.call('GET', KEYS[5])
  if not last then
    last = ARGV[3]
    redis.call('SET', KEYS[5], last)
  end
end
local out = {'S', nonce, last}
for i = 6, #KEYS do
  local v = redis.call('GET', KEYS[i])
  local first = v and string.sub(v, 1, 1)
  local is_window = first == 'S' and string.sub(v, 10, 10) == 'w'
  if first == 'M' or (is_window and string.sub(v, 19, 20) ~= '00') then
    return {'M', v, i - 6}
  end
  if first ~= 'S' then
    v = 'S' .. ARGV[3]
    if i == 6 then redis.call('SET', KEYS[i], v)
    else
      if ARGV[5] == '1' then v = v .. 'w0000000000' end
      redis.call('SET', KEYS[i], v, 'PX', ARGV[4])
    end
  elseif is_window and ARGV[5] ~= '1' then
    v = string.sub(v, 1, 9)
    redis.call('SET', KEYS[i], v, 'PX', ARGV[4])
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
  for i = 5, #KEYS do drop(KEYS[i]) end
  redis.call('DEL', KEYS[2])
end
redis.call('DEL', KEYS[4])
return 1
)lua";

const char* const kPutRowsScript = R"lua(#!lua
local by = redis.call('GET', KEYS[1])
if by and by ~= ARGV[1] then return 0 end
if redis.call('GET', KEYS[2]) ~= 'S' .. ARGV[2] then return 0 end
if redis.call('GET', KEYS[3]) ~= ARGV[3] then return 0 end
if not by then redis.call('SET', KEYS[1], ARGV[1]) end
local put = 0
for i = 4, #KEYS do
  if redis.call('SET', KEYS[i], ARGV[i + 1], 'PX', ARGV[4], 'NX') then put = put + 1 end
end
return put
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

const char* const kPutWindowScript = R"lua(#!lua
local v = redis.call('GET', KEYS[1])
if not v or string.sub(v, 1, 10) ~= 'S' .. ARGV[1] .. 'w' then return 0 end
if string.sub(v, 11, 18) ~= ARGV[2] then return 0 end
local held = tonumber(string.sub(v, 19, 20))
local after = string.sub(v, 21 + 29 * held)
if ARGV[3] == '' then
  redis.call('SET', KEYS[1], string.sub(v, 1, 9), 'PX', ARGV[6])
elseif after == '' or ARGV[3] > after then
  redis.call('SET', KEYS[1], string.sub(v, 1, 20 + 29 * held) .. ARGV[3], 'KEEPTTL')
end
redis.call('SET', KEYS[2], ARGV[4], 'PX', ARGV[5])
return 1
)lua";

}  // namespace thing::cache::shared
