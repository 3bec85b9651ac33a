import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'

import request from 'supertest'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'

import { serveStore } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'
import { until } from '../testing/until.ts'
import type { LANE_EVENT } from './lanes.ts'

type LaneEvent = z.output<typeof LANE_EVENT>

/** A server in the place of a proxy. */
async function serve(
  listener: RequestListener,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Follows both lanes until it is aborted. */
async function follow(storeUrl: string) {
  const gone = new AbortController()
  const events: LaneEvent[] = []
  const { body } = await fetch(`${storeUrl}/__mock/proxy/lanes`, { signal: gone.signal })
  const reading = (async () => {
    let text = ''
    for await (const bytes of body ?? []) {
      text += new TextDecoder().decode(bytes)
      const frames = text.split('\n\n')
      text = frames.pop() ?? ''
      for (const frame of frames) {
        if (frame.startsWith('data: ')) events.push(JSON.parse(frame.slice('data: '.length)))
      }
    }
  })().catch(() => {})
  return {
    events,
    stop: async () => {
      gone.abort()
      await reading
    },
  }
}

describe('the proxy beside the store', () => {
  it('both lanes have their events, by one clock, and the follower is no client of the store', async () => {
    await using store = await serveStore()
    await StreamReader.open(`${store.url}/webservice/escenic/changelog/sse`)
    await using proxy = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write(':\n\nid: p-1\ndata: from the proxy\n\n')
    })
    await request(store.url).put('/__mock/proxy').send({ url: proxy.url })
    const lanes = await follow(store.url)
    await until(() => lanes.events.length === 2, 'the events of the proxy')
    store.control.publishItem(801)
    await until(() => lanes.events.length === 4, 'the events of the store')
    expect(lanes.events.map(({ lane, kind, data, id }) => [lane, kind, data, id])).toEqual([
      ['proxy', 'open', '', ''],
      ['proxy', 'event', 'from the proxy', 'p-1'],
      ['store', 'event', expect.stringContaining('/changelog/publication/1'), ''],
      ['store', 'event', expect.stringContaining('/changelog/section/12'), ''],
    ])
    const times = lanes.events.map(({ atMs }) => atMs)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(store.control.clients()).toHaveLength(1)
    await lanes.stop()
  })

  it('a proxy that refuses or ends its stream is asked again, and the lane says why', async () => {
    await using store = await serveStore()
    let asked = 0
    await using proxy = await serve((_request, response) => {
      asked += 1
      response.writeHead(asked === 1 ? 503 : 200, { 'Content-Type': 'text/event-stream' }).end()
    })
    await request(store.url).put('/__mock/proxy').send({ url: proxy.url })
    const lanes = await follow(store.url)
    await until(() => lanes.events.length >= 3, 'a second attempt')
    expect(lanes.events.slice(0, 3).map(({ kind, data }) => [kind, data])).toEqual([
      ['end', 'HTTP 503'],
      ['open', ''],
      ['end', 'the proxy has ended the stream'],
    ])
    await lanes.stop()
  })

  it('health and metrics of the proxy are read through the store, whole or not at all', async () => {
    await using store = await serveStore()
    await using admin = await serve(({ url }, response) => {
      if (url === '/metrics') response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end()
      else response.writeHead(500).end('{"backEnd":{"healthy":false}}')
    })
    const setting = { url: 'http://127.0.0.1:9/', adminUrl: admin.url }
    await request(store.url).put('/__mock/proxy').send(setting)
    const { body } = await request(store.url).get('/__mock/proxy')
    expect(body).toMatchObject({
      ...setting,
      health: { status: 500, text: '{"backEnd":{"healthy":false}}' },
      // A redirect may lead to where the store must not read.
      metrics: { status: 0 },
    })
  })

  it.each([
    ['http://192.0.2.1/', 400],
    ['http://metadata.test/', 400],
    ['file:///etc/passwd', 400],
    ['http://allowed.test:9080/', 200],
    ['http://[::1]:9080/', 200],
    ['http://localhost:9080', 200],
    ['', 200],
  ])(
    'the store reads a proxy on loopback or on an allowed host alone: %j is answered %i',
    async (url, status) => {
      await using store = await serveStore({ allowHost: ['allowed.test'] })
      expect((await request(store.url).put('/__mock/proxy').send({ url })).status).toBe(status)
      const adminUrl = await request(store.url)
        .put('/__mock/proxy')
        .send({ url: '', adminUrl: url })
      expect(adminUrl.status).toBe(status)
    },
  )

  it('--proxy and --proxy-admin name the proxy at the start, with the same rule', async () => {
    await using store = await serveStore({
      proxy: 'http://127.0.0.1:9',
      proxyAdmin: 'http://127.0.0.1:7',
    })
    expect((await store.control.proxy.report()).url).toBe('http://127.0.0.1:9')
    await expect(serveStore({ proxy: 'http://192.0.2.1' })).rejects.toThrow('--allow-host')
  })
})
