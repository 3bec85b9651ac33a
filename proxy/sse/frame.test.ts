import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { FUZZ_CASES, FUZZ_MS } from '../testing/fuzz.ts'
import { readStream } from '../testing/reference-reader.ts'
import { filterFrame, idOf, retryMsOf } from './frame.ts'

const filtered = (text: string, dropIds = true) =>
  filterFrame(Buffer.from(text, 'latin1'), {
    maxIdBytes: dropIds ? undefined : 1024,
  })?.toString('latin1')

const content = ({ type, data }: { type: string; data: string }) => ({ type, data })

describe('filtering a frame', () => {
  it('leaves every byte of a frame without ids and comments, and copies none', () => {
    const frame = Buffer.from('event: x\ndata:  a\r\nfoo: bar\rdata\n\n')
    expect(filterFrame(frame, { maxIdBytes: undefined })).toBe(frame)
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
  ])('of %j leaves %j', (frame, left) => {
    expect(filtered(frame)).toBe(left)
  })

  it("keeps ids that are the back end's to give", () => {
    expect(filtered(': c\nid: 1\ndata: a\n\n', false)).toBe('id: 1\ndata: a\n\n')
  })

  it("drops only those of the back end's ids that are too long for clients to send back", () => {
    const [fits, tooLong] = ['x'.repeat(1024), 'x'.repeat(1025)]
    expect(filtered(`id: ${fits}\ndata: a\n\n`, false)).toContain('id: ')
    expect(filtered(`id:${tooLong}\ndata: a\n\n`, false)).toBe('data: a\n\n')
  })

  it('makes nothing of a frame that is left without a field', () => {
    expect(filtered('id: 1\n\n')).toBeUndefined()
    expect(filtered('id: 1\n: c\n\n')).toBeUndefined()
    expect(filtered('retry: 1\n\n')).toBeUndefined()
  })

  it('does not let a CR and the LF of the blank line become one line end', () => {
    expect(filtered('data: a\rid: 1\n\n')).toBe('data: a\r\n\n')
  })

  it(
    'changes no event but its id, whatever the lines',
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
          const before = readStream(frame)
          const after = readStream(filterFrame(frame, { maxIdBytes: undefined }) ?? Buffer.alloc(0))
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

describe('the fields that the proxy reads', () => {
  it('takes the last retry of ASCII digits', () => {
    expect(retryMsOf(Buffer.from('retry: 10\nretry:20\nretry: x\n\n'))).toBe(20)
    expect(retryMsOf(Buffer.from('data: retry: 10\n\n'))).toBeUndefined()
  })

  it('takes the last id without a NUL, in UTF-8, and an empty one too', () => {
    expect(idOf(Buffer.from('id: 1\nid: ü2\nid: 3\0\n\n'))).toBe('ü2')
    expect(idOf(Buffer.from('id: 1\nid\n\n'))).toBe('')
    expect(idOf(Buffer.from('data: a\n\n'))).toBeUndefined()
  })
})
