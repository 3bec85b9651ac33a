import { constants, gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { gunzip } from './gzip.ts'
import { passOn, type StageFactory } from './stage.ts'
import { END, REQUEST, RESPONSE, runStage, type Step } from '../testing/run-stage.ts'
import { FLUSH_FAULTS } from '../faults/front/flush.ts'
import { INTAKE_FAULTS } from '../faults/front/intake.ts'

const K4 = 'x'.repeat(4096)
const K8 = K4 + K4

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function points(name: string) {
  const fault = FLUSH_FAULTS.find((candidate) => candidate.name === name)
  if (fault === undefined) throw new Error(`no fault ${name}`)
  return fault.points()
}

interface Row {
  readonly request?: typeof REQUEST
  readonly steps: readonly Step[]
  /** The output after each step. */
  readonly out: readonly string[]
}

const HTTP10 = { ...REQUEST, version: '1.0' } as const
const ASKING = { ...REQUEST, fields: [['Accept', 'text/event-stream']] } as const
const A_THEN_B = ['a\n\n', 'b\n\n', END] as const

/**
 * The output of each stage after each step. A stage that depends on the request has one row per
 * kind of request.
 */
const ROWS: readonly (readonly [name: string, row: Row])[] = [
  ['buffer-4k', { steps: ['a', K4, 'b', END], out: ['', `a${K4}`, '', 'bEND'] }],
  ['buffer-8k', { steps: [K4, K4, END], out: ['', K8, 'END'] }],
  ['buffer-16k', { steps: [K8, K8, END], out: ['', K8 + K8, 'END'] }],
  ['buffer-64k', { steps: [K8.repeat(7), K8, END], out: ['', K8.repeat(8), 'END'] }],
  ['buffer-until-close', { steps: A_THEN_B, out: ['', '', 'a\n\nb\n\nEND'] }],
  ['hold-back-one', { steps: A_THEN_B, out: ['', 'a\n\n', 'b\n\nEND'] }],
  [
    'buffer-first-256',
    { steps: ['a', 'x'.repeat(256), 'b'], out: ['', `a${'x'.repeat(256)}`, 'b'] },
  ],
  ['block-tail-8k', { steps: ['a', `${K8}tail`, 'b', END], out: ['a', K8, 'tailb', 'END'] }],
  ['linebuf-lf', { steps: ['a\r\r', 'b\n\n', END], out: ['', 'a\r\rb\n\n', 'END'] }],
  ['sse-by-accept-header', { steps: A_THEN_B, out: ['', '', 'a\n\nb\n\nEND'] }],
  ['sse-by-accept-header', { request: ASKING, steps: A_THEN_B, out: ['a\n\n', 'b\n\n', 'END'] }],
  ['buffer-for-length-http10', { steps: A_THEN_B, out: ['a\n\n', 'b\n\n', 'END'] }],
  [
    'buffer-for-length-http10',
    { request: HTTP10, steps: A_THEN_B, out: ['', '', 'a\n\nb\n\nEND'] },
  ],
]

test.each(ROWS)('the stage of %s delays output as described', (name, { steps, out, request }) => {
  expect(runStage(points(name).body ?? passOn, steps, { request: request ?? REQUEST })).toEqual(out)
})

/** A stage whose output is read as time passes. */
function start(body: StageFactory) {
  let out = ''
  const stage = body({
    request: REQUEST,
    response: { status: 200, reason: 'OK', fields: [] },
    emit: (bytes) => void (out += bytes.toString()),
    finish: () => {},
    fail: () => {},
  })
  return { push: (text: string) => stage.push(Buffer.from(text)), out: () => out, stage }
}

test('the stage of flush-every-1s sends output once a second', () => {
  const { push, out, stage } = start(points('flush-every-1s').body ?? passOn)
  push('a')
  vi.advanceTimersByTime(999)
  expect(out()).toBe('')
  vi.advanceTimersByTime(1)
  expect(out()).toBe('a')
  stage.close?.()
  expect(vi.getTimerCount()).toBe(0)
})

test('the stage of delayed-ack-buffer delays only the first piece after a silence', () => {
  const [fault] = INTAKE_FAULTS
  const { push, out } = start(fault?.points().intake ?? passOn)
  push('a')
  expect(out()).toBe('a')
  vi.advanceTimersByTime(2000)
  push('b')
  expect(out()).toBe('a')
  push('c')
  expect(out()).toBe('abc')
})

test('the stage of buffer-unless-chunked delays a body that is not chunked', () => {
  const intake = INTAKE_FAULTS[1]?.points().intake ?? passOn
  const response = { ...RESPONSE, fields: [['Transfer-Encoding', 'chunked'] as const] }
  expect(runStage(intake, ['a', END], { response })).toEqual(['a', 'END'])
  expect(runStage(intake, ['a', END])).toEqual(['', 'aEND'])
})

test.each([
  ['global-write-lock', 1],
  ['worker-pool-16', 16],
])('the stage of %s sends %i streams at a time, and the next one when one ends', (name, places) => {
  const { body = passOn } = points(name)
  const streams = Array.from({ length: places + 1 }, () => {
    let out = ''
    const stage = body({
      request: REQUEST,
      response: { status: 200, reason: 'OK', fields: [] },
      emit: (bytes) => void (out += bytes.toString()),
      finish: () => {},
      fail: () => {},
    })
    return {
      push: () => stage.push(Buffer.from('a')),
      out: () => out,
      close: () => stage.close?.(),
    }
  })
  for (const { push } of streams) push()
  expect(streams.map(({ out }) => out())).toEqual([...Array<string>(places).fill('a'), ''])
  streams[0]?.close()
  expect(runStage(body, ['b'])).toEqual(['b'])
})

test('the stage of gzip-window compresses for clients that accept gzip, and delays events until the end', async () => {
  vi.useRealTimers()
  const { body = passOn, response } = points('gzip-window')
  const offering = { ...REQUEST, fields: [['Accept-Encoding', 'br, gzip']] } as const
  const head = { status: 200, reason: 'OK', fields: [] }
  expect(response?.(head, offering).fields).toEqual([['Content-Encoding', 'gzip']])
  expect(response?.(head, REQUEST)).toEqual(head)
  expect(runStage(body, ['a'], { request: REQUEST })).toEqual(['a'])
  const pieces: Buffer[] = []
  let before: Buffer | undefined
  await new Promise<void>((resolve) => {
    const context = { request: offering, response: head, fail: () => {} }
    const stage = body({ ...context, emit: (bytes) => void pieces.push(bytes), finish: resolve })
    stage.push(Buffer.from('data: 1\n\n'))
    before = Buffer.concat(pieces)
    stage.end?.()
  })
  expect(gunzipSync(Buffer.concat(pieces)).toString()).toBe('data: 1\n\n')
  expect(before?.length).toBeLessThan(Buffer.concat(pieces).length)
})

test('the stage gunzip emits each piece of a compressed stream, and leaves other streams as they are', async () => {
  vi.useRealTimers()
  const fields = [['Content-Encoding', 'gzip'] as const]
  const packed = gzipSync('data: 1\n\n', { finishFlush: constants.Z_SYNC_FLUSH })
  const came = await new Promise<string>((resolve) => {
    const ends = { finish: () => {}, fail: () => {} }
    const stage = gunzip('one-each')({
      request: REQUEST,
      response: { status: 200, reason: 'OK', fields },
      emit: (bytes) => resolve(bytes.toString()),
      ...ends,
    })
    stage.push(packed)
  })
  expect(came).toBe('data: 1\n\n')
  expect(runStage(gunzip('one-each'), ['a'])).toEqual(['a'])
})
