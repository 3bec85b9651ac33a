import { describe, expect, it } from 'vitest'

import { expressionsIn, fillIn, readTemplate } from './substitute.ts'

const environment = { A: 'one', EMPTY: '', B: 'x: {y: 1}', 'a.b': 'dotted' }

const substituted = (text: string) => {
  const { text: template, expressions } = readTemplate(text, environment)
  return fillIn(template, expressions)
}
const unknownIn = (text: string) => {
  const { text: template, expressions } = readTemplate(text, environment)
  return expressionsIn(template, expressions)
    .filter(({ value }) => value === undefined)
    .map(({ name, source }) => name ?? source)
}

describe('readTemplate', () => {
  it.each([
    ['${A}', 'one'],
    ['a${A}b${A}', 'aonebone'],
    ['${A:-two}', 'one'],
    ['${C:-two}', 'two'],
    ['${C:-}', ''],
    ['${C:-http://a:80/-}', 'http://a:80/-'],
    ['${EMPTY:-two}', ''],
    ['${A:-${B}}', 'one'],
    ['${C:-${A}}', 'one'],
    ['${C:-${D:-${A}!}?}', 'one!?'],
    ['$${A}', '${A}'],
    ['$A {A} $', '$A {A} $'],
    ['${B}', 'x: {y: 1}'],
    ['${a.b}', 'dotted'],
    ['${C}', '${C}'],
    ['${A:?text}', '${A:?text}'],
    ['${A', '${A'],
    ['${', '${'],
  ])('readTemplate turns %s into %s', (text, result) => {
    expect(substituted(text)).toBe(result)
  })

  it.each([
    ['${C} ${D:-d} ${A}', ['C']],
    ['${C:-${D}}', ['D']],
    ['${A:-${D}}', []],
    ['${A:?text}', ['${A:?text}']],
    ['${A:+text}', ['${A:+text}']],
    ['${A-text}', ['${A-text}']],
    ['${my name}', ['${my name}']],
    ['${}', ['${}']],
    ['${A\n}', ['${A']],
    ['$${C}', []],
  ])('readTemplate finds in %s the expressions without a value: %j', (text, names) => {
    expect(unknownIn(text)).toEqual(names)
  })

  it('readTemplate keeps the offsets of text after an expression', () => {
    expect(readTemplate('a: ${A} # x', environment).text).toHaveLength('a: ${A} # x'.length)
  })

  it('readTemplate reads very deeply nested defaults', () => {
    expect(() => readTemplate('${A:-'.repeat(20_000), {})).not.toThrow()
  })
})
