import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { mistakeText } from './mistake-text.ts'

const SHAPE = z.strictObject({
  title: z.string().max(5).optional(),
  count: z.int().min(1).optional(),
  share: z.number().positive().optional(),
  state: z.enum(['draft', 'published']).optional(),
  list: z.array(z.boolean()).min(1).optional(),
  of: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('late'), ms: z.number() }),
      z.strictObject({ kind: z.literal('lost') }),
    ])
    .optional(),
  either: z.union([z.string(), z.strictObject({ a: z.int(), b: z.int() })]).optional(),
})

function mistakesIn(value: unknown): readonly string[] {
  const { error } = SHAPE.safeParse(value, { error: mistakeText })
  return (error?.issues ?? []).map(({ path, message }) => [...path, message].join(': '))
}

describe('mistakeText', () => {
  it.each<[unknown, string]>([
    [[], 'expected an object, got a list'],
    [{ title: 7 }, 'title: expected a text, got 7'],
    [{ title: 'too long' }, 'title: expected at most 5 characters, got 8'],
    [{ count: 0 }, 'count: expected at least 1, got 0'],
    [{ count: 1.5 }, 'count: expected a whole number, got 1.5'],
    [{ share: 0 }, 'share: expected more than 0, got 0'],
    [
      { state: 'publishd' },
      'state: expected one of draft, published, got "publishd"; did you mean published?',
    ],
    [{ list: [] }, 'list: expected at least 1 entries, got 0'],
    [{ list: [null] }, 'list: 0: expected true or false, got null'],
    [{ titel: 'a' }, 'unknown key "titel"; did you mean title?'],
    [
      { of: { kind: 'lat' } },
      'of: kind: expected one of late, lost, got "lat"; did you mean late?',
    ],
    [{ of: {} }, 'of: kind: expected one of late, lost, got nothing'],
    [{ of: { kind: 'late' } }, 'of: ms: expected a number, got nothing'],
    [{ either: { a: 1 } }, 'either: b: expected a number, got nothing'],
    [{ either: 7 }, 'either: expected a text, got 7'],
  ])('mistakeText says of %j what was expected, and what came', (value, text) => {
    expect(mistakesIn(value)).toEqual([text])
  })

  it('mistakeText shows the beginning of a long value', () => {
    const [text = ''] = mistakesIn({ count: 'x'.repeat(1_000_000) })
    expect(text).toMatch(/^count: expected a number, got "x{60}…"$/)
    const [unknown = ''] = mistakesIn({ ['x'.repeat(1_000_000)]: 1 })
    expect(unknown).toMatch(/^unknown key "x{60}…"$/)
  })
})
