import { describe, expect, it } from 'vitest'

import { substitute } from './substitute.ts'

const environment = { A: 'one', EMPTY: '', B: 'x: {y: 1}' }

describe('substitution', () => {
  it.each([
    ['${A}', 'one'],
    ['a${A}b${A}', 'aonebone'],
    ['${A:-two}', 'one'],
    ['${C:-two}', 'two'],
    ['${C:-}', ''],
    ['${C:-http://a:80/-}', 'http://a:80/-'],
    ['${EMPTY:-two}', ''],
    ['$${A}', '${A}'],
    ['$A {A}', '$A {A}'],
    ['${B}', 'x: {y: 1}'],
    ['${C}', '${C}'],
  ])('makes of %s: %s', (text, result) => {
    expect(substitute(text, environment).text).toBe(result)
  })

  it('names what is not set, once', () => {
    expect(substitute('${C} ${C} ${D:-d} ${A}', environment).unset).toEqual(['C'])
  })
})
