import { describe, expect, it } from 'vitest'

import { tooDeepAt } from './yaml-depth.ts'

describe('tooDeepAt', () => {
  it.each([
    ['open lists', '['.repeat(257)],
    ['open maps', '{a: '.repeat(257)],
    ['lists in one line', `a:\n  ${'- '.repeat(257)}`],
    [
      'indented maps',
      Array.from({ length: 258 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    ],
  ])('tooDeepAt finds the end of too many %s', (_what, text) => {
    expect(tooDeepAt(text)).toBeGreaterThan(0)
  })

  it('tooDeepAt accepts many lists and maps side by side, and brackets in texts', () => {
    expect(tooDeepAt('- a: [1, {b: 2}]\n'.repeat(1_000))).toBeUndefined()
    expect(tooDeepAt(`a: "${'[x] '.repeat(1_000)}"\n`)).toBeUndefined()
  })
})
