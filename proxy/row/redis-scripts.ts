import { createHash } from 'node:crypto'

import { PAGE_ENTRIES, PAGE_URLS } from './engine.ts'

/** A script of Redis. It runs as a whole, or not at all. */
export interface RedisScript {
  readonly source: string
  readonly sha1: string
}

// KEYS: the log, a stream with the ids 0-NUMBER. The epochs, the newest number, and the run of the
// server in which the newest epoch began. The URLs, the one that was announced last with the highest
// score. Then what each script names.
const LOG = `
local log, meta, urls = KEYS[1], KEYS[2], KEYS[3]
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local known = redis.call('HMGET', meta, 'epochs', 'number', 'run', 'restored')
local epochs, number = known[1] or '', tonumber(known[2] or '0')
local settled, restored = known[3] == run, tonumber(known[4] or '0')
local function text(value) return string.format('%.0f', value) end
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function answer(refusal)
  local revision = redis.call('EXISTS', urls) == 1 and math.max(1, restored) or 0
  return {refusal, epochs, text(number), settled and '1' or '0', run, text(revision)}
end
local function restore() restored = redis.call('HINCRBY', meta, 'restored', 1) end
local function seen(at) return ARGV[at] == text(number) and ARGV[at + 1] == (string.match(epochs, '([^,>]+)>%d+$') or '') end
local function expire(maxAgeMs)
  local before = clock() - maxAgeMs
  local function old(entry) return tonumber(entry[2][12] or 'inf') < before end
  local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  while oldest and old(oldest) do
    local entries, last = redis.call('XRANGE', log, '-', '+', 'COUNT', 100), nil
    oldest = nil
    for _, entry in ipairs(entries) do
      if not old(entry) then break end
      last = entry
    end
    if last == entries[100] then oldest = last end
    redis.call('XTRIM', log, 'MINID', '0-' .. text(string.match(last[1], '%d+$') + 1))
  end
end
`

// Each entry has the six arguments that `fieldsOf` makes.
const ADD = `
local now, had = text(clock()), redis.call('EXISTS', urls) == 1
local top = tonumber(redis.call('ZRANGE', urls, -1, -1, 'WITHSCORES')[2] or '0')
local function add(at, first)
  redis.call('XADD', log, '0-' .. text(at), 'b', ARGV[first], 'o', ARGV[first + 1],
    's', ARGV[first + 2], 'u', ARGV[first + 3], 'f', ARGV[first + 4], 't', now)
  if ARGV[first + 5] ~= '' then
    top = top + 1
    redis.call('ZADD', urls, top, ARGV[first + 5])
  end
end
local function bound(most)
  local over = redis.call('ZCARD', urls) - most
  if over > 0 then redis.call('ZREMRANGEBYRANK', urls, 0, over - 1) end
  if not had and top > 0 then restore() end
end
`

// Entries without their epochs are of a log that was lost. A server that may not write keeps old
// entries, and else answers.
export const READ = script(`${LOG}
if epochs == '' then return {answer(''), {}} end
pcall(expire, ARGV[2])
return {answer(''), redis.call('XRANGE', log, '(0-' .. ARGV[1], '+', 'COUNT', ${PAGE_ENTRIES})}`)

/** KEYS[4] = the lease. */
export const APPEND = script(`${LOG}
local lease = redis.call('HMGET', KEYS[4], 'owner', 'term')
if lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2] then return answer('not-leader') end
if not settled then return answer('unsettled') end
if text(number) ~= ARGV[3] then return answer('moved') end
${ADD}
for first = 7, #ARGV, 6 do
  number = number + 1
  add(number, first)
end
redis.call('HSET', meta, 'number', text(number))
redis.call('XTRIM', log, 'MAXLEN', '~', ARGV[4])
expire(ARGV[5])
bound(ARGV[6])
return answer('')`)

export const HEAL = script(`${LOG}
if settled or not seen(1) then return answer('moved') end
if epochs == '' then redis.call('DEL', log) end
epochs = ARGV[3]
${ADD}
for first = 5, #ARGV, 7 do
  number = tonumber(ARGV[first])
  add(number, first + 1)
end
redis.call('HSET', meta, 'epochs', epochs, 'number', text(number))
bound(ARGV[4])
return answer('')`)

export const SETTLE = script(`${LOG}
if settled or not seen(1) or ARGV[4] ~= run then return answer('moved') end
if epochs == '' then redis.call('DEL', log) end
local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
local from = oldest and tonumber(string.match(oldest[1], '%d+$')) or number + 1
local kept, last = {}, nil
for epoch in string.gmatch(epochs .. ',' .. ARGV[3] .. '>' .. text(number), '[^,]+') do
  if last and tonumber(string.match(epoch, '%d+$')) > from - 2 then table.insert(kept, last) end
  last = epoch
end
table.insert(kept, last)
epochs, settled = table.concat(kept, ','), true
redis.call('HSET', meta, 'epochs', epochs, 'number', text(number), 'run', run)
return answer('')`)

/** The URLs from a score, with their scores. */
export const URLS = script(`${LOG}
local page = redis.call('ZRANGE', urls, ARGV[1], '+inf', 'BYSCORE', 'LIMIT', 0, ${PAGE_URLS}, 'WITHSCORES')
return {answer(''), page}`)

export const REMEMBER = script(`${LOG}
local lowest = tonumber(redis.call('ZRANGE', urls, 0, 0, 'WITHSCORES')[2] or '1')
local room = ARGV[1] - redis.call('ZCARD', urls)
local added = 0
for index = #ARGV, 2, -1 do
  if added < room and not redis.call('ZSCORE', urls, ARGV[index]) then
    added = added + 1
    redis.call('ZADD', urls, lowest - added, ARGV[index])
  end
end
if added > 0 then restore() end
return added`)

/** KEYS: the URLs. */
export const FORGET = script("return redis.call('ZREM', KEYS[1], unpack(ARGV))")

/** KEYS: the lease, and the terms by back end. */
export const ACQUIRE = script(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local term = redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
redis.call('HSET', KEYS[1], 'owner', ARGV[2], 'term', term)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return term`)

const IF_MINE = `
local lease = redis.call('HMGET', KEYS[1], 'owner', 'term')
if lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2] then return 0 end
`

export const RENEW = script(`${IF_MINE} return redis.call('PEXPIRE', KEYS[1], ARGV[3])`)

export const RELEASE = script(`${IF_MINE} return redis.call('DEL', KEYS[1])`)

function script(source: string): RedisScript {
  return { source, sha1: createHash('sha1').update(source).digest('hex') }
}
