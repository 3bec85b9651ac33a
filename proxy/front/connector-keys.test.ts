import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { runProxy } from '../testing/run-proxy.ts'

const backEnds = ['http://127.0.0.1:1/']

async function answerTo(port: number, text: string): Promise<string> {
  await using client = await RawClient.dial(port)
  client.socket.write(text)
  await client.closed()
  return client.bytes.toString('latin1')
}

/** Sockets of this host that have sent a SYN to the port and were not accepted by the kernel. */
function unansweredAt(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n')
  return rows.filter((row) => {
    const [, , to, state] = row.trim().split(/\s+/)
    return to?.endsWith(remote) === true && state === '02'
  }).length
}

const headOf = (bytes: number) =>
  `GET /ping HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(bytes)}\r\n\r\n`

describe('a connector', () => {
  it('a connector with maxRequestHeaderSize answers a larger request head with 431, also on the admin port', async () => {
    await using proxy = await runProxy({
      backEnds,
      connector: { maxRequestHeaderSize: '2KiB' },
      adminConnector: { maxRequestHeaderSize: '2KiB' },
    })
    expect(await answerTo(proxy.port, headOf(3000))).toMatch(/^HTTP\/1\.1 431 /)
    expect(await answerTo(proxy.adminPort, headOf(3000))).toMatch(/^HTTP\/1\.1 431 /)
    await using client = await RawClient.get({
      port: proxy.port,
      fields: [`X: ${'x'.repeat(1500)}`],
    })
    expect(client.head).toMatch(/200 OK/)
  })

  it('a connector with maxRequestHeaderSize accepts a head that proxy.maxHeadBytes would refuse', async () => {
    await using proxy = await runProxy({ backEnds, connector: { maxRequestHeaderSize: '32KiB' } })
    const fields = [`X: ${'x'.repeat(20_000)}`]
    await using client = await RawClient.get({ port: proxy.port, fields })
    expect(client.head).toMatch(/200 OK/)
  })

  it('a connector with idleTimeout closes a connection without a request, and ends a stream without heartbeats', async () => {
    await using proxy = await runProxy({
      backEnds,
      connector: { idleTimeout: '300 ms' },
      settings: { heartbeatMs: 0 },
    })
    await using silent = await RawClient.dial(proxy.port)
    await silent.closed()
    expect(silent.byteCount).toBe(0)
    await using client = await RawClient.get({ port: proxy.port })
    await client.closed()
    expect(client.bytes.toString()).toMatch(/\r\n0\r\n\r\n$/)
    const ended = await readMetrics(proxy.adminPort)
    expect(ended.get('sse_proxy_streams_ended_total{reason="idle"}')).toBe(1)
  })

  it('a connector with idleTimeout keeps a stream with heartbeats', async () => {
    await using proxy = await runProxy({
      backEnds,
      connector: { idleTimeout: '2 seconds' },
      settings: { heartbeatMs: 200 },
    })
    await using client = await RawClient.get({ port: proxy.port })
    await eventually(
      'heartbeats of three seconds',
      () => client.body.toString().split(':\n').length > 15,
    )
    expect(client.isClosed).toBe(false)
  })

  it('a connector with acceptQueueSize lets that many connections wait, one more at most', async () => {
    await using small = await runProxy({ backEnds, connector: { acceptQueueSize: 2 } })
    await using large = await runProxy({ backEnds })
    const sockets = [small, large].flatMap(({ port }) =>
      Array.from({ length: 10 }, () => connect({ port, host: '127.0.0.1' })),
    )
    // Node connects in the next tick, and the proxy in this process accepts later.
    await new Promise((resolve) => {
      process.nextTick(resolve)
    })
    const waiting = [unansweredAt(small.port), unansweredAt(large.port)]
    for (const socket of sockets) socket.on('error', () => undefined).destroy()
    expect(waiting).toEqual([7, 0])
  })

  it('a connector sends Date and no Server, unless useDateHeader and useServerHeader say otherwise', async () => {
    await using usual = await runProxy({ backEnds })
    const other = { useServerHeader: true, useDateHeader: 'false' }
    await using changed = await runProxy({ backEnds, connector: other, adminConnector: other })
    const ping = 'GET /ping HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
    const odd = 'DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n'
    const malformed = 'GET\r\n\r\n'
    const answersOf = async (proxy: typeof usual) => {
      await using client = await RawClient.get({ port: proxy.port })
      return [
        client.head ?? '',
        await answerTo(proxy.port, odd),
        await answerTo(proxy.adminPort, ping),
      ]
    }
    for (const answer of await answersOf(usual)) {
      expect(answer).toMatch(/^date: /im)
      expect(answer).not.toMatch(/^server:/im)
    }
    for (const answer of [...(await answersOf(changed)), await answerTo(changed.port, malformed)]) {
      expect(answer).toMatch(/^server: sse-proxy\r?$/im)
      expect(answer).not.toMatch(/^date:/im)
    }
  })
})
