import { once } from 'node:events'
import { type IncomingMessage, request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'

import { describe, expect, it } from 'vitest'

import { proxySettings } from '../config/settings.ts'
import { eventually } from '../testing/deadline.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { AdminGuard } from './admin-guard.ts'

const BACK_ENDS = ['http://127.0.0.1:1/']

async function ask(port: number, path: string, options: object = {}) {
  const request = httpRequest({ port, path, ...options }).end()
  const [response]: IncomingMessage[] = await once(request, 'response')
  if (response === undefined) throw new Error('no response')
  return { status: response.statusCode, body: await text(response) }
}

describe('AdminGuard', () => {
  it.each([
    [{ Host: 'rebound.example' }, 403],
    [{ Host: 'rebound.example:7090' }, 403],
    [{ Host: 'localhost.rebound.example' }, 403],
    [{ Host: '127.0.0.1.rebound.example' }, 403],
    [{ Host: '127.0.0.1@rebound.example' }, 403],
    [{ Host: 'localhost', Origin: 'http://evil.example' }, 403],
    [{ Host: 'localhost', Origin: 'null' }, 403],
    [{ Host: 'localhost', Origin: 'http://localhost:1' }, 403],
    [{ Host: 'rebound.example', Origin: 'http://rebound.example' }, 403],
    [{ Host: 'localhost', Origin: 'http://localhost' }, 200],
    [{ Host: 'LOCALHOST:1' }, 200],
    [{ Host: '[::1]:7090' }, 200],
    [{ Host: '192.0.2.7' }, 200],
    [{ Host: hostname() }, 200],
    [{ Host: 'monitor.example:7090' }, 200],
  ])(
    'AdminGuard answers reads and tasks of a request with %j with status %i',
    async (headers, status) => {
      const admin = { allowHosts: 'monitor.example' }
      await using proxy = await runProxy({ backEnds: BACK_ENDS, settings: { admin } })
      for (const path of ['/ping', '/metrics', '/threads']) {
        expect(await ask(proxy.adminPort, path, { headers })).toMatchObject({ status })
      }
      const post = { method: 'POST', headers }
      expect(await ask(proxy.adminPort, '/tasks/gc', post)).toMatchObject({ status })
    },
  )

  it('AdminGuard accepts a health check of HTTP/1.0 without Host', async () => {
    await using proxy = await runProxy({ backEnds: BACK_ENDS })
    const socket = connect(proxy.adminPort, '127.0.0.1')
    socket.write('GET /ping HTTP/1.0\r\n\r\n')
    expect(await text(socket)).toMatch(/200 OK[^]*pong\n$/)
  })

  it.each([
    ['loopback', '127.0.0.1', 200],
    ['loopback', outsideAddress(), 403],
    ['on', outsideAddress(), 200],
    ['off', '127.0.0.1', 403],
  ])(
    'AdminGuard with admin.tasks: %s answers a task from %s with status %i',
    async (tasks, host, status) => {
      const server = {
        applicationConnectors: [{ port: 0 }],
        adminConnectors: [{ port: 0, bindHost: '0.0.0.0' }],
      }
      await using proxy = await runProxy({
        backEnds: BACK_ENDS,
        settings: { admin: { tasks } },
        blocks: { server },
      })
      const post = { method: 'POST', host, localAddress: host }
      const { body, ...answer } = await ask(proxy.adminPort, '/tasks/log-level?level=OFF', post)
      expect({ ...answer, isRefused: body.includes('proxy.admin.tasks') }).toEqual({
        status,
        isRefused: status === 403,
      })
      expect(await ask(proxy.adminPort, '/ping', { host })).toMatchObject({ status: 200 })
    },
  )

  it('AdminGuard accepts the name of bindHost in Host and refuses other names', () => {
    const guard = new AdminGuard(proxySettings.parse({}).admin, { host: 'admin.internal' })
    expect(guard.refuses({ host: 'admin.internal' })).toBe(undefined)
    expect(guard.refuses({ host: 'other.internal' })).toContain('proxy.admin.allowHosts')
  })
})

describe('the admin port', () => {
  it('the admin port answers while idle clients open more connections than admin.maxConnections', async () => {
    await using proxy = await runProxy({
      backEnds: BACK_ENDS,
      settings: { admin: { maxConnections: 8 } },
    })
    const sockets = await openSockets(proxy, 100)
    await eventually('the oldest connections are closed', () => openOf(sockets).length <= 8)
    expect(await ask(proxy.adminPort, '/ping')).toMatchObject({ status: 200 })
    expect(openOf(sockets).length).toBeGreaterThanOrEqual(7)
    for (const socket of sockets) socket.destroy()
  })

  it('the admin port closes connections that are idle or send only a part of a request head', async () => {
    await using proxy = await runProxy({
      backEnds: BACK_ENDS,
      settings: { admin: { headMs: 300, idleMs: 300 } },
    })
    const sockets = await openSockets(proxy, 3)
    sockets[1]?.write('GET /ping HTTP/1.1\r\nHost: local')
    sockets[2]?.write('GET /ping HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await eventually('all connections are closed', () => openOf(sockets).length === 0)
    expect(openOf(sockets)).toEqual([])
  })
})

async function openSockets({ adminPort }: ProxyUnderTest, count: number) {
  const sockets = Array.from({ length: count }, () => {
    const socket = connect(adminPort, '127.0.0.1')
    return socket.on('error', () => undefined).resume()
  })
  await Promise.all(sockets.map(async (socket) => once(socket, 'connect')))
  return sockets
}

function openOf(sockets: readonly Socket[]) {
  return sockets.filter(({ destroyed, readyState }) => !destroyed && readyState === 'open')
}

/** An address of this host that is not loopback. */
function outsideAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const outside = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)
  if (outside === undefined) throw new Error('this test needs a network besides loopback')
  return outside.address
}
