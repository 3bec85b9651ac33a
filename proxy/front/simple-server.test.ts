import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { parseConfig } from '../config/read-config.ts'
import { createLogger } from '../logger.ts'
import { type RunningProxy, startProxy } from '../start.ts'
import { eventually } from '../testing/deadline.ts'
import { H2Client } from '../testing/h2-client.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ScriptedBackEnd, startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'

let backEnd: ScriptedBackEnd
let proxy: RunningProxy
let port: number

const simple = (uri: string, connector: object) => ({
  server: { type: 'simple', connector, adminContextPath: '/ops' },
  backends: [{ uri }],
  proxy: { heartbeatMs: 100, backEnd: { reconnectFirstMs: 50, reconnectCapMs: 200 } },
})

beforeAll(async () => {
  backEnd = await startBackEnd()
  const file = simple(backEnd.uri, { type: 'h2c', port: 0 })
  const config = parseConfig(JSON.stringify(file), 'file.yaml', {})
  proxy = await startProxy(config, createLogger('silent'), [])
  port = Number(new URL(proxy.url).port)
  await eventually('it is healthy', async () => (await fetch(`${proxy.url}/ops/healthcheck`)).ok)
})
afterAll(async () => {
  await proxy.close()
  await backEnd[Symbol.asyncDispose]()
})

describe('a server of type simple', () => {
  it.each(['/', '/application/sse', '/opsx', '/?a=/ops', '/sse/ops'])(
    'a server of type simple has the stream on %s',
    async (path) => {
      await using client = await RawClient.get({ port, path })
      await eventually('a heartbeat comes', () => client.body.includes(':'))
      expect(client.head).toContain('\r\nContent-Type: text/event-stream\r\n')
      await using h2 = new H2Client(proxy.url)
      const { head } = await h2.request({ ':path': path })
      expect(head?.['content-type']).toBe('text/event-stream')
    },
  )

  it('a server of type simple has the admin pages below adminContextPath, by HTTP/1.1 and HTTP/2', async () => {
    await using h2 = new H2Client(proxy.url)
    const pages = [
      ['/ops/ping', 200, 'text/plain', 'pong\n'],
      ['/ops/ready?a=b', 200, 'text/plain', 'ready\n'],
      ['/ops', 200, 'text/html', '<a href="/ops/ping">'],
      ['/ops/', 200, 'text/html', '<a href="/ops/threads">'],
      ['/ops/metrics/prometheus', 200, 'text/plain', 'sse_proxy_clients'],
      ['/ops/nothing', 404, 'text/plain', 'Not Found\n'],
    ] as const
    for (const [path, status, type, text] of pages) {
      const response = await fetch(`${proxy.url}${path}`)
      const body = await response.text()
      expect([path, response.status]).toEqual([path, status])
      expect(response.headers.get('content-type')).toContain(type)
      expect(body).toContain(text)
      const exchange = await h2.request({ ':path': path })
      await eventually('the page is whole', () => exchange.isClosed)
      expect([path, exchange.head?.[':status']]).toEqual([path, status])
      expect(exchange.body).toContain(text)
    }
    const head = await fetch(`${proxy.url}/ops/ping`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '5'])
  })

  it('a server of type simple refuses an upgrade, also with admin.tasks: on', async () => {
    const file = simple(backEnd.uri, { type: 'http', port: 0 })
    const text = JSON.stringify({ ...file, proxy: { ...file.proxy, admin: { tasks: 'on' } } })
    const open = await startProxy(parseConfig(text, 'file.yaml', {}), createLogger('silent'), [])
    try {
      expect((await fetch(`${open.url}/ops/tasks/gc`, { method: 'POST' })).status).toBe(200)
      const upgrade = await fetch(`${open.url}/ops/tasks/upgrade`, { method: 'POST' })
      expect([upgrade.status, await upgrade.text()]).toEqual([
        403,
        'an upgrade is for programs on this host: use the admin port\n',
      ])
    } finally {
      await open.close()
    }
  })

  it('a server of type simple refuses tasks, pages of other origins and names that it does not know', async () => {
    const task = await fetch(`${proxy.url}/ops/tasks/gc`, { method: 'POST' })
    expect([task.status, await task.text()]).toEqual([
      403,
      'tasks are off: see proxy.admin.tasks\n',
    ])
    const origin = { Origin: 'http://evil.example' }
    expect((await fetch(`${proxy.url}/ops/metrics`, { headers: origin })).status).toBe(403)
    await using rebound = await RawClient.dial(port)
    rebound.socket.write('GET /ops/metrics HTTP/1.1\r\nHost: rebound.example\r\n\r\n')
    await eventually('it is answered', () => rebound.isClosed)
    expect(rebound.head).toMatch(/^HTTP\/1\.1 403 /)
    await using h2 = new H2Client(proxy.url)
    const authority = { ':path': '/ops/metrics', ':authority': 'rebound.example' }
    expect((await h2.request(authority)).head?.[':status']).toBe(403)
  })

  it('a server of type simple gives clients eight admin pages at a time, however slowly they read', async () => {
    {
      await using slow = new H2Client(proxy.url, { settings: { initialWindowSize: 0 } })
      const pages = Array.from({ length: 9 }, () => slow.request({ ':path': '/ops/metrics' }))
      const statuses = (await Promise.all(pages)).map(({ head }) => head?.[':status'])
      expect(statuses.toSorted()).toEqual([...Array.from({ length: 8 }, () => 200), 503])
    }
    await eventually('there is room again', async () => (await fetch(`${proxy.url}/ops/ping`)).ok)
  })

  it('a server of type simple has its admin pages at the admin port of this host, too', async () => {
    expect(new URL(proxy.adminUrl).hostname).toBe('127.0.0.1')
    for (const path of ['/ping', '/ops/ping']) {
      expect(await (await fetch(proxy.adminUrl + path)).text()).toBe('pong\n')
    }
  })

  it('a server of type simple with workers gets its port from -Ddw.server.connector.port', async () => {
    const file = JSON.stringify({ ...simple(backEnd.uri, { port: 1 }), proxy: { workers: 2 } })
    const definition = '-Ddw.server.connector.port=0'
    await using workers = spawnProxy(['server', 'FILE', definition], { file })
    const url = `http://127.0.0.1:${await workers.port()}/ops`
    expect(await (await fetch(`${url}/ping`)).text()).toBe('pong\n')
    await eventually('both workers are counted', async () => {
      return (await (await fetch(`${url}/threads`)).text()).includes('process id=2')
    })
  })
})
