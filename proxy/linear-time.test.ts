import { describe, expect, it } from 'vitest'

import { FOREIGN_READERS } from './testing/foreign-readers.ts'
import { regexReader } from './testing/regex-reader.ts'
import { regexUses, regexUsesIn } from './testing/regex-literals.ts'
import { MOST_GROWTH, timeGrowthOf } from './testing/time-growth.ts'

const MINUTES_MS = 300_000
/** A short run measures one of these parts; its seed selects which. */
const PARTS = Number(process.env['LINEAR_TIME_PARTS'] ?? 1)
const PART = Number(process.env['TEST_SEED'] ?? 0) % PARTS
const { literals, builders } = regexUses()

function partOf<T>(all: readonly T[]): readonly T[] {
  return all.filter((_, index) => index % PARTS === PART)
}

describe('linear time of proxy', () => {
  it.each(partOf(FOREIGN_READERS).map((reader) => [reader.name, reader] as const))(
    '%s takes the same time per byte for an input of any length',
    (_name, reader) => {
      const { growth, input } = timeGrowthOf(reader)
      expect(growth, input).toBeLessThan(MOST_GROWTH)
    },
    MINUTES_MS,
  )

  it.each(partOf(literals).map(({ file, pattern }) => [file, pattern] as const))(
    'the pattern in %s takes linear time: %s',
    (file, pattern) => {
      const { growth, input } = timeGrowthOf(regexReader(file, pattern))
      expect(growth, input).toBeLessThan(MOST_GROWTH)
    },
    MINUTES_MS,
  )
})

describe('the list of patterns', () => {
  it('the list of patterns has every regular expression of the sources', () => {
    expect(builders).toEqual([])
    expect(literals.length).toBeGreaterThan(20)
  })

  it('the list of patterns has literals and patterns built at run time', () => {
    const { literals: seen, builders: built } = regexUsesIn(
      'a.ts',
      'const a: RegExp = /b+/gi\nexport const c = [new RegExp(d), RegExp("e")]',
    )
    expect(seen.map(({ pattern }) => pattern)).toEqual([/b+/gi])
    expect(built).toEqual(['a.ts', 'a.ts'])
  })
})

describe('the measurement of linear time', () => {
  it.each([
    ['a cubic field line', /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t -~\u0080-\u00ff]*?)[ \t]*$/],
    ['three stars', /^https:\/\/.*a.*b.*c\.example$/],
    ['a search that restarts at each position', /(\$?)\$\{([^}:]+)(?::-([^}]*))?\}/g],
    ['spaces at the end', /[ \t]+$/],
  ])(
    'the measurement finds %s',
    (name, pattern) => {
      const { growth } = timeGrowthOf(regexReader(name, pattern))
      expect(growth).toBeGreaterThan(MOST_GROWTH)
    },
    MINUTES_MS,
  )

  it('the measurement finds a loop that reads the rest of its input at each character', () => {
    const { growth } = timeGrowthOf({
      name: 'reads the rest',
      read: readEachRest,
      contexts: [['', '']],
      pumps: ['a'],
    })
    expect(growth).toBeGreaterThan(MOST_GROWTH)
  })
})

/** Counts the ends of lines after each character. */
function readEachRest(text: string): number {
  let ends = 0
  for (let start = 0; start < text.length; start += 1) {
    for (let at = start; at < text.length; at += 1) if (text.charCodeAt(at) === 10) ends += 1
  }
  return ends
}
