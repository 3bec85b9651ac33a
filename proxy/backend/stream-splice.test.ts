import { array, assert, constantFrom, nat, property } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { StreamSplice } from './stream-splice.ts'

/** What the caller passes on when both connections bring these parts of one stream. */
function splice(
  stream: readonly string[],
  { earlierEnd, laterStart, seen }: { earlierEnd: number; laterStart: number; seen: number },
): readonly string[] {
  const joint = new StreamSplice()
  const passed: string[] = []
  const later = stream.slice(laterStart)
  const pass = (frames: readonly Buffer[]): void => {
    passed.push(...frames.map((frame) => frame.toString()))
  }
  for (const frame of stream.slice(0, earlierEnd)) {
    joint.addEarlier(Buffer.from(frame))
    passed.push(frame)
  }
  for (const frame of later.slice(0, seen)) pass(joint.addLater(Buffer.from(frame)))
  pass(joint.endEarlier())
  for (const frame of later.slice(seen)) pass(joint.addLater(Buffer.from(frame)))
  pass(joint.join())
  return passed
}

describe('StreamSplice', () => {
  it('StreamSplice passes each event on once and in order, wherever the two connections begin and end', () => {
    const cut = nat({ max: 30 })
    assert(
      property(
        array(constantFrom('a', 'b', 'c'), { maxLength: 30 }),
        cut,
        cut,
        cut,
        (kinds, a, b, seen) => {
          const stream = kinds.map((kind, index) => `${kind}${index}`)
          const [laterStart = 0, earlierEnd = 0] = [a, b].toSorted((x, y) => x - y)
          expect(splice(stream, { earlierEnd, laterStart, seen })).toEqual(stream)
        },
      ),
    )
  })

  it('StreamSplice distinguishes equal events by their neighbours', () => {
    const stream = ['a', 'b', 'a', 'b', 'c', 'a', 'b']
    expect(splice(stream, { earlierEnd: 5, laterStart: 2, seen: 1 })).toEqual(stream)
    expect(splice(stream, { earlierEnd: 3, laterStart: 1, seen: 4 })).toEqual(stream)
  })

  it('StreamSplice releases what it holds when the earlier connection does not end', () => {
    const joint = new StreamSplice()
    expect(joint.addLater(Buffer.from('a'))).toEqual([])
    expect(joint.join().map(String)).toEqual(['a'])
    expect(joint.addLater(Buffer.from('b')).map(String)).toEqual(['b'])
    expect(joint.endEarlier()).toEqual([])
  })
})
