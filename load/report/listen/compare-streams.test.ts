import { describe, expect, it } from 'vitest'

import { compareStreams, type SequenceEntry } from './compare-streams.ts'
import { differenceOf } from './difference.ts'

/** One letter is one event; the n-th arrives n seconds after the start. */
function sequence(letters: string, streams: number, changes: Partial<SequenceEntry> = {}) {
  return {
    kind: 'sequence' as const,
    fromMs: 0,
    toMs: 1_000_000,
    streams,
    example: `shard 1, stream ${streams}`,
    events: Array.from(letters, (text, index) => {
      return { text, firstMs: index * 1_000, lastMs: index * 1_000 + 5 }
    }),
    ...changes,
  }
}

describe('compareStreams', () => {
  it('compareStreams finds all streams alike, in several shards', () => {
    const other = sequence('aab', 5, {
      events: [
        { text: 'a', firstMs: 2, lastMs: 900 },
        { text: 'a', firstMs: 900, lastMs: 1_100 },
        { text: 'b', firstMs: 2_001, lastMs: 2_002 },
      ],
    })
    expect(compareStreams([sequence('aab', 7), other])).toEqual({
      streams: 12,
      alike: 12,
      judged: 3,
      faults: [],
      events: [
        { text: 'a', firstMs: 0, lastMs: 900 },
        { text: 'a', firstMs: 900, lastMs: 1_100 },
        { text: 'b', firstMs: 2_000, lastMs: 2_005 },
      ],
    })
  })

  it.each([
    ['a lost event', 'abcd', 'abd', 'lost c, which 9 streams received at 00:00:02.000'],
    ['a lost event among equal ones', 'aaab', 'aab', 'lost a, which 9 streams'],
    ['a repeated event', 'abcd', 'abbcd', 'received b at'],
    ['two events in another order', 'abcd', 'acbd', 'in another order than 9 streams'],
    ['an event that no other stream received', 'abcd', 'abcxd', 'received x at'],
    ['other events', 'a'.repeat(3_000), 'b'.repeat(3_000), 'received other events than 9 streams'],
  ])('compareStreams names %s, and the stream', (_name, most, few, sentence) => {
    const { streams, alike, faults } = compareStreams([sequence(few, 1), sequence(most, 9)])
    expect({ streams, alike }).toEqual({ streams: 10, alike: 9 })
    expect(faults).toEqual([expect.stringContaining(sentence)])
    expect(faults[0]).toMatch(/^shard 1, stream 1: /)
  })

  it('compareStreams leaves events that arrived while streams were opening or closing', () => {
    const window = { fromMs: 1_500, toMs: 3_500 }
    const early = sequence('abcdef', 9, window)
    const events = sequence('abcdef', 1).events.slice(2, 5)
    expect(compareStreams([early, sequence('', 1, { ...window, events })])).toMatchObject({
      alike: 10,
      judged: 2,
      faults: [],
    })
    const without = sequence('abcdef', 1).events.filter(({ text }) => text !== 'd')
    expect(compareStreams([early, sequence('', 1, { ...window, events: without })])).toMatchObject({
      alike: 9,
      faults: [expect.stringContaining('lost d')],
    })
  })
})

describe('differenceOf', () => {
  it('differenceOf finds a smallest difference that turns one list into the other', () => {
    const letters = 'ab'
    let seed = 7
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
    for (let run = 0; run < 300; run++) {
      const list = () => Array.from({ length: random(9) }, () => letters[random(2)] ?? '')
      const [wanted, got] = [list(), list()]
      const { missing, surplus } = differenceOf(wanted, got) ?? { missing: [-1], surplus: [] }
      const rest = wanted.filter((_, index) => !missing.includes(index))
      expect(rest).toEqual(got.filter((_, index) => !surplus.includes(index)))
      expect(missing.length + surplus.length).toBe(
        wanted.length + got.length - 2 * longestCommon(wanted, got),
      )
    }
  })
})

/** Length of the longest common subsequence, the slow and plain way. */
function longestCommon(one: readonly string[], other: readonly string[]): number {
  const [a, ...restOne] = one
  const [b, ...restOther] = other
  if (a === undefined || b === undefined) return 0
  if (a === b) return 1 + longestCommon(restOne, restOther)
  return Math.max(longestCommon(restOne, other), longestCommon(one, restOther))
}
