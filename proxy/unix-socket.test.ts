import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { eventually } from './testing/deadline.ts'
import { proxyFile } from './testing/proxy-file.ts'
import { RawClient, requestText } from './testing/raw-client.ts'
import { runProxy } from './testing/run-proxy.ts'
import { startBackEnd } from './testing/scripted-back-end.ts'
import { type SpawnedProxy, spawnProxy } from './testing/spawn-proxy.ts'
import { type TemporaryFolder, temporaryFolder } from './testing/temporary-folder.ts'
import { isAlive, workersOf } from './testing/workers.ts'

const NOWHERE = ['http://127.0.0.1:1/']

interface Sockets extends TemporaryFolder {
  readonly clients: string
  readonly admin: string
}

function socketFolder(): Sockets {
  const folder = temporaryFolder('unix-')
  const at = (name: string): string => join(folder.path, name)
  return { ...folder, clients: at('clients.sock'), admin: at('admin.sock') }
}

/** A proxy with both connectors at these files. */
function spawnAt(sockets: Sockets, backEnds: readonly string[], settings = {}): SpawnedProxy {
  const { clients, admin } = sockets
  const file = proxyFile({
    backEnds,
    socket: { path: clients },
    adminSocket: { path: admin },
    settings,
    blocks: { logging: { level: 'INFO' } },
    server: { requestLog: { appenders: [{ type: 'console' }] } },
  })
  return spawnProxy(['server', 'FILE', '--port-file', join(sockets.path, 'ports')], { file })
}

async function listening(proxy: SpawnedProxy): Promise<void> {
  await eventually('the proxy listens', () => {
    if (proxy.child.exitCode !== null) throw new Error(`the proxy ended: ${proxy.stderr}`)
    return proxy.stdout.includes('listening on ')
  })
}

async function ask(socketPath: string, path: string, method = 'GET') {
  return await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const request = get({ socketPath, path, method, agent: false }, (response) => {
      let text = ''
      response.on('data', (bytes: Buffer) => (text += bytes.toString()))
      response.on('end', () => resolve({ status: response.statusCode, text }))
    })
    request.on('error', reject)
  })
}

/** The value of a metric at the admin socket. */
async function metric(admin: string, name: string): Promise<number> {
  const { text } = await ask(admin, '/metrics/prometheus')
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length))
}

const from = (address: string) => [`X-Forwarded-For: ${address}`]

describe('a proxy at Unix sockets', () => {
  it('clients get events at a Unix socket, and the program tells health from another one', async () => {
    await using backEnd = await startBackEnd()
    await using sockets = socketFolder()
    await using proxy = spawnAt(sockets, [backEnd.uri])
    await listening(proxy)
    expect(proxy.stdout).toBe(`listening on unix:${sockets.clients}\n`)
    const file = readFileSync(join(sockets.path, 'ports'), 'utf8')
    expect(file).toBe(`${sockets.clients}\n${sockets.admin}\n`)
    for (const path of [sockets.clients, sockets.admin]) {
      expect(statSync(path).mode & 0o777).toBe(0o660)
    }
    await backEnd.requested(1)
    await using client = await RawClient.get({ port: sockets.clients })
    backEnd.send('data: one\n\n')
    await client.received(1)
    for (const flags of [[], ['--ready']]) {
      await using health = spawnProxy(['health', `unix:${sockets.admin}`, ...flags])
      expect([await health.exited, health.stdout]).toEqual([0, 'healthy\n'])
    }
    expect(await metric(sockets.admin, 'sse_proxy_clients{process="1"}')).toBe(1)
    // Its client is a program on this host.
    expect((await ask(sockets.admin, '/tasks/gc', 'POST')).status).toBe(200)
    await client[Symbol.asyncDispose]()
    await eventually('the request log has the peer', () =>
      /^unix - - \[.*"GET \/ HTTP\/1.1" 200 /m.test(proxy.stdout),
    )
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
    expect(existsSync(sockets.clients) || existsSync(sockets.admin)).toBe(false)
    await using gone = spawnProxy(['health', `unix:${sockets.admin}`])
    expect(await gone.exited).toBe(1)
    expect(gone.stderr).toContain(`unix:${sockets.admin} /ping: no answer: `)
  })

  it('a proxy takes the sockets of one that was killed, and not those of one that runs', async () => {
    await using sockets = socketFolder()
    await using first = spawnAt(sockets, NOWHERE)
    await listening(first)
    await using second = spawnAt(sockets, NOWHERE)
    expect(await second.exited).toBe(3)
    expect(second.stderr).toContain(
      `cannot listen on unix:${sockets.admin}: another process listens there`,
    )
    first.child.kill('SIGKILL')
    await first.exited
    expect(existsSync(sockets.clients)).toBe(true)
    await using third = spawnAt(sockets, NOWHERE)
    await listening(third)
    await using client = await RawClient.get({ port: sockets.clients })
    expect(client.head).toContain('200 OK')
  })

  it('workers share one Unix socket, which is there again after all of them were killed', async () => {
    await using backEnd = await startBackEnd()
    await using sockets = socketFolder()
    await using proxy = spawnAt(sockets, [backEnd.uri], { workers: 2 })
    await listening(proxy)
    await backEnd.requested(1)
    const pids = workersOf(proxy)
    expect(pids.length).toBe(2)
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    await eventually('the workers have ended', () => !pids.some(isAlive))
    const client = await eventually('a new worker accepts clients', async () => {
      return await RawClient.get({ port: sockets.clients }).catch(() => undefined)
    })
    backEnd.send('data: one\n\n')
    await client.received(1)
    await client[Symbol.asyncDispose]()
    expect(statSync(sockets.clients).mode & 0o777).toBe(0o660)
    proxy.child.kill('SIGTERM')
    expect(await proxy.exited).toBe(0)
    expect(readdirSync(sockets.path)).toEqual(['ports'])
  })

  it('a client at a Unix socket that reads nothing is disconnected, and no exception is counted', async () => {
    await using backEnd = await startBackEnd()
    await using sockets = socketFolder()
    await using proxy = await runProxy({
      backEnds: [backEnd.uri],
      socket: { path: sockets.clients },
      adminSocket: { path: sockets.admin },
      settings: { stallMs: 1000, heartbeatMs: 200 },
    })
    expect(proxy.port).toBe(0)
    await backEnd.requested(1)
    await using client = await RawClient.get({ port: sockets.clients })
    client.socket.pause()
    backEnd.send(`data: ${'x'.repeat(4_000_000)}\n\n`)
    const ended = 'sse_proxy_streams_ended_total{reason="stalled"}'
    await eventually('the client is disconnected', async () => {
      return (await metric(sockets.admin, ended)) === 1
    })
    for (const boundary of ['client', 'timer']) {
      const name = `sse_proxy_exceptions_total{boundary="${boundary}"}`
      expect(await metric(sockets.admin, name)).toBe(0)
    }
  })

  it('clients of a Unix socket count as one address, and are named only when unix is trusted', async () => {
    const limits = { limits: { maxPerAddress: 1 } }
    for (const [trustedProxies, status] of [
      ['', '503'],
      ['127.0.0.1', '503'],
      ['unix', '200'],
    ] as const) {
      await using sockets = socketFolder()
      const socket = { path: sockets.clients }
      const settings = { ...limits, trustedProxies }
      await using proxy = await runProxy({ backEnds: NOWHERE, socket, settings })
      expect(proxy.port).toBe(0)
      const port = sockets.clients
      await using first = await RawClient.get({ port, fields: from('203.0.113.1') })
      expect(first.head?.slice(9, 12)).toBe('200')
      await using second = await RawClient.get({ port, fields: from('203.0.113.2') })
      expect([trustedProxies, second.head?.slice(9, 12)]).toEqual([trustedProxies, status])
    }
  })

  it('a Unix socket takes the PROXY protocol from trusted peers', async () => {
    await using sockets = socketFolder()
    await using proxy = await runProxy({
      backEnds: NOWHERE,
      socket: { path: sockets.clients },
      connector: { useProxyProtocol: true },
      settings: { trustedProxies: 'unix', limits: { maxPerAddress: 1 } },
    })
    expect(proxy.port).toBe(0)
    const statusFor = async (address: string) => {
      const client = await RawClient.dial(sockets.clients)
      client.socket.write(`PROXY TCP4 ${address} 192.0.2.9 1024 80\r\n${requestText({})}`)
      await eventually('there is a response', () => client.head)
      return client.head?.slice(9, 12)
    }
    expect(await statusFor('203.0.113.1')).toBe('200')
    expect(await statusFor('203.0.113.2')).toBe('200')
    expect(await statusFor('203.0.113.1')).toBe('503')
  })
})
