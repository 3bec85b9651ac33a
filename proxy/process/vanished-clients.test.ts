import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { layCable } from '../testing/isolated-client.ts'
import { whyNoNamespace } from '../testing/machines/namespaces.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { VanishedClients } from './vanished-clients.ts'

/** The tables of sockets are read the more seldom the more processor time it takes. */
const MINUTES_MS = 300_000

const KEY = '0100007F:2378 0200007F:A812'
const ENDS = {
  localAddress: '127.0.0.1',
  localPort: 9080,
  remoteAddress: '127.0.0.2',
  remotePort: 43_026,
}
const silent = (attempts: number, queuedBytes = 10) => [{ key: KEY, attempts, queuedBytes }]

/** Whether the timer of one of this port's connections is that of window probes. */
function asksForRoom(port: number): boolean {
  const line = new RegExp(`:${hex(port)} \\w+:\\w+ 01 \\w+:\\w+ 04:`)
  return line.test(readFileSync('/proc/net/tcp', 'latin1'))
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}

describe('VanishedClients', () => {
  it('VanishedClients reports a client that has not answered for goneMs', () => {
    const clients = new VanishedClients(30_000)
    expect(clients.look(silent(2), 0)).toEqual([])
    expect(clients.look(silent(5), 29_999)).toEqual([])
    expect(clients.look(silent(5, 20), 30_000)).toEqual([ENDS])
  })

  it.each([
    ['answers between two checks', silent(1)],
    ['acknowledges some bytes', silent(6, 9)],
    ['is not in the socket table', []],
  ])('VanishedClients restarts its wait when a client %s', (_what, look) => {
    const clients = new VanishedClients(30_000)
    clients.look(silent(5), 0)
    expect(clients.look(look, 20_000)).toEqual([])
    expect(clients.look(silent(7), 40_000)).toEqual([])
  })

  it('VanishedClients reports no client after a few lost packets', () => {
    const clients = new VanishedClients(30_000)
    clients.look(silent(1), 0)
    expect(clients.look(silent(2), 60_000)).toEqual([])
  })
})

const WHY_NOT = whyNoNamespace()

describe.skipIf(WHY_NOT !== undefined)(
  `a client behind a cable that is cut (${WHY_NOT ?? 'with a network namespace'})`,
  () => {
    it.each([
      ['one process', 1],
      ['two workers', 2],
    ])(
      'a vanished client is disconnected and a slow one is not, with %s',
      async (_what, workers) => {
        await using cable = layCable()
        await using slowCable = layCable()
        await using backEnd = await startBackEnd()
        await using proxy = spawnProxy(['server', 'FILE'], {
          file: proxyFile({
            backEnds: [backEnd.uri],
            bindHost: '0.0.0.0',
            settings: { workers, heartbeatMs: 500, stallMs: 4000 },
          }),
        })
        const port = await proxy.port()
        const adminPort = await proxy.adminPort()
        await backEnd.requested(1)
        await using near = await RawClient.get({ port })
        await using slow = await slowCable.connect(port)
        slow.stall()
        await using gone = await cable.connect(port)
        // More than a client that does not read has room for, and less than the kernel keeps for it
        // here.
        backEnd.send(`data: ${'x'.repeat(15_000)}\n\n`)
        await near.received(1)
        await eventually('the client has its event', () => gone.bytes.length > 15_000)
        await eventually('the kernel asks the slow client whether it has room', () =>
          asksForRoom(port),
        )
        gone.vanish()
        const ended = await eventually(
          'a client has vanished',
          async () => {
            const metrics = await readMetrics(adminPort)
            return metrics.get('sse_proxy_streams_ended_total{reason="vanished"}') === 1 && metrics
          },
          MINUTES_MS,
        )
        const reasons = [...ended].filter(([name]) => name.includes('streams_ended'))
        expect(reasons.reduce((sum, [, count]) => sum + count, 0)).toBe(1)
        expect(near.isClosed).toBe(false)
        expect(slow.bytes).toContain('200 OK')
      },
      2 * MINUTES_MS,
    )
  },
)
