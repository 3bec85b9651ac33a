import { readdirSync } from 'node:fs'

import { expect, test } from 'vitest'
import { z } from 'zod'

import { CATALOGUE } from './catalogue.ts'

const ids = CATALOGUE.map(({ id }) => id)

test('every check id is unique and of the form group.name', () => {
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[a-z][a-z0-9]*\.[a-z0-9-]+$/.test(id))).toEqual([])
})

test('every check cites its rule and names a mutant', () => {
  const bare = CATALOGUE.filter(
    ({ source, kills }) =>
      !/^(\[(sse|http|http\/1\.1|http\/2|tls|sni|old-tls|caching|cookies|protocol) §[\d.]+\] ?)+$/.test(
        source,
      ) || kills.length === 0,
  )
  expect(bare.map(({ id }) => id)).toEqual([])
})

test('a check of basis choice judges only targets that claim the capability', () => {
  const binding = CATALOGUE.filter(
    ({ basis, needs, variant, level }) =>
      basis === 'choice' && needs.length === 0 && variant === undefined && level !== 'info',
  )
  expect(binding.map(({ id }) => id)).toEqual([])
})

test('check titles are sentences without a final period', () => {
  expect(CATALOGUE.filter(({ title }) => !/^[A-Z].*[^.]$/.test(title)).map(({ id }) => id)).toEqual(
    [],
  )
})

/** The value that a check module exports: a list of objects with an id. */
const checkList = z.array(z.object({ id: z.string(), kills: z.array(z.string()) })).min(1)

test('each check file is named after the group of its ids: GROUP.ts, GROUP-topic.ts or GROUP/topic.ts', async () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.includes('/') && path.endsWith('.ts'),
  )
  const found: string[] = []
  for (const path of files) {
    const exported: object = await import(`./${path}`)
    const lists = Object.values(exported).map((value: unknown) => checkList.safeParse(value))
    for (const { id } of lists.flatMap(({ data = [] }) => data)) {
      found.push(id)
      const [group = ''] = id.split('.')
      expect(path, id).toMatch(new RegExp(`/${group}(?:-[a-z-]+)?(?:\\.ts|/[a-z-]+\\.ts)$`))
    }
  }
  expect(found.toSorted()).toEqual(ids.toSorted())
})
