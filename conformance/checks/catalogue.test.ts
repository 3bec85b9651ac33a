import { expect, test } from 'vitest'

import { CATALOGUE } from './catalogue.ts'

const ids = CATALOGUE.map(({ id }) => id)

test('every id is there once and is a group and a name', () => {
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[a-z]+\.[a-z0-9-]+$/.test(id))).toEqual([])
})

test('every check cites its rule and names a mutant', () => {
  const bare = CATALOGUE.filter(
    ({ source, kills }) =>
      !/^(\[(sse|http|http\/1\.1|cookies|protocol) §[\d.]+\] ?)+$/.test(source) ||
      kills.length === 0,
  )
  expect(bare.map(({ id }) => id)).toEqual([])
})

test('our own choices bind nobody who does not claim them', () => {
  const binding = CATALOGUE.filter(
    ({ basis, needs, variant, level }) =>
      basis === 'choice' && needs.length === 0 && variant === undefined && level !== 'info',
  )
  expect(binding.map(({ id }) => id)).toEqual([])
})

test('titles are sentences without an end, and say what a conforming target does', () => {
  expect(CATALOGUE.filter(({ title }) => !/^[A-Z].*[^.]$/.test(title)).map(({ id }) => id)).toEqual(
    [],
  )
})
