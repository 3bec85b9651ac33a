import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { numberFrames, numbers } from '../testing/frames.ts'
import { proxyFile } from '../testing/proxy-file.ts'
import { RawClient } from '../testing/raw-client.ts'
import { startBackEnd } from '../testing/scripted-back-end.ts'
import { type SpawnedProxy, spawnProxy } from '../testing/spawn-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const DAY_MS = 86_400_000
/** Sets the time of day forward by a day, then back by two, as often as it gets the signal. */
const SETTING_CLOCK = `
const now = Date.now
let shiftMs = 0
Date.now = () => now() + shiftMs
process.on('SIGALRM', () => {
  shiftMs += shiftMs === 0 ? ${DAY_MS} : ${-2 * DAY_MS}
  process.stderr.write('shifted by ' + shiftMs + '\\n')
})
`

it('a change of the system clock ends no stream and evicts no event', async () => {
  await using folder = temporaryFolder('clock-')
  const file = join(folder.path, 'setting-clock.mjs')
  writeFileSync(file, SETTING_CLOCK)
  await using backEnd = await startBackEnd()
  await using proxy = spawnProxy(['server', 'FILE'], {
    file: proxyFile({
      backEnds: [backEnd.uri],
      settings: {
        heartbeatMs: 400,
        stallMs: 20_000,
        maxStreamMs: 600_000,
        replay: { maxAgeMs: 600_000 },
        backEnd: { silenceMs: 600_000 },
        limits: { connectionsPerSecond: 1000 },
      },
    }),
    environment: { NODE_OPTIONS: `--import=${pathToFileURL(file).href}` },
  })
  const port = await proxy.port()
  await backEnd.requested(1)
  await using client = await RawClient.get({ port })
  backEnd.send(numberFrames(1, 10))
  const third = (await client.received(10))[2]?.lastEventId ?? ''

  let last = 10
  for (const shiftedMs of [DAY_MS, -DAY_MS]) {
    await setClock(proxy, shiftedMs)
    const beats = heartbeatsOf(client)
    await eventually('two heartbeats came since', () => heartbeatsOf(client) >= beats + 2)
    // Not one for each interval that seems to have passed.
    expect(heartbeatsOf(client)).toBeLessThan(beats + 20)
    last += 1
    backEnd.send(numberFrames(last, last))
    await client.received(last)
    await using back = await RawClient.get({ port, fields: [`Last-Event-ID: ${third}`] })
    await back.received(last - 3)
    expect(back.data).toEqual(numbers(4, last))
  }
  expect(client.isClosed).toBe(false)
  expect(client.data).toEqual(numbers(1, last))
  expect(backEnd.requests).toHaveLength(1)
})

async function setClock(proxy: SpawnedProxy, shiftedMs: number): Promise<void> {
  proxy.child.kill('SIGALRM')
  await eventually('the clock is set', () => proxy.stderr.includes(`shifted by ${shiftedMs}\n`))
}

function heartbeatsOf(client: RawClient): number {
  return client.body.toString('latin1').split(/^:\n/m).length - 1
}
