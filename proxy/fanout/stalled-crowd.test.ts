import { spawnSync } from 'node:child_process'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { readMetrics } from '../testing/read-metrics.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { startStalledClients } from '../testing/stalled-clients.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const hasGo = spawnSync('go', ['version']).status === 0

const STALLED = 1000
const EVENTS = 400
const EVENT_BYTES = 1000
const EVENTS_PER_SAMPLE = 50
const MIB = 1_048_576
const ended = (reason: string) => `sse_proxy_streams_ended_total{reason="${reason}"}`
const CLIENTS = 'sse_proxy_clients{process="1"}'
const RESIDENT = 'sse_proxy_resident_bytes{process="1"}'

describe.skipIf(!hasGo)(
  'a thousand clients that read nothing (needs Go 1.25: https://go.dev/dl)',
  () => {
    it('a reading client gets every event, memory stays flat, and stalled clients are disconnected', async () => {
      await using folder = temporaryFolder('stalled-')
      await using backEnd = await startBackEnd()
      const settings = { stallMs: 5000, heartbeatMs: 2000 }
      await using proxy = spawnProxy(['server', 'FILE'], {
        file: proxyFile({ backEnds: [backEnd.uri], settings }),
      })
      const [port, adminPort] = [await proxy.port(), await proxy.adminPort()]
      await using crowd = await startStalledClients(port, STALLED, folder.path)
      await eventually('all have a stream', async () => {
        return (await readMetrics(adminPort)).get(CLIENTS) === crowd.count
      })
      await using reading = await RawClient.get({ port })
      const before = (await readMetrics(adminPort)).get(RESIDENT) ?? 0

      // Each event has to reach the reading client before the next one is sent.
      const padding = 'x'.repeat(EVENT_BYTES)
      for (let number = 1; number <= EVENTS; number += 1) {
        backEnd.send(`data: ${number} ${padding}\n\n`)
        await reading.received(number)
        if (number % EVENTS_PER_SAMPLE !== 0) continue
        const resident = (await readMetrics(adminPort)).get(RESIDENT) ?? 0
        // One queue per client would hold up to 400 MB.
        expect(resident - before).toBeLessThan(60 * MIB)
      }

      const afterwards = await eventually('all of them are disconnected', async () => {
        const metrics = await readMetrics(adminPort)
        return metrics.get(CLIENTS) === 1 && metrics
      })
      expect(afterwards.get(ended('stalled'))).toBe(STALLED)
      backEnd.send('data: last\n\n')
      await reading.received(EVENTS + 1)
      expect(reading.data.at(-1)).toBe('last')
    }, 120_000)
  },
)
