import { expect, test } from 'vitest'

import { shuffle } from './shuffle.ts'

const items = Array.from({ length: 50 }, (_, index) => index)

test('shuffle returns one order per seed and keeps every item', () => {
  expect(shuffle(items, 1)).toEqual(shuffle(items, 1))
  expect(shuffle(items, 1)).not.toEqual(shuffle(items, 2))
  expect(shuffle(items, 1)).not.toEqual(items)
  expect(shuffle(items, 1).toSorted((a, b) => a - b)).toEqual(items)
})
