import { expect, test } from 'vitest'
import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { Frame } from '../../concentrator/event-log.ts'
import { fieldValue, withField } from '../../http/head.ts'
import { passOn } from '../../stages/stage.ts'
import { REQUEST, RESPONSE, runStage } from '../../testing/run-stage.ts'
import { CONCENTRATOR_BENIGN_VARIANTS } from './benign.ts'
import { CLIENT_FAULTS } from './clients.ts'
import { CORS_FAULTS } from './cors.ts'
import { OPERATION_FAULTS } from './operation.ts'
import { REPLAY_FAULTS } from './replay.ts'
import { RESYNC_FAULTS } from './resync.ts'

const ALL = [
  ...REPLAY_FAULTS,
  ...RESYNC_FAULTS,
  ...CLIENT_FAULTS,
  ...CORS_FAULTS,
  ...OPERATION_FAULTS,
  ...CONCENTRATOR_BENIGN_VARIANTS,
]

function points(name: string): ConcentratorFaults {
  const fault = ALL.find((candidate) => candidate.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  return fault.points()
}

function frame(id: string, backend = 0): Frame {
  return { id, backend, bytes: Buffer.from('data: 1\n\n') }
}

const GAP = frame('gap')
const KNOWN = [frame('1'), frame('2')]

test.each([
  ['silent-gap', []],
  ['no-gap-event', KNOWN],
  ['no-resync', [GAP]],
  ['resync-newest-only', [GAP, frame('2')]],
  [
    'gap-event-without-data',
    [{ ...GAP, bytes: Buffer.from('event: sse-proxy-gap\n\n') }, ...KNOWN],
  ],
])('%s answers an unknown id otherwise', (name, answer) => {
  expect(points(name).log?.resync?.([GAP, ...KNOWN])).toEqual(answer)
})

test('the other ways to treat an unknown id', () => {
  expect(points('resync-for-all').log?.resyncsAll).toBe(true)
  expect(points('replay-all-when-unknown').log?.replay?.(undefined, KNOWN, 'x')).toEqual(KNOWN)
  expect(points('replay-all-when-unknown').log?.replay?.([GAP], KNOWN, 'x')).toEqual([GAP])
  const { lastEventId } = points('ignores-query-id').log ?? {}
  expect(lastEventId?.('7', { ...REQUEST, target: '/?lastEventId=7' })).toBe('')
  expect(lastEventId?.('7', withField(REQUEST, 'Last-Event-ID', '7'))).toBe('7')
  const gap = points('gap-for-everybody').log?.replay?.(KNOWN, KNOWN, 'x')
  expect(gap?.map(({ bytes }) => bytes.toString())[0]).toContain('event: sse-proxy-gap')
  expect(gap?.slice(1)).toEqual(KNOWN)
  const { answer } = points('long-id-500').member ?? {}
  const long = withField(REQUEST, 'Last-Event-ID', 'x'.repeat(300))
  expect(answer?.(long, [])).toMatchObject({ status: 500 })
  const { holdsHead, body: hung = passOn } = points('long-id-hangs')
  expect([holdsHead?.(long), holdsHead?.(REQUEST)]).toEqual([true, false])
  expect(runStage(hung, ['a'], { request: long })).toEqual([''])
  expect(runStage(hung, ['a'])).toEqual(['a'])
  expect(answer?.(withField(REQUEST, 'Last-Event-ID', 'lk3-7'), [])).toBeUndefined()
  expect(points('ids-start-at-1').log?.id?.(1)).toBe('1')
})

const CROSS = withField(REQUEST, 'Origin', 'http://a')
const ALLOWED = withField(
  withField(RESPONSE, 'Access-Control-Allow-Origin', 'http://a'),
  'Access-Control-Allow-Credentials',
  'true',
)

test.each([
  ['no-cors', CROSS, 'origin', undefined],
  ['cors-star', CROSS, 'origin', '*'],
  ['cors-without-credentials', CROSS, 'credentials', undefined],
  ['second-acao', CROSS, 'origin', 'http://a, http://a'],
  ['preflight-allows-all', { ...CROSS, method: 'OPTIONS' }, 'methods', 'GET,POST,HEAD,PUT,DELETE'],
])('%s answers another site wrongly', (name, request, field, value) => {
  const head = points(name).response?.(ALLOWED, request)
  expect(head && fieldValue(head, `access-control-allow-${field}`)).toBe(value)
})

test('cors-for-all and sticky-origin name origins that nobody asked for', () => {
  const forAll = points('cors-for-all').response?.(RESPONSE, REQUEST)
  expect(forAll && fieldValue(forAll, 'access-control-allow-origin')).toBe('http://somewhere')
  const { response: sticky } = points('sticky-origin')
  sticky?.(ALLOWED, CROSS)
  const second = withField(ALLOWED, 'Access-Control-Allow-Origin', 'http://b')
  expect(sticky?.(second, withField(REQUEST, 'Origin', 'http://b'))).toEqual(
    withField(second, 'Access-Control-Allow-Origin', 'http://a'),
  )
})

const RIGHT = { status: 500, reason: 'Internal Server Error', type: 'text/plain', body: '{"a":{}}' }

test.each([
  ['ping-without-newline', '/ping', { body: 'pong' }],
  ['ping-404', '/ping', { status: 404 }],
  ['always-healthy', '/healthcheck', { status: 200 }],
  ['never-healthy', '/healthcheck', { status: 500 }],
  ['health-without-checks', '/healthcheck', { body: '{}' }],
  ['stream-on-admin', '/', { status: 200, type: 'text/event-stream' }],
])('%s answers %s wrongly', (name, target, answer) => {
  expect(points(name).admin?.({ ...REQUEST, target }, RIGHT)).toMatchObject(answer)
})

test('the two ways to stop badly', () => {
  expect(points('stop-cuts-clients').stop).toBe('cuts-clients')
  expect(points('stop-leaves-upstreams').stop).toBe('leaves-upstreams')
})

test.each([
  ['drop-leid', []],
  ['replay-off-by-one', ['4', '5']],
  ['replay-skips-last', ['3', '4']],
  ['replay-from-start', ['1', '2', '3', '4', '5']],
  ['replay-reversed', ['5', '4', '3']],
  ['replay-includes-last', ['2', '3', '4', '5']],
])('%s: a client that has seen 2 of 5 gets %j', (name, replayed) => {
  const all = ['1', '2', '3', '4', '5'].map((id) => frame(id))
  const { replay } = points(name).log ?? {}
  expect(replay?.(all.slice(2), all, '2')?.map(({ id }) => id)).toEqual(replayed)
  expect(replay?.(undefined, all, 'unknown')).toBeUndefined()
})

test('the other ways to replay', () => {
  const many = Array.from({ length: 150 }, (_, at) => frame(String(at)))
  expect(points('replay-at-most-100').log?.replay?.(many, many, 'x')).toEqual(many.slice(50))
  expect(points('history-to-newcomers').log?.greeting?.(many)).toEqual(many)
  const { id } = points('same-id-for-all').log ?? {}
  expect(id?.(1)).toBe(id?.(2))
})

test.each(['opaque-ids', 'numeric-ids'])('%s gives ids that differ', (name) => {
  const { id } = points(name).log ?? {}
  const ids = Array.from({ length: 1000 }, (_, at) => id?.(at + 1))
  expect(new Set(ids).size).toBe(1000)
})

test.each([
  ['path-sse-404', { target: '/sse' }, 404],
  ['path-sse-404', { target: '/' }, undefined],
  ['root-path-only', { target: '/sse' }, 404],
  ['root-path-only', { target: '/' }, 'stream'],
  ['only-sse', { target: '/' }, 404],
  ['only-sse', { target: '/sse' }, 'stream'],
  ['demands-login', {}, 401],
  ['needs-accept', {}, 406],
  ['any-method', { method: 'POST' }, 'stream'],
  ['methods-404', { method: 'POST' }, 404],
  ['bare-405', { method: 'POST' }, 405],
  ['bare-405', { method: 'GET' }, undefined],
  ['head-405', { method: 'HEAD' }, 405],
  ['head-hangs', { method: 'HEAD' }, 'stream'],
  ['preflight-405', { method: 'OPTIONS' }, 405],
  ['admin-on-front', { target: '/ping' }, 200],
])('%s answers %o with %s', (name, request, answer) => {
  const given = points(name).member?.answer?.({ ...REQUEST, ...request }, [])
  expect(typeof given === 'object' ? given.status : given).toBe(answer)
})

test.each([
  ['first-client-only', [1, 2, 3], [1]],
  ['skips-third-client', [1, 2, 3, 4, 5, 6], [1, 2, 4, 5]],
])('%s: of the clients %j those get an event: %j', (name, clients, served) => {
  const { delivers } = points(name).member ?? {}
  const got = clients.filter((nth) =>
    delivers?.(frame('1'), { nth, request: REQUEST, joinedAfter: 0 }),
  )
  expect(got).toEqual(served)
})

test('one-client-each gives each event to one of those who have come so far', () => {
  const { delivers } = points('one-client-each').member ?? {}
  const served = ['0', '1', '2', '3'].map((id) =>
    [1, 2].filter((nth) => delivers?.(frame(id), { nth, request: REQUEST, joinedAfter: 0 })),
  )
  expect(served.slice(1)).toEqual([[2], [1], [2]])
})

test('late-joiner-deaf serves those who came before the first event', () => {
  const { delivers } = points('late-joiner-deaf').member ?? {}
  expect(delivers?.(frame('1'), { nth: 1, request: REQUEST, joinedAfter: 0 })).toBe(true)
  expect(delivers?.(frame('1'), { nth: 2, request: REQUEST, joinedAfter: 1 })).toBe(false)
})

test('the other ways to treat clients', () => {
  expect(points('head-after-3s').headDelayMs).toBe(3000)
  const latin1 = points('charset-latin1').response?.(RESPONSE, REQUEST)
  expect(latin1 && fieldValue(latin1, 'content-type')).toMatch(/iso-8859-1$/)
  const challenged = points('challenges-anyway').response?.(RESPONSE, REQUEST)
  expect(challenged && fieldValue(challenged, 'www-authenticate')).toMatch(/^Basic /)
  expect(points('waits-for-slowest').member?.slow).toBe('wait')
  const waitMs = points('reconnects-slowly').backend?.waitMs
  expect([waitMs?.(9, 50), waitMs?.(9, 2000)]).toEqual([900, 2000])
  expect(points('no-heartbeat').member?.heartbeatMs).toBeGreaterThan(3_600_000)
  expect(points('heartbeat-as-event').member?.heartbeat).toContain('data:')
  const { body = passOn } = points('heartbeat-inside-frame')
  expect(runStage(body, ['ab', 'ab', 'ab', 'ab', 'ab']).at(-1)).toBe('a:\nb')
  expect(points('heartbeats-often').member?.heartbeatMs).toBe(50)
  expect(points('blank-line-heartbeats').member?.heartbeat).toBe('\r\n')
  const offering = { ...REQUEST, fields: [['Accept-Encoding', 'gzip'] as const] }
  const head = points('compresses').response?.(RESPONSE, offering)
  expect(head && fieldValue(head, 'content-encoding')).toBe('gzip')
})
