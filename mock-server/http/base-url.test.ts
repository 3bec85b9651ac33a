import request from 'supertest'
import { expect, it } from 'vitest'

import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const PATH = '/webservice/escenic/changelog/section/12'

it.each([
  [{ Host: 'cs.test' }, 'http://cs.test'],
  [{ Host: 'cs.test:8443' }, 'http://cs.test:8443'],
  [{ Host: '[::1]:8080' }, 'http://[::1]:8080'],
  [
    { Host: 'inner', 'X-Forwarded-Host': 'outer.test', 'X-Forwarded-Proto': 'https' },
    'https://outer.test',
  ],
  [{ Host: 'inner', 'X-Forwarded-Host': 'outer.test, middle.test' }, 'http://outer.test'],
  [{ 'X-Forwarded-Host': 'outer.test', 'X-Forwarded-Port': '8443' }, 'http://outer.test:8443'],
  [
    { 'X-Forwarded-Host': 'outer.test', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443' },
    'https://outer.test',
  ],
])('baseUrlOf builds URLs from %j', async (headers, baseUrl) => {
  await using store = await serveStore()
  const response = await request(store.url)
    .get(PATH)
    .auth(...TEST_LOGIN)
    .set(headers)
    .expect(200)
  const feed = readFeed(response.text)
  expect(feed.id).toBe(baseUrl + PATH)
  expect(feed.links.get('event-stream')).toBe(`${baseUrl}/webservice/escenic/changelog/sse`)
})

it('baseUrlOf prefers the public URL to every header of the request', async () => {
  await using store = await serveStore({ publicUrl: 'https://public.test' })
  const response = await request(store.url)
    .get(PATH)
    .auth(...TEST_LOGIN)
    .set('X-Forwarded-Host', 'outer.test')
  expect(readFeed(response.text).id).toBe(`https://public.test${PATH}`)
})

it.each([
  { Host: 'a b' },
  { Host: 'evil.test/path' },
  { Host: 'a"><x' },
  { Host: 'user@evil.test' },
  { Host: 'cs.test:port' },
  { 'X-Forwarded-Host': 'x?y' },
  { 'X-Forwarded-Proto': 'javascript' },
  { 'X-Forwarded-Port': '1/x' },
])('baseUrlOf refuses %j', async (headers) => {
  await using store = await serveStore()
  for (const path of [PATH, '/webservice/escenic/changelog/sse']) {
    const response = await request(store.url)
      .get(path)
      .auth(...TEST_LOGIN)
      .set(headers)
    expect(response.status).toBe(400)
    expect(response.text).toContain('expected')
  }
})
