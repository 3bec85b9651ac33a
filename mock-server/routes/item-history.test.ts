import request from 'supertest'
import { expect, it } from 'vitest'

import type { ReadFeed } from '../testing/read-feed.ts'
import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const LOG = '/webservice/escenic/content/801/log'

it('the history of an item shows the author and the new state of each change, newest first', async () => {
  await using store = await serveStore()
  store.control.updateItem(801, { title: 'A' })
  await request(store.url)
    .delete('/webservice/escenic/content/801')
    .auth(...TEST_LOGIN)
    .expect(200)
  const { text } = await request(store.url)
    .get(LOG)
    .auth(...TEST_LOGIN)
    .expect(200)
  expect(readFeed(text).title).toBe('Article log')
  const lines = [...text.matchAll(/<title type="text">(?!Article)([^<]+)<[\s\S]*?<name>([^<]+)</g)]
  expect(lines.map(([, title, name]) => [title, name])).toEqual([
    ['State: deleted', 'Test Editor'],
    ['Changed', 'Test Editor'],
    ['State: published', 'Test Editor'],
  ])
  expect(text).toContain('name="deleted">deleted</vaext:state>')
})

it('the history of an item links to newer lines by next and to older lines by previous', async () => {
  await using store = await serveStore()
  for (let n = 0; n < 3; n += 1) store.control.updateItem(801, { title: `${n}` })
  const get = async (url: string): Promise<ReadFeed> => {
    const { text } = await request(store.url)
      .get(url.replace(store.url, ''))
      .auth(...TEST_LOGIN)
      .expect(200)
    return readFeed(text)
  }
  const newest = await get(`${LOG}?count=3`)
  const older = await get(newest.links.get('previous') ?? '')
  expect([newest.entries.length, older.entries.length]).toEqual([3, 1])
  expect(newest.links.get('next')).toContain('/after/')
  expect((await get(newest.links.get('next') ?? '')).entries).toEqual([])
  expect((await get(older.links.get('next') ?? '')).entries).toHaveLength(3)
})

it('an empty page of a history links to where it is, so a client that polls next reads no line twice', async () => {
  await using store = await serveStore()
  const get = async (path: string): Promise<ReadFeed> => {
    const { text } = await request(store.url)
      .get(path.replace(store.url, ''))
      .auth(...TEST_LOGIN)
      .expect(200)
    return readFeed(text)
  }
  const edge = await get((await get(LOG)).links.get('next') ?? '')
  expect(edge.entries).toEqual([])
  expect(edge.links.get('next')).toBe(`${store.url}${LOG}/after/5041?count=10`)
  store.control.updateItem(801, { title: 'A' })
  const polled = await get(edge.links.get('next') ?? '')
  expect(polled.entries.map(({ title }) => title)).toEqual(['Changed'])
  // Back from the edge: the lines that were there.
  const back = await get(edge.links.get('previous') ?? '')
  expect(back.entries.map(({ title }) => title)).toEqual(['State: published'])
  const bottom = await get(`${LOG}/before/5041`)
  expect(bottom.entries).toEqual([])
  expect((await get(bottom.links.get('next') ?? '')).entries).toHaveLength(2)
  expect((await get(bottom.links.get('previous') ?? '')).entries).toEqual([])
  expect((await get(`${LOG}/before/0`)).links.get('next')).toContain('/after/0?')
})

it.each([
  ['/webservice/escenic/content/9999/log', 404],
  [`${LOG}?count=0`, 400],
  [`${LOG}/before/x`, 400],
])('the history of an item answers %s with %i', async (path, status) => {
  await using store = await serveStore()
  const response = await request(store.url)
    .get(path)
    .auth(...TEST_LOGIN)
  expect(response.status).toBe(status)
})
