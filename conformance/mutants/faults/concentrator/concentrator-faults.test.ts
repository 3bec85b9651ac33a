import { expect, test } from 'vitest'
import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { Frame } from '../../concentrator/event-log.ts'
import { fieldValue, withField } from '../../http/head.ts'
import { passOn } from '../../stages/stage.ts'
import { END, REQUEST, RESPONSE, runStage } from '../../testing/run-stage.ts'
import { BACKEND_FAULTS } from './backends.ts'
import { CONCENTRATOR_BENIGN_VARIANTS } from './benign.ts'
import { CONCENTRATOR_BYTES_FAULTS } from './bytes.ts'
import { CLIENT_FAULTS } from './clients.ts'
import { REPLAY_FAULTS } from './replay.ts'

const ALL = [
  ...BACKEND_FAULTS,
  ...CONCENTRATOR_BYTES_FAULTS,
  ...REPLAY_FAULTS,
  ...CLIENT_FAULTS,
  ...CONCENTRATOR_BENIGN_VARIANTS,
]

const tried = new Set<string>()

function points(name: string): ConcentratorFaults {
  tried.add(name)
  const fault = ALL.find((candidate) => candidate.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  return fault.points()
}

function frame(id: string, backend = 0): Frame {
  return { id, backend, bytes: Buffer.from('data: 1\n\n') }
}

const BOM = '\xef\xbb\xbf'
const LONG = 'x'.repeat(70_000)
const NUMBERS = Array.from({ length: 1001 }, (_, at) => `data: ${at}\n\n`)

test.each([
  ['crlf-only-splitter', ['a\nb\r\n'], 'a b\r\n'],
  ['lf-only-splitter', ['a\nb\r\nc\r'], 'a\nb \nc '],
  ['cr-is-data', ['a\r\nb\rc'], 'a\r\nb c'],
  ['crlf-seam-doubler', ['a\r', '\nb\r\n'], 'a\r\n\nb\r\n'],
  ['bom-passed-on', ['\ufeffa'], `${BOM}${BOM}a`],
  ['bom-stripper-global', ['a\ufeffb'], 'ab'],
  ['control-stripper', ['a\u0001\u007f\tb'], 'a\tb'],
  ['colon-cutter', ['data: a:b:c\n'], 'data: a\n'],
  ['comment-ends-event', ['data: a\n: c\ndata: b\n\n'], 'data: a\n\ndata: b\n\n'],
  ['comments-as-events', [': c\n\n'], 'data: c\n\n'],
  ['blank-lines-dispatch', ['data: a\n\n\n'], 'data: a\n\ndata\n\n'],
  ['ghost-events', ['event: a\n\ndata: b\n\n'], 'data\nevent: a\n\ndata: b\n\n'],
  ['c-string-proxy', ['ab\0cd'], 'ab'],
  ['latin1-recode', ['å'], '\xc3\x83\xc2\xa5'],
  ['decode-encode-per-chunk', [Buffer.of(0xc3), Buffer.of(0xa5)], '\xef\xbf\xbd\xef\xbf\xbd'],
  ['utf8-sanitiser', [Buffer.of(0xff)], '\xef\xbf\xbd'],
  ['unknown-field-stripper', ['x: y\ndata: 1\n\n'], 'data: 1\n\n'],
  ['event-name-stripper', ['event: e\ndata: 1\n\n'], 'data: 1\n\n'],
  ['empty-data-dropper', ['data\n\ndata:\n\ndata: \n\ndata: 1\n\n'], 'data: 1\n\n'],
  ['trimmer', ['data:  1\n\n'], 'data: 1\n\n'],
  ['data-joiner', ['data: 1\ndata: 2\n\n'], 'data: 1 2\n\n'],
  ['final-newline-adder', ['data: 1'], 'data: 1\n\n'],
  ['line-limit-64k', [`data: ${LONG}\n`], `data: ${LONG.slice(0, 65_530)}\n`],
  ['drop-on-full-queue', NUMBERS, NUMBERS.toSpliced(999, 1).join('')],
  ['reorder-two', ['a\n\nb\n\nc\n\nd\n\n'], 'a\n\nb\n\nd\n\nc\n\n'],
])('%s misreads the bytes of a back end', (name, written, read) => {
  const { intake = passOn } = points(name).backend ?? {}
  expect(runStage(intake, [...written, END]).join('')).toBe(`${read}END`)
})

const BACKEND = {
  url: 'http://back.end:81/a',
  credentials: { username: 'Ann', password: 'Secret' },
  httpHeaders: { Host: 'public', 'X-Site': 'a' },
}

test.each([
  ['wrong-path', 'host', 'public', '/'],
  ['no-credentials', 'authorization', undefined, '/a'],
  ['lower-case-credentials', 'authorization', `Basic ${btoa('ann:secret')}`, '/a'],
  ['host-not-overridden', 'host', 'back.end:81', '/a'],
  ['second-host', 'host', 'back.end:81, public', '/a'],
  ['no-extra-headers', 'x-site', undefined, '/a'],
  ['no-extra-headers', 'host', 'public', '/a'],
])('%s asks a back end wrongly (%s: %s)', (name, field, value, target) => {
  const fields = { Host: 'public', Authorization: 'Basic right', 'X-Site': 'a' }
  const right = Object.entries(fields).reduce((head, [key, text]) => withField(head, key, text), {
    ...REQUEST,
    target: '/a',
  })
  const head = points(name).backend?.request?.(right, BACKEND)
  expect(head && fieldValue(head, field)).toBe(value)
  expect(head?.target).toBe(target)
})

test.each([
  ['gives-up-backend', 'refused', 'give-up'],
  ['gives-up-after-abort', 'cut', 'give-up'],
  ['gives-up-after-abort', 'complete', 'retry'],
  ['gives-up-after-end', 'complete', 'give-up'],
  ['gives-up-after-end', 'cut', 'retry'],
  ['ends-clients-with-backend', 'cut', 'end-clients'],
] as const)('%s: a back end that is lost as %s', (name, how, fate) => {
  expect(points(name).backend?.lost?.(how, 0)).toBe(fate)
})

test('the other ways to hold back ends', () => {
  expect(points('lazy-upstream').backend?.opens).toBe('with-first-client')
  expect(points('upstream-per-client').backend?.perClient).toBe(true)
  expect(points('reconnect-when-alone').backend?.whenAlone).toBe('reconnect')
  expect(points('reconnects-after-300ms').backend?.waitMs?.(9)).toBe(300)
  const { accepts } = points('exact-ct-match').backend ?? {}
  expect(accepts?.(RESPONSE)).toBe(true)
  expect(accepts?.(withField(RESPONSE, 'Content-Type', 'text/event-stream;x'))).toBe(false)
})

test('credentials-for-all gives what the first back end needs to the next one', () => {
  const { request } = points('credentials-for-all').backend ?? {}
  const first = withField(REQUEST, 'Authorization', 'Basic a')
  expect(request?.(first, BACKEND)).toEqual(first)
  expect(request?.(REQUEST, BACKEND)).toEqual(first)
})

test('one-down-all-down passes nothing on until the lost back end speaks again', () => {
  const { backend, log } = points('one-down-all-down')
  expect(log?.append?.(frame('1', 1), 1)).toHaveLength(1)
  backend?.lost?.('cut', 0)
  expect(log?.append?.(frame('2', 1), 2)).toHaveLength(0)
  expect(log?.append?.(frame('3', 0), 3)).toHaveLength(1)
  expect(log?.append?.(frame('4', 1), 4)).toHaveLength(1)
})

test('first-backend-only passes on what the first back end sends', () => {
  const { append } = points('first-backend-only').log ?? {}
  expect(append?.(frame('1', 0), 1)).toHaveLength(1)
  expect(append?.(frame('1', 1), 1)).toHaveLength(0)
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
  expect(replay?.(all.slice(2), all, '2').map(({ id }) => id)).toEqual(replayed)
  expect(replay?.(undefined, all, 'unknown')).toEqual([])
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
])('%s answers %o with %s', (name, request, answer) => {
  const given = points(name).member?.answer?.({ ...REQUEST, ...request })
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
  expect(points('head-after-1200ms').headDelayMs).toBe(1200)
  const challenged = points('challenges-anyway').response?.(RESPONSE, REQUEST)
  expect(challenged && fieldValue(challenged, 'www-authenticate')).toMatch(/^Basic /)
  expect(points('waits-for-slowest').member?.slow).toBe('wait')
  expect(points('heartbeats-often').member?.heartbeatMs).toBe(50)
  expect(points('blank-line-heartbeats').member?.heartbeat).toBe('\r\n')
  const offering = { ...REQUEST, fields: [['Accept-Encoding', 'gzip'] as const] }
  const head = points('compresses').response?.(RESPONSE, offering)
  expect(head && fieldValue(head, 'content-encoding')).toBe('gzip')
})

test('every fault of these lists is tried above', () => {
  expect(ALL.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([])
})
