import { request } from 'node:http'

import { afterAll, beforeAll, expect, it } from 'vitest'

import { LIMITS } from '../content/limits.ts'
import type { MockContentStore } from '../start.ts'
import { startMockContentStore } from '../start.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'

const STATS = '/__mock/stats'
let store: MockContentStore
beforeAll(async () => {
  store = await startMockContentStore({ acceptAnyLogin: true })
})
afterAll(() => store.close())

/** The newest value of each event. */
function newest({ text }: StreamReader): Readonly<Record<string, number>> {
  const events = text.matchAll(/^event: (\w+)\ndata: (\d+)\n\n/gm)
  return Object.fromEntries(Array.from(events, ([, name = '', value]) => [name, Number(value)]))
}

it('GET /__mock/stats sends connections, requests and uptime at once, and what changes later', async () => {
  await using monitor = await StreamReader.open(store.url + STATS)
  await until(() => 'uptime' in newest(monitor), 'the first counts')
  expect(Object.keys(newest(monitor))).toEqual(['connections', 'requests', 'uptime'])
  const { requests = 0, uptime = 0 } = newest(monitor)
  expect(newest(monitor)['connections']).toBe(0)

  await using stream = await StreamReader.open(`${store.url}/webservice/escenic/changelog/sse`)
  await until(() => newest(monitor)['connections'] === 1, 'the new connection')
  expect(stream.ended).toBe(false)
  await until(() => newest(monitor)['requests'] === requests + 1, 'the request of the stream')
  await until(() => (newest(monitor)['uptime'] ?? 0) > uptime, 'a later uptime')
  // A count that did not change is not sent again.
  expect(monitor.text.match(/^event: connections$/gm)).toHaveLength(2)
  store.control.closeStreams()
  await until(() => newest(monitor)['connections'] === 0, 'the end of the connection')
})

it('a follower of /__mock/stats is no client and no request of the store', async () => {
  await using first = await StreamReader.open(store.url + STATS)
  await until(() => 'uptime' in newest(first), 'the first counts')
  await using second = await StreamReader.open(store.url + STATS)
  await until(() => 'uptime' in newest(second), 'the first counts')
  expect(newest(second)['requests']).toBe(newest(first)['requests'])
  expect(store.control.clients()).toEqual([])
})

it('GET /__mock/stats refuses pages of other origins, and names of the host that are not allowed', async () => {
  const origin = await fetch(store.url + STATS, { headers: { Origin: 'http://page.test' } })
  expect(origin.status).toBe(403)
  const { port } = new URL(store.url)
  const status = await new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', path: STATS, headers: { Host: 'rebound.test' } })
      .on('response', (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      .on('error', reject)
      .end()
  })
  expect(status).toBe(403)
})

it('/__mock/stats has a limit of followers, and room again when one has left', async () => {
  const readers = await Promise.all(
    Array.from({ length: LIMITS.statsFollowers }, () => StreamReader.open(store.url + STATS)),
  )
  const refused = await fetch(store.url + STATS)
  expect(refused.status).toBe(409)
  expect(await refused.text()).toContain('statsFollowers')
  for (const reader of readers) await reader[Symbol.asyncDispose]()
  await until(async () => {
    const response = await fetch(store.url + STATS)
    await response.body?.cancel()
    return response.status === 200
  }, 'room for a follower')
})

it('/__mock/stats ends when the store closes', async () => {
  const closing = await startMockContentStore()
  await using monitor = await StreamReader.open(closing.url + STATS)
  await closing.close()
  await until(() => monitor.ended, 'the end of the stream')
  expect(newest(monitor)['connections']).toBe(0)
})
