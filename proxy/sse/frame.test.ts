import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { FUZZ_CASES, FUZZ_MS } from '../testing/fuzz.ts'
import { readStream } from '../testing/reference-reader.ts'
import { readFrame } from './frame.ts'

const read = (text: string, maxIdBytes?: number) => readFrame(Buffer.from(text), { maxIdBytes })
const outgoing = (text: string, maxIdBytes?: number) =>
  read(text, maxIdBytes).outgoing?.bytes.toString()

const content = ({ type, data }: { type: string; data: string }) => ({ type, data })

describe('the outgoing bytes of a frame', () => {
  it('readFrame neither changes nor copies a frame without ids and comments', () => {
    const frame = Buffer.from('event: x\ndata:  a\r\nfoo: bar\rdata\n\n')
    expect(readFrame(frame, { maxIdBytes: undefined }).outgoing?.bytes).toBe(frame)
  })

  it.each([
    ['id: 1\ndata: a\n\n', 'data: a\n\n'],
    ['data: a\nid: 1\n\n', 'data: a\n\n'],
    ['data: a\r\nid\r\ndata: b\r\n\r\n', 'data: a\r\ndata: b\r\n\r\n'],
    ['data: a\n: note\n\n', 'data: a\n\n'],
    ['id: 1\nid: 2\ndata: a\n\n', 'data: a\n\n'],
    ['retry: 5\ndata: a\n\n', 'data: a\n\n'],
    ['identity: 1\nid : 2\nId: 3\ndata: a\n\n', 'identity: 1\nid : 2\nId: 3\ndata: a\n\n'],
    ['data: id: 1\n\n', 'data: id: 1\n\n'],
  ])('readFrame of %j gives clients %j', (frame, left) => {
    expect(outgoing(frame)).toBe(left)
  })

  it('readFrame keeps the ids of the back end when the proxy gives none', () => {
    expect(outgoing(': c\nid: 1\ndata: a\n\n', 1024)).toBe('id: 1\ndata: a\n\n')
  })

  it('readFrame drops ids of the back end only when they are too long for clients to send back', () => {
    const [fits, tooLong] = ['x'.repeat(1024), 'x'.repeat(1025)]
    expect(outgoing(`id: ${fits}\ndata: a\n\n`, 1024)).toContain('id: ')
    const frame = read(`id: ${fits}\nid:${tooLong}\ndata: a\n\n`, 1024)
    expect(frame.outgoing?.bytes.toString()).toBe(`id: ${fits}\ndata: a\n\n`)
    expect(frame.outgoing?.id).toBe(fits)
    expect(frame.id).toBe(tooLong)
  })

  it('readFrame has no outgoing frame when no field is left', () => {
    expect(outgoing('id: 1\n\n')).toBeUndefined()
    expect(outgoing('id: 1\n: c\n\n')).toBeUndefined()
    expect(outgoing('retry: 1\n\n')).toBeUndefined()
  })

  it('readFrame does not join a CR and the LF of the blank line to one line end', () => {
    expect(outgoing('data: a\rid: 1\n\n')).toBe('data: a\r\n\n')
  })

  it(
    'readFrame changes only the id of an event, for random lines',
    () => {
      const line = fc.constantFrom(
        'data: a',
        'data',
        'id: 1',
        'id',
        ': c',
        'event: x',
        'foo',
        'retry: 7',
      )
      const lineEnd = fc.constantFrom('\n', '\r', '\r\n')
      const frames = fc.array(fc.tuple(line, lineEnd), { minLength: 1, maxLength: 8 })
      fc.assert(
        fc.property(frames, lineEnd, (lines, blank) => {
          const pairs = lines.map(([text, end], index) => {
            // CR before LF is one line end; the blank line must stay one.
            const next = index + 1 === lines.length ? blank : ''
            return text + (end === '\r' && next.startsWith('\n') ? '\n' : end)
          })
          const frame = Buffer.from(pairs.join('') + blank)
          const outgoingBytes = readFrame(frame, { maxIdBytes: undefined }).outgoing?.bytes
          const before = readStream(frame)
          const after = readStream(outgoingBytes ?? Buffer.alloc(0))
          expect(after.events.map(content)).toEqual(before.events.map(content))
          expect(after.retryMs).toBeUndefined()
          expect(after.lastEventId).toBe('')
        }),
        { numRuns: FUZZ_CASES },
      )
    },
    FUZZ_MS,
  )
})

describe('the fields of a frame', () => {
  it('readFrame takes the last retry of ASCII digits', () => {
    expect(read('retry: 10\nretry:20\nretry: x\n\n').retryMs).toBe(20)
    expect(read('data: retry: 10\n\n').retryMs).toBeUndefined()
  })

  it('readFrame takes the last id without a NUL, in UTF-8, also an empty one', () => {
    expect(read('id: 1\nid: ü2\nid: 3\0\n\n').id).toBe('ü2')
    expect(read('id: 1\nid\n\n').id).toBe('')
    expect(read('data: a\n\n').id).toBeUndefined()
    expect(read('id: 1\ndata: a\n\n').outgoing?.id).toBeUndefined()
    expect(read('id: 1\ndata: a\n\n', 10).outgoing?.id).toBe('1')
  })

  it.each([
    ['data: http://a.example/1\n\n', 'http://a.example/1'],
    [': c\nid: 1\r\ndata:https://a.example/?x\r\nretry: 1\r\n\r\n', 'https://a.example/?x'],
    ['data:  http://a.example/1\n\n', undefined],
    ['data: http://a.example/1 2\n\n', undefined],
    ['data: http://a.example/ü\n\n', undefined],
    ['data: ftp://a.example/1\n\n', undefined],
    ['event: x\ndata: http://a.example/1\n\n', undefined],
    ['data: http://a.example/1\ndata: http://a.example/2\n\n', undefined],
    ['data: http://a.example/1\nidentity\n\n', undefined],
    ['id: http://a.example/1\n\n', undefined],
    [`data: http://a.example/${'x'.repeat(4096)}\n\n`, undefined],
  ])('readFrame of %j finds the announced URL %j', (frame, url) => {
    expect(read(frame).outgoing?.url).toBe(url)
    expect(read(frame, 1024).outgoing?.url).toBe(url)
  })
})
