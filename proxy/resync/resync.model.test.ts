import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { MODEL_LOGIN, type ModelStore, startModelStore } from '../testing/model-store.ts'
import { RawClient } from '../testing/raw-client.ts'
import { type ProxyUnderTest, runProxy } from '../testing/run-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

const RUNS = Number(process.env['MODEL_RUNS'] ?? 1)
const SEED = Number(process.env['TEST_SEED'] ?? 1)
const LOGS = Array.from({ length: 8 }, (_, index) => index + 1)
const STEPS = 4
const MINUTES_MS = 300_000

/** Numbers below 1 that a seed determines. */
function randomBy(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

const startProxy = async (store: ModelStore, stateFile: string): Promise<ProxyUnderTest> =>
  await runProxy({
    backEnds: [],
    blocks: { backends: [{ uri: store.streamUrl, credentials: MODEL_LOGIN }] },
    settings: { resync: { mode: 'changelog', stateFile, graceMs: 60, settleMs: 50 } },
  })

/** Waits until the proxy knows where the changes begin that clients do not have. */
async function settled(store: ModelStore, stateFile: string): Promise<void> {
  await eventually('the state file has the newest pointer of each log', () => {
    const text = existsSync(stateFile) ? readFileSync(stateFile, 'utf8') : ''
    return LOGS.every((log) => text.includes(`"previous":"${store.previousOf(log)}"`))
  })
}

const count = (data: readonly string[], url: string): number =>
  data.filter((each) => each === url).length

it.each(Array.from({ length: RUNS }, (_, run) => SEED + run))(
  'after each outage exactly the changed change logs are announced, for one question per log (seed %i)',
  async (seed) => {
    const random = randomBy(seed)
    await using folder = temporaryFolder('resync-')
    const stateFile = join(folder.path, 'state.json')
    await using store = await startModelStore()
    let proxy = await startProxy(store, stateFile)
    let client = await RawClient.get({ port: proxy.port })
    await proxy.healthy()
    for (const log of LOGS) store.change(log)
    await client.received(LOGS.length)
    for (let step = 0; step < STEPS; step += 1) {
      const live = LOGS.filter(() => random() < 0.3)
      const before = client.data.length
      for (const log of live) store.change(log)
      await client.received(before + live.length)
      await settled(store, stateFile)

      // The first steps of each run are one of each kind.
      const kind = ['outage', 'restart', 'crash'][step < 3 ? step : Math.floor(random() * 3)]
      const missed = LOGS.filter(() => random() < 0.4)
      const askedBefore = store.asked.length
      let known = client.data.length
      if (kind === 'outage') {
        store.setDown(true)
        for (const log of missed) store.change(log)
        store.setDown(false)
      } else {
        const crashed = join(folder.path, 'crashed.json')
        copyFileSync(stateFile, crashed)
        await proxy[Symbol.asyncDispose]()
        if (kind === 'crash') copyFileSync(crashed, stateFile)
        for (const log of missed) store.change(log)
        const id = client.events.at(-1)?.lastEventId ?? ''
        proxy = await startProxy(store, stateFile)
        client = await RawClient.get({ port: proxy.port, fields: [`Last-Event-ID: ${id}`] })
        known = 0
      }
      const questions = () =>
        store.asked.slice(askedBefore).filter((path) => path.includes('after'))
      await eventually('each log was asked', () => questions().length >= LOGS.length)
      // After a crash the proxy cannot know what this client has: it gets all logs at first, and the
      // changed ones again if it came before they were found.
      const expected = kind === 'crash' ? LOGS : missed
      await eventually('each expected log was announced', () => {
        const data = new Set(client.data.slice(known))
        return expected.every((log) => data.has(store.urlOf(log)))
      })
      // What comes later than it should comes before this.
      await settled(store, stateFile)
      const data = client.data.slice(known)
      for (const log of LOGS) {
        const times = missed.includes(log) ? 1 : 0
        const least = expected.includes(log) ? 1 : 0
        const most = kind === 'crash' ? times + 1 : times
        const announced = count(data, store.urlOf(log))
        expect(announced, `${kind}: log ${log}`).toBeGreaterThanOrEqual(least)
        expect(announced, `${kind}: log ${log}`).toBeLessThanOrEqual(most)
      }
      expect(questions()).toHaveLength(LOGS.length)
      expect(new Set(questions()).size).toBe(LOGS.length)
    }
    expect(store.strangers()).toBe(0)
    await client[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
  },
  MINUTES_MS,
)
