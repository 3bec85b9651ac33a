import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { HeldSocket } from '../testing/held-socket.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { RestlessCrowd } from '../testing/restless-crowd.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

/** HANDOVER_CLIENTS=10000 repeats the figure in docs/operations.md. */
const CLIENTS = Number(process.env['HANDOVER_CLIENTS'] ?? 200)
/** Clients that move in a second. */
const PER_SECOND = 1000
const isFull = process.env['PACKAGE_TEST'] === 'on'

/** The new proxy starts before the old one ends, or after it. `workers` = processes of each. */
type Handover = readonly ['before' | 'after', number]
const handovers: readonly Handover[] = [['before', 1]]
const rest: readonly Handover[] = [
  ['before', 2],
  ['after', 1],
]

describe('two proxies at one socket', () => {
  it.each([...handovers, ...(isFull ? rest : [])])(
    'no client is refused when a new proxy at the same socket starts %s the old one ends (workers: %i)',
    async (when, workers) => {
      await using backEnd = await startBackEnd()
      await using folder = temporaryFolder('handover-')
      await using socket = await HeldSocket.open()
      const file = join(folder.path, 'sse-proxy.yaml')
      const returnSpreadMs = (CLIENTS / PER_SECOND) * 1000
      // All clients connect at once, and a busy machine takes long to read their requests.
      const settings = { workers, drainMs: 200, returnSpreadMs, headMs: 120_000 }
      const backEnds = [backEnd.uri]
      writeFileSync(file, proxyFile({ backEnds, port: socket.port, settings }))
      const old = await socket.start(file)
      await using crowd = new RestlessCrowd(socket.port, CLIENTS)
      await eventually('every client has a stream', () => crowd.isWhole(CLIENTS))

      const early = when === 'before' ? await socket.start(file) : undefined
      process.kill(old.pid, 'SIGTERM')
      expect(await socket.ended()).toBe(0)
      const young = early ?? (await socket.start(file))
      await eventually('every client has a stream of the new proxy', async () => {
        return crowd.isWhole(CLIENTS) && (await clientsOf(young.adminPort)) === CLIENTS
      })
      backEnd.send('data: after the handover\n\n')
      await eventually('every client got the event', () => crowd.eventsOf('after') === CLIENTS)
      expect(crowd.returns).toBe(CLIENTS)
      expect(crowd.failures).toEqual([])
    },
  )
})

async function clientsOf(adminPort: number): Promise<number> {
  const metrics = await readMetrics(adminPort)
  return [...metrics].reduce(
    (sum, [name, value]) => (name.startsWith('sse_proxy_clients{') ? sum + value : sum),
    0,
  )
}
