import { createHash } from 'node:crypto'

import { PAGE_ENTRIES } from './engine.ts'

/** A script of Redis. It runs as a whole, or not at all. */
export interface RedisScript {
  readonly source: string
  readonly sha1: string
}

// KEYS: the log, a stream with the ids 0-NUMBER. The epochs, the newest number, and the run of the
// server in which the newest epoch began. Then what each script names.
const LOG = `
local log, meta = KEYS[1], KEYS[2]
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local known = redis.call('HMGET', meta, 'epochs', 'number', 'run')
local epochs, number = known[1] or '', tonumber(known[2] or '0')
local settled = known[3] == run
local function text(value) return string.format('%.0f', value) end
local function answer(refusal) return {refusal, epochs, text(number), settled and '1' or '0', run} end
local function add(at, first)
  redis.call('XADD', log, '0-' .. text(at), 'b', ARGV[first], 'o', ARGV[first + 1],
    's', ARGV[first + 2], 'u', ARGV[first + 3], 'f', ARGV[first + 4])
end
local function seen(at) return ARGV[at] == text(number) and ARGV[at + 1] == (string.match(epochs, '([^,>]+)>%d+$') or '') end
`

// Entries without their epochs are of a log that was lost.
export const READ = script(`${LOG}
if epochs == '' then return {answer(''), {}} end
return {answer(''), redis.call('XRANGE', log, '(0-' .. ARGV[1], '+', 'COUNT', ${PAGE_ENTRIES})}`)

/** KEYS[3] = the lease. */
export const APPEND = script(`${LOG}
local lease = redis.call('HMGET', KEYS[3], 'owner', 'term')
if lease[1] ~= ARGV[1] or lease[2] ~= ARGV[2] then return answer('not-leader') end
if not settled then return answer('unsettled') end
if text(number) ~= ARGV[3] then return answer('moved') end
for first = 5, #ARGV, 5 do
  number = number + 1
  add(number, first)
end
redis.call('HSET', meta, 'number', text(number))
redis.call('XTRIM', log, 'MAXLEN', '~', ARGV[4])
return answer('')`)

export const HEAL = script(`${LOG}
if settled or not seen(1) then return answer('moved') end
if epochs == '' then redis.call('DEL', log) end
epochs = ARGV[3]
for first = 4, #ARGV, 6 do
  number = tonumber(ARGV[first])
  add(number, first + 1)
end
redis.call('HSET', meta, 'epochs', epochs, 'number', text(number))
return answer('')`)

export const SETTLE = script(`${LOG}
if settled or not seen(1) then return answer('moved') end
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
