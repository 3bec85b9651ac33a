import { expect, test } from 'vitest'
import { fieldValue } from '../../http/head.ts'
import { passOn } from '../../stages/stage.ts'
import { ABORT, END, REQUEST, RESPONSE, runStage, type Step } from '../../testing/run-stage.ts'
import { GATEWAY_BYTES_FAULTS } from './bytes.ts'
import { GATEWAY_FLUSH_FAULTS } from './flush.ts'
import { GATEWAY_LIFE_FAULTS } from './life.ts'

const ALL = [...GATEWAY_BYTES_FAULTS, ...GATEWAY_FLUSH_FAULTS, ...GATEWAY_LIFE_FAULTS]
const LONG = 'x'.repeat(70_000)

function points(name: string) {
  const fault = ALL.find((candidate) => candidate.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  return fault.points()
}

/** Bytes as latin1, so that what they become can be read in the table. */
function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Pieces written, and all that comes out in the end. */
const CHANGES: readonly (readonly [name: string, written: readonly Step[], read: string])[] = [
  ['crlf-normaliser', ['a\nb\r\nc\r'], 'a\r\nb\r\nc\r'],
  ['lf-normaliser', ['a\nb\r\nc\r'], 'a\nb\nc\r'],
  ['cr-to-lf', ['a\nb\r\nc\r'], 'a\nb\r\nc\n'],
  ['line-reassembler', ['a\nb\r\nc\r'], 'a\nb\nc\n'],
  ['lone-cr-eater', ['a\r', '\nb'], 'a\nb'],
  [
    'bom-stripper',
    ['\ufeffa', '\ufeffb'],
    bytes('a').toString() + bytes('\xef\xbb\xbfb').toString('latin1'),
  ],
  ['bom-adder', ['a'], '\xef\xbb\xbfa'],
  ['bom-stripper-global', ['a\ufeffb'], 'ab'],
  ['control-stripper', ['a\u0001\u007f\tb'], 'a\tb'],
  ['colon-cutter', ['data: a:b:c\n'], 'data: a\n'],
  ['blank-collapser', ['\n\na\n\n\nb\n\n'], 'a\n\nb\n\n'],
  ['c-string-proxy', ['ab\0cd', 'ef'], 'abef'],
  ['latin1-recode', [bytes('\xc3\xa5')], '\xc3\x83\xc2\xa5'],
  ['decode-encode-per-chunk', [bytes('\xc3'), bytes('\xa5')], '\xef\xbf\xbd\xef\xbf\xbd'],
  ['utf8-sanitiser', [bytes('\xc3'), bytes('\xa5\xff')], '\xc3\xa5\xef\xbf\xbd'],
  ['comment-stripper', [': c\ndata: 1\n\n'], 'data: 1\n\n'],
  ['unknown-field-stripper', ['x: y\nData: z\ndata: 1\n\n'], 'data: 1\n\n'],
  ['event-name-stripper', ['event: e\ndata: 1\n\n'], 'data: 1\n\n'],
  ['sse-reserialiser', [': c\nx: y\ndata:1\r\ndata\n\n'], 'data: 1\ndata: \n\n'],
  ['trimmer', ['data: \t 1\n\n'], 'data: 1\n\n'],
  ['data-joiner', ['data: 1\ndata: 2\nevent: e\n\n'], 'data: 1 2\nevent: e\n\n'],
  ['final-newline-adder', ['data: 1'], 'data: 1\n\n'],
  ['line-limit-64k', [`data: ${LONG}\n`], `data: ${LONG.slice(0, 65_530)}\n`],
  ['drop-on-full-queue', Array.from({ length: 1001 }, (_, at) => `data: ${at}\n\n`), dropped(999)],
  ['reorder-two', ['a\n\nb\n\nc\n\nd\n\n'], 'a\n\nb\n\nd\n\nc\n\n'],
  ['footer-injector', ['a'], 'a<!-- served by a proxy -->\n'],
  ['banner-injector', ['a'], '<!-- served by a proxy -->\na'],
  ['heartbeat-injector', ['a\n\n'], 'a\n\n:\n'],
  ['body-cap-512', [LONG, LONG], LONG.slice(0, 512)],
]

function dropped(missing: number): string {
  const numbers = Array.from({ length: 1001 }, (_, at) => at).filter((at) => at !== missing)
  return numbers.map((at) => `data: ${at}\n\n`).join('')
}

test.each(CHANGES)('%s changes the bytes', (name, written, read) => {
  const out = runStage(points(name).body ?? passOn, [...written, END]).join('')
  expect(out).toBe(`${read}END`)
})

test('what is no event stream keeps its bytes', () => {
  const response = { ...RESPONSE, fields: [['Content-Type', 'text/plain'] as const] }
  for (const { points: make } of GATEWAY_BYTES_FAULTS) {
    expect(runStage(make().body ?? passOn, ['a\r\nb:\n', END], { response })).toEqual([
      'a\r\nb:\n',
      'END',
    ])
  }
})

test.each([
  ['end-swallower', END],
  ['zombie-stream', ABORT],
] as const)('%s does not pass that on', (name, over) => {
  expect(runStage(points(name).body ?? passOn, ['a', over])).toEqual(['a', ''])
})

test.each([
  ['exact-ct-match', 'Content-Type', 'text/event-stream', 'text/event-stream;charset=utf-8'],
  ['buffer-unless-x-accel', 'X-Accel-Buffering', 'no', 'yes'],
  ['x-accel-misread', 'X-Accel-Buffering', 'yes', 'no'],
])('%s streams or buffers by %s', (name, field, streams, buffers) => {
  const { body = passOn } = points(name)
  const response = (value: string) => ({ ...RESPONSE, fields: [[field, value] as const] })
  expect(runStage(body, ['a'], { response: response(streams) })).toEqual(['a'])
  expect(runStage(body, ['a'], { response: response(buffers) })).toEqual([''])
})

test('flush-on-data-only keeps a lone comment', () => {
  expect(runStage(points('flush-on-data-only').body ?? passOn, [':\n', 'data: 1\n\n'])).toEqual([
    '',
    ':\ndata: 1\n\n',
  ])
})

test.each([
  ['upstream-leak', 'end', 1, 'ignore'],
  ['upstream-leak', 'reset', 1, 'ignore'],
  ['ignore-fin', 'end', 1, 'ignore'],
  ['ignore-fin', 'reset', 1, 'close'],
  ['ignore-rst', 'end', 1, 'close'],
  ['ignore-rst', 'reset', 1, 'ignore'],
  ['detect-on-write', 'end', 1, 'close-on-write'],
  ['upstream-leak-1-in-20', 'end', 19, 'close'],
  ['upstream-leak-1-in-20', 'end', 40, 'ignore'],
] as const)('%s: a client that leaves by %s as number %i', (name, how, nth, fate) => {
  expect(points(name).clientLeft?.(how, nth)).toBe(fate)
})

test('the other ways to mix streams up', () => {
  expect(points('constant-answer').canned?.(REQUEST)).toContain('data: canned 1\n\n')
  expect(points('forge-terminator').forgesEnd).toBe(true)
  const { request } = points('sticky-path')
  expect(request?.({ ...REQUEST, target: '/a' }).target).toBe('/a')
  expect(request?.({ ...REQUEST, target: '/b' }).target).toBe('/a')
  const resuming = { ...REQUEST, fields: [['Last-Event-ID', '7'] as const] }
  const passed = points('drop-leid').request?.(resuming)
  expect(passed && fieldValue(passed, 'last-event-id')).toBeUndefined()
})

test('buffer-reuse gives a stream what another one has sent', () => {
  const { body = passOn } = points('buffer-reuse')
  runStage(
    body,
    Array.from({ length: 9 }, () => 'first'),
  )
  expect(runStage(body, ['second', 'second'])).toEqual(['first', 'second'])
})

test('every fault that changes bytes is tried above', () => {
  const tried = new Set(CHANGES.map(([name]) => name))
  expect(GATEWAY_BYTES_FAULTS.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual(
    [],
  )
})
