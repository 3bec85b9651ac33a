import { expect, test } from 'vitest'

import { shuffle } from './shuffle.ts'

const items = Array.from({ length: 50 }, (_, index) => index)

test('a seed gives one order, another seed another, and nothing is lost', () => {
  expect(shuffle(items, 1)).toEqual(shuffle(items, 1))
  expect(shuffle(items, 1)).not.toEqual(shuffle(items, 2))
  expect(shuffle(items, 1)).not.toEqual(items)
  expect(shuffle(items, 1).toSorted((a, b) => a - b)).toEqual(items)
})
