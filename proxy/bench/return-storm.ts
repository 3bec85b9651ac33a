import { z } from 'zod'

import { RawClient } from '../testing/raw-client.ts'
import { frameNow, startOurs } from './contestants.ts'
import { Crowd } from './crowd.ts'
import { Talker } from './lines.ts'
import { pause } from './pause.ts'
import { median, quantile } from './quantile.ts'

export interface StormOptions {
  readonly fleet: string
  /** Clients that stay, and such that come back all at once to what they missed. */
  readonly staying: number
  readonly returning: number
  readonly processes: number
  readonly say: (text: string) => void
}

export interface StormResult {
  readonly staying: number
  readonly returning: number
  /** Until half of them, 99 of 100, and the last had all that they missed, in ms. */
  readonly p50: number
  readonly p99: number
  readonly last: number
  /** Of the staying clients' events: the median to the last client, in ms. */
  readonly calmMs: number
  readonly stormyMs: number
}

const MISSED = 200
const CALM_EVENTS = 10
const EVENT_EVERY_MS = 100
/** The returning clients come from other addresses than the staying ones: 127.0.0.N. */
const STORM_SOURCE = 64
const latencies = z.array(z.number())

/** A crowd comes back to what it missed, while others go on getting live events. */
export async function measureStorm(options: StormOptions): Promise<StormResult> {
  const { fleet, staying, returning, processes, say } = options
  await using ours = await startOurs({ clients: 0, processes, cpu: undefined, fleet })
  await using crowd = new Crowd(ours, { fleet, clients: staying, cpu: undefined })
  await crowd.connected()
  await using probe = await RawClient.get({ port: ours.port })
  ours.backEnd.send('data: seen\n\n')
  const [seen] = await probe.received(1)
  let number = 0
  const fire = async (): Promise<number> => {
    number += 1
    ours.backEnd.send(frameNow())
    return quantile(await crowd.event(number), 1)
  }

  // What the returning clients miss; the staying ones get it too.
  for (let missed = 1; missed < MISSED; missed += 1) {
    ours.backEnd.send(frameNow())
    number += 1
  }
  await fire()
  const calm: number[] = []
  for (let event = 0; event < CALM_EVENTS; event += 1) {
    await pause(EVENT_EVERY_MS)
    calm.push(await fire())
  }

  const id = seen?.lastEventId ?? ''
  const args = ['storm', ours.addresses[0], returning, id, MISSED + CALM_EVENTS, STORM_SOURCE]
  await using storm = new Talker(fleet, args.map(String), undefined)
  await storm.hear('ready')
  storm.say('go')
  const stormy: number[] = []
  const caughtUp = storm.hear('caught up', 1, 120_000)
  const state = { isOver: false }
  void caughtUp.finally(() => (state.isOver = true))
  while (!state.isOver) {
    stormy.push(await fire())
    await pause(EVENT_EVERY_MS)
  }
  const took = latencies.parse((await caughtUp)['ms'])
  say(`${returning} of ${staying + returning} returned: last after ${quantile(took, 1)} ms`)
  return {
    staying,
    returning,
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    last: quantile(took, 1),
    calmMs: median(calm),
    stormyMs: median(stormy),
  }
}

export function stormReport(results: readonly StormResult[]): readonly string[] {
  return [
    `**Clients that come back all at once, each to ${MISSED + CALM_EVENTS} missed events**`,
    '',
    '| returning | staying | p50 | p99 | last has all | an event to the last staying client: before | meanwhile |',
    '|---|---|---|---|---|---|---|',
    ...results.map((result) => {
      const times = [result.p50, result.p99, result.last, result.calmMs, result.stormyMs]
      const cells = [result.returning, result.staying, ...times.map((ms) => `${ms.toFixed(0)} ms`)]
      return `| ${cells.join(' | ')} |`
    }),
    '',
  ]
}
