import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { readSseVectors } from '../../fixtures/read-fixture.ts'
import { FUZZ_CASES, FUZZ_MS } from '../testing/fuzz.ts'
import { readStream, splitStream } from '../testing/reference-reader.ts'
import { FrameSplitter } from './frame-splitter.ts'

const LIMITS = { maxFrameBytes: 1_000_000 }

interface Split {
  readonly frames: readonly Buffer[]
  readonly pendingBytes: number
}

function split(chunks: readonly Buffer[]): Split {
  const splitter = new FrameSplitter(LIMITS)
  const frames: Buffer[] = []
  for (const chunk of chunks) splitter.push(chunk, (frame) => frames.push(Buffer.from(frame)))
  return { frames, pendingBytes: splitter.pendingBytes }
}

function cutAt(bytes: Buffer, ...offsets: readonly number[]): readonly Buffer[] {
  const cuts = [0, ...offsets.toSorted((a, b) => a - b), bytes.length]
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end))
}

function textOf(frames: readonly Buffer[]): readonly string[] {
  return frames.map((frame) => frame.toString('latin1'))
}

/**
 * What clients see: a stream that never begins with a frame, so that nothing in one is taken for a
 * BOM.
 */
function meaningOf(frames: readonly Buffer[]) {
  return readStream(Buffer.concat([Buffer.from(':\n\n'), ...frames])).events
}

describe.each(readSseVectors())('the vector $name', ({ bytes, events, unfinishedBytes }) => {
  it('FrameSplitter keeps the events in one piece', () => {
    const { frames, pendingBytes } = split([bytes])
    expect(meaningOf(frames)).toEqual(events)
    expect(textOf(frames)).toEqual(splitStream(bytes).frames)
    expect(pendingBytes).toBe(unfinishedBytes)
  })

  it('FrameSplitter keeps the events byte by byte', () => {
    const { frames, pendingBytes } = split(bytes.length === 0 ? [] : cutAt(bytes, ...bytes.keys()))
    expect(meaningOf(frames)).toEqual(events)
    expect(pendingBytes).toBe(unfinishedBytes)
  })

  it('FrameSplitter keeps the events when cut at any position', () => {
    for (let offset = 0; offset <= bytes.length; offset += 1) {
      const { frames, pendingBytes } = split(cutAt(bytes, offset))
      expect(meaningOf(frames), `cut at ${offset}`).toEqual(events)
      expect(pendingBytes, `cut at ${offset}`).toBe(unfinishedBytes)
    }
  })
})

describe('a frame splitter', () => {
  const pieces = [
    'data: a',
    'data',
    ':',
    ': c',
    'id: 1',
    'retry: 5',
    '\r',
    '\n',
    '\r\n',
    '\u00ef\u00bb\u00bf',
    '\0',
    ' ',
  ]

  it(
    'FrameSplitter agrees with a slow reader on any bytes, however they are cut',
    () => {
      const streams = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.constantFrom('\n', '\r')), {
        maxLength: 24,
      })
      fc.assert(
        fc.property(streams, fc.array(fc.nat(100), { maxLength: 6 }), (parts, cuts) => {
          const bytes = Buffer.from(parts.join(''), 'latin1')
          const chunks = cutAt(bytes, ...cuts.map((cut) => cut % (bytes.length + 1)))
          const { frames, pendingBytes } = split(chunks)
          const expected = splitStream(bytes)
          // A CR that closes a frame is out before its LF is known to follow; the LF then belongs
          // to nothing.
          expect(textOf(frames).map(withoutLateLf)).toEqual(expected.frames.map(withoutLateLf))
          expect(pendingBytes).toBe(expected.rest.length)
        }),
        { numRuns: FUZZ_CASES },
      )
    },
    FUZZ_MS,
  )

  it('FrameSplitter delivers a frame as soon as its blank line is recognized', () => {
    expect(textOf(split([Buffer.from('data: a\r\n\r')]).frames)).toEqual(['data: a\r\n\r'])
    expect(textOf(split([Buffer.from('data: a\n\n')]).frames)).toEqual(['data: a\n\n'])
  })

  it('FrameSplitter buffers nothing of comments without a blank line', () => {
    const { frames, pendingBytes } = split(
      Array.from({ length: 1000 }, () => Buffer.from(': beat\n')),
    )
    expect(frames).toEqual([])
    expect(pendingBytes).toBe(0)
  })

  it.each(['retry: 500\n', 'retry\r', 'retry:500\r\n'])(
    'hands over the line %j at once, and keeps nothing of it or of the comments that follow',
    (line) => {
      const beats = Array.from({ length: 1000 }, () => Buffer.from(':\n'))
      const bytes = Buffer.from(line)
      for (const parts of [[bytes], cutAt(bytes, ...bytes.keys())]) {
        const { frames, pendingBytes } = split([...parts, ...beats])
        expect(textOf(frames).map(withoutLateLf)).toEqual([withoutLateLf(line)])
        expect(pendingBytes).toBe(0)
      }
    },
  )

  it('FrameSplitter refuses a frame over maxFrameBytes, and delivers the frames before it', () => {
    const splitter = new FrameSplitter({ maxFrameBytes: 20 })
    const frames: Buffer[] = []
    const push = () =>
      splitter.push(Buffer.from('data: a\n\ndata: 0123456789012\n\n'), (frame) =>
        frames.push(frame),
      )
    expect(push).toThrow(/a frame has 21 bytes or more, the limit is 20/)
    expect(textOf(frames)).toEqual(['data: a\n\n'])
  })

  it('FrameSplitter delivers a frame of exactly maxFrameBytes, in any number of pieces', () => {
    const bytes = Buffer.from(`data: ${'x'.repeat(12)}\n\n`)
    const splitter = new FrameSplitter({ maxFrameBytes: bytes.length })
    const frames: Buffer[] = []
    for (const chunk of cutAt(bytes, ...bytes.keys()))
      splitter.push(chunk, (frame) => frames.push(frame))
    expect(Buffer.concat(frames)).toEqual(bytes)
  })

  it('FrameSplitter refuses an endless line once it exceeds maxFrameBytes', () => {
    const splitter = new FrameSplitter({ maxFrameBytes: 100_000 })
    const chunk = Buffer.alloc(40_000, 'x')
    splitter.push(chunk, () => undefined)
    splitter.push(chunk, () => undefined)
    expect(() => splitter.push(chunk, () => undefined)).toThrow(/frame-too-large|limit/)
  })
})

function withoutLateLf(frame: string): string {
  return frame.replace(/\r\n$/, '\r')
}
