import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { requestFraming } from '../../http/body.ts'
import { parseRequestHead } from '../../http/head.ts'
import { passOn } from '../../stages/stage.ts'
import { REQUEST, RESPONSE } from '../../testing/run-stage.ts'
import { CAPACITY_FAULTS } from './capacity.ts'
import { DURATION_FAULTS } from './durations.ts'
import { CONCENTRATOR_HEAD_FAULTS, HEAD_FAULTS } from './heads.ts'

const ALL = [...CAPACITY_FAULTS, ...DURATION_FAULTS, ...HEAD_FAULTS, ...CONCENTRATOR_HEAD_FAULTS]
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function points(name: string) {
  const fault = ALL.find((candidate) => candidate.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  return fault.points()
}

test.each([
  ['per-ip-6', 7, 6, 'serve'],
  ['per-ip-6', 7, 7, 'close'],
  ['open-64', 65, 64, 'serve'],
  ['open-64', 65, 65, 'ignore'],
  ['leaks-places', 100, 1, 'serve'],
  ['leaks-places', 101, 1, 'close'],
])('%s: client %i, with %i open, meets %s', (name, nth, open, fate) => {
  expect(points(name).client?.(nth, open)).toBe(fate)
})

test.each([
  ['idle-3', ':\n', 2000, 4],
  ['idle-10', ':\n', 9000, 4],
  ['idle-10-data-only', 'data: 1\n\n', 9000, 4],
  ['idle-10-data-only', ':\n', 9000, 1],
  ['total-5', 'data: 1\n\n', 2000, 2],
  ['total-15', 'data: 1\n\n', 9000, 1],
])('%s: of a stream with %j every %i ms, %i pieces arrive', (name, piece, everyMs, pieces) => {
  const { body = passOn } = points(name)
  let arrived = 0
  let failed = false
  const stage = body({
    request: REQUEST,
    response: RESPONSE,
    emit: () => (arrived += failed ? 0 : 1),
    finish: () => {},
    fail: () => {
      failed = true
    },
  })
  for (let nth = 0; nth < 4; nth += 1) {
    vi.advanceTimersByTime(everyMs)
    stage.push(Buffer.from(piece))
  }
  stage.close?.()
  expect(arrived).toBe(pieces)
  expect(vi.getTimerCount()).toBe(0)
})

const GET = 'GET / HTTP/1.1\r\n'

/** What is refused when it is done right, and taken by the fault. */
test.each([
  ['default-host', `${GET}X: y`],
  ['first-host', `${GET}Host: a\r\nHost: b`],
  ['any-host', `${GET}Host: a/b`],
  ['lenient-colon', `${GET}Host : a`],
  ['skips-malformed', `${GET}Host: a\r\n b`],
  ['pass-nul', `${GET}Host: a\r\nX: a\0b`],
  ['cr-as-eol', `${GET}Host: a\r\nX: a\rY: b`],
])('%s takes a head that is malformed', (name, head) => {
  const { text, anyHost } = points(name).heads ?? {}
  expect(parseRequestHead(head)).toBeUndefined()
  expect(parseRequestHead(text?.(head) ?? head, anyHost)).toBeDefined()
})

test.each([
  ['origin-form-only', 'GET http://a/ HTTP/1.1\r\nHost: a'],
  ['target-at-most-2k', `GET /${'x'.repeat(2048)} HTTP/1.1\r\nHost: a`],
])('%s refuses a head that is right, and takes an ordinary one', (name, head) => {
  const { text } = points(name).heads ?? {}
  expect(parseRequestHead(head)).toBeDefined()
  expect(parseRequestHead(text?.(head) ?? head)).toBeUndefined()
  expect(parseRequestHead(text?.(`${GET}Host: a`) ?? '')).toBeDefined()
})

test.each([
  [
    'cl-wins',
    '1.1',
    'Content-Length: 5\r\nTransfer-Encoding: chunked',
    { kind: 'length', bytes: 5 },
  ],
  ['te-on-10', '1.0', 'Transfer-Encoding: chunked', { kind: 'chunked' }],
  ['te-contains-chunked', '1.1', 'Transfer-Encoding: xchunked', { kind: 'chunked' }],
  ['last-cl', '1.1', 'Content-Length: 5\r\nContent-Length: 6', { kind: 'length', bytes: 6 }],
  ['atoi-cl', '1.1', 'Content-Length: +5x', { kind: 'length', bytes: 5 }],
])('%s takes a body whose end is in doubt', (name, version, fields, framing) => {
  const request = parseRequestHead(`POST / HTTP/${version}\r\nHost: a\r\n${fields}`)
  expect(request && requestFraming(request)).toBe('faulty')
  expect(request && points(name).heads?.framing?.(request)).toEqual(framing)
})

test('the other ways to read a head', () => {
  expect(points('ignore-get-body').heads?.framing?.(REQUEST)).toEqual({ kind: 'none' })
  expect(points('no-head-limit').heads?.maxBytes).toBeGreaterThan(2 ** 29)
  expect(points('no-head-timeout').heads?.timeoutMs).toBe(3_600_000)
  expect(points('whole-head-in-one-read').heads?.inOneRead).toBe(true)
  expect(points('answers-meanwhile').heads?.answersMeanwhile).toBe(true)
})
