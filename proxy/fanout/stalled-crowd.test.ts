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

const THOUSAND = 1000
/** Enough to see that all of them are disconnected. */
const SOME = 200
const EVENTS = 800
const EVENTS_PER_SAMPLE = 10
const PADDING = 'x'.repeat(1000)
const MIB = 1_048_576
/** Queues of 800,000 references take some 70 MiB, queues of bytes 780 MB. */
const MAX_GROWTH = 40 * MIB
const TEST_MS = 240_000
const CLIENTS = 'sse_proxy_clients{process="1"}'
const RESIDENT = 'sse_proxy_resident_bytes{process="1"}'
const STALLED_ENDED = 'sse_proxy_streams_ended_total{reason="stalled"}'

describe.skipIf(!hasGo)('clients that read nothing (needs Go 1.25: https://go.dev/dl)', () => {
  it(
    'a reading client gets each event while a thousand stalled clients stay connected, and no event is queued per client',
    async () => {
      // No stalled client can reach this timeout within the test, however slow the machine is.
      await withCrowd(THOUSAND, { stallMs: 10 * TEST_MS }, async ({ adminPort, deliver }) => {
        const before = (await readMetrics(adminPort)).get(RESIDENT) ?? 0
        for (let number = 1; number <= EVENTS; number += 1) {
          await deliver(number)
          if (number % EVENTS_PER_SAMPLE !== 0) continue
          const metrics = await readMetrics(adminPort)
          expect(metrics.get(CLIENTS)).toBe(THOUSAND + 1)
          expect((metrics.get(RESIDENT) ?? 0) - before).toBeLessThan(MAX_GROWTH)
        }
      })
    },
    TEST_MS,
  )

  it(
    'clients that stay stalled for stallMs are disconnected, and the reading client stays',
    async () => {
      const settings = { stallMs: 5000, heartbeatMs: 2000 }
      await withCrowd(SOME, settings, async ({ adminPort, deliver }) => {
        for (let number = 1; number <= EVENTS; number += 1) await deliver(number)
        const metrics = await eventually('all stalled clients are disconnected', async () => {
          const now = await readMetrics(adminPort)
          return now.get(CLIENTS) === 1 && now
        })
        expect(metrics.get(STALLED_ENDED)).toBe(SOME)
        await deliver(EVENTS + 1)
      })
    },
    TEST_MS,
  )
})

interface Crowd {
  readonly adminPort: number
  /** Sends an event of about 1 kB and waits until the reading client has it. */
  readonly deliver: (number: number) => Promise<void>
}

/** Runs `use` with a proxy that has one reading client and `count` clients that read nothing. */
async function withCrowd(
  count: number,
  settings: object,
  use: (crowd: Crowd) => Promise<void>,
): Promise<void> {
  await using folder = temporaryFolder('stalled-')
  await using backEnd = await startBackEnd()
  const file = proxyFile({ backEnds: [backEnd.uri], settings })
  await using proxy = spawnProxy(['server', 'FILE'], { file })
  const [port, adminPort] = [await proxy.port(), await proxy.adminPort()]
  await using stalled = await startStalledClients(port, count, folder.path)
  await eventually('all stalled clients have a stream', async () => {
    return (await readMetrics(adminPort)).get(CLIENTS) === stalled.count
  })
  await using reading = await RawClient.get({ port })
  const sent: string[] = []
  const deliver = async (number: number): Promise<void> => {
    const data = `data: ${number} ${PADDING}\n\n`
    backEnd.send(data)
    sent.push(`${number} ${PADDING}`)
    // To read the whole stream again for each event would take most of the test.
    await eventually(`the reading client has event ${number}`, () =>
      reading.bytes.subarray(-2 * data.length).includes(data),
    )
  }
  await use({ adminPort, deliver })
  expect(reading.data).toEqual(sent)
}
