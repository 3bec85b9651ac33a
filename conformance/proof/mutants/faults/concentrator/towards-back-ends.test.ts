import { expect, test } from 'vitest'
import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { Frame } from '../../concentrator/event-log.ts'
import { fieldValue, withField } from '../../http/head.ts'
import { passOn } from '../../stages/stage.ts'
import { END, REQUEST, RESPONSE, runStage } from '../../testing/run-stage.ts'
import { BACKEND_FAULTS } from './backends.ts'
import { CONCENTRATOR_BYTES_FAULTS } from './bytes.ts'
import { RETRY_FAULTS } from './retries.ts'

const ALL = [...BACKEND_FAULTS, ...CONCENTRATOR_BYTES_FAULTS, ...RETRY_FAULTS]

function points(name: string): ConcentratorFaults {
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
  ['unknown-fields-dropped', ['x: y\ndata: 1\n\n'], 'data: 1\n\n'],
  ['spells-anew', ['data:1\nevent: a\n\n'], 'data: 1\nevent: a\n\n'],
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
  const head = points(name).backend?.request?.(right, BACKEND, undefined)
  expect(head && fieldValue(head, field)).toBe(value)
  expect(head?.target).toBe(target)
})

test.each([
  ['gives-up-backend', 'refused', 'give-up'],
  ['gives-up-after-abort', 'cut', 'give-up'],
  ['gives-up-after-abort', 'complete', 'retry'],
  ['gives-up-after-end', 'complete', 'give-up'],
  ['gives-up-after-end', 'cut', 'retry'],
  ['gives-up-on-refusal', 'refused', 'give-up'],
  ['gives-up-on-refusal', 'cut', 'retry'],
  ['ends-clients-with-backend', 'cut', 'end-clients'],
  ['ends-clients-with-backend', 'refused', 'retry'],
  ['refusal-ends-clients', 'refused', 'end-clients'],
  ['refusal-ends-clients', 'cut', 'retry'],
] as const)('%s: a back end that is lost as %s', (name, how, fate) => {
  expect(points(name).backend?.lost?.(how, 0)).toBe(fate)
})

test('the other ways to hold back ends', () => {
  expect(points('lazy-upstream').backend?.opens).toBe('with-first-client')
  expect(points('upstream-per-client').backend?.perClient).toBe(true)
  expect(points('reconnect-when-alone').backend?.whenAlone).toBe('reconnect')
  const { accepts } = points('exact-ct-match').backend ?? {}
  expect(accepts?.(RESPONSE)).toBe(true)
  expect(accepts?.(withField(RESPONSE, 'Content-Type', 'text/event-stream;x'))).toBe(false)
})

test('credentials-for-all gives what the first back end needs to the next one', () => {
  const { request } = points('credentials-for-all').backend ?? {}
  const first = withField(REQUEST, 'Authorization', 'Basic a')
  expect(request?.(first, BACKEND, undefined)).toEqual(first)
  expect(request?.(REQUEST, BACKEND, undefined)).toEqual(first)
})

test.each([
  ['exact-ct-match', 503, 'text/event-stream', false],
  ['any-type-is-stream', 200, 'text/html', true],
  ['any-type-is-stream', 404, 'text/html', false],
  ['any-status-is-stream', 404, 'text/event-stream', true],
  ['any-status-is-stream', 200, 'text/html', false],
])('%s: %i with %s is a stream: %s', (name, status, type, accepted) => {
  const head = withField({ ...RESPONSE, status }, 'Content-Type', type)
  expect(points(name).backend?.accepts?.(head)).toBe(accepted)
})

test.each([
  ['hammers', [0, 1, 9], [1, 1, 1]],
  ['comes-back-late', [0, 1, 9], [3000, 3000, 3000]],
  ['backoff-without-cap', [0, 1, 9], [50, 100, 25_600]],
  ['backoff-never-resets', [0, 1, 20], [50, 100, 60_000]],
])('%s: before the attempts %j it waits %j ms', (name, attempts, waitsMs) => {
  const { waitMs } = points(name).backend ?? {}
  expect(attempts.map((attempt) => waitMs?.(attempt, 50))).toEqual(waitsMs)
})

test.each([
  ['backoff-never-resets', { resetsBackoff: false }],
  ['ignores-retry-field', { retryField: 'ignored' }],
  ['waits-for-head-forever', { headTimeoutMs: 0 }],
  ['no-redirects', { redirect: 'refuse' }],
  ['redirect-leaks-credentials', { redirect: 'with-credentials' }],
  ['no-cookies', { cookies: 'none' }],
  ['cookies-for-all', { jar: new Map() }],
])('%s sets %o', (name, set) => {
  expect(points(name).backend).toMatchObject(set)
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
