import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { TextPattern } from './text-pattern.ts'

it.each([
  ['https://a.example', 'https://a.example', true],
  ['https://a.example', 'https://axexample', false],
  ['https://a.example', 'https://a.example:8443', false],
  ['https://*.b.example', 'https://x.y.b.example', true],
  ['https://*.b.example', 'https://b.example', false],
  ['https://*.b.example', 'https://x.b.example.evil', false],
  ['*', 'null', true],
  ['*aa*aa*', 'aaa', false],
  ['*aa*aa*', 'aaaa', true],
  ['a*a', 'a', false],
  ['https://*-*-*.example', 'https://a-b-c.example', true],
  ['https://*-*-*.example', 'https://a-b.example', false],
])('TextPattern %j matches %j: %s', (pattern, origin, isMatch) => {
  expect(new TextPattern(pattern).matches(origin)).toBe(isMatch)
})

const text = (...characters: readonly string[]) =>
  fc.string({ unit: fc.constantFrom(...characters), maxLength: 12 })

it('TextPattern agrees with a regular expression for short texts', () => {
  fc.assert(
    fc.property(text('a', 'b', '.', '*'), text('a', 'b', '.'), (pattern, origin) => {
      const source = pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')
      const expected = new RegExp(`^${source}$`).test(origin)
      expect(new TextPattern(pattern).matches(origin)).toBe(expected)
    }),
    { numRuns: 5000 },
  )
})
