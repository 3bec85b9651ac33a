import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'
import { forBoth, type StreamCheck } from '../stream-check.ts'
import { servesOrdinaryRequest } from './ordinary-request.ts'

const BATCH = 20

/** Many clients: no hidden limits, no leaked connection slots. */
export const LOAD_CROWD_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'load.7',
    title: 'Seven clients of one address can stream at the same time',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'Users behind one address share six connections, and the seventh waits.',
    kills: ['per-ip-6'],
    run: (t) => openAtOnce(t, 7),
  }),
  forBoth({
    id: 'load.200',
    title: 'Two hundred streams deliver events at the same time',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: 'Clients beyond an undocumented limit get nothing.',
    cost: 'slow',
    kills: ['open-64'],
    run: (t) => openAtOnce(t, 200),
  }),
  forBoth({
    id: 'load.churn',
    title: 'A client is served after three hundred others connected and disconnected',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'The target stops serving clients after a number of connections.',
    cost: 'slow',
    kills: ['leaks-places'],
    async run(t) {
      for (let round = 0; round < 30; round += 1) {
        const clients = Array.from({ length: 10 }, () => t.connect())
        await t.requireEventuallyWhileGrowing(
          () => clients.filter(({ connected }) => connected).length,
          () => clients.every(({ connected }) => connected),
          'a client was not accepted',
        )
        for (const client of clients) client.close()
        await servesOrdinaryRequest(t)
      }
    },
  }),
]

async function openAtOnce(t: Rig, count: number): Promise<void> {
  if (t.role === 'gateway') {
    const streams: Stream[] = []
    while (streams.length < count) {
      const batch = Math.min(BATCH, count - streams.length)
      streams.push(...(await Promise.all(Array.from({ length: batch }, () => t.stream()))))
    }
    for (const stream of streams) stream.write('data: 1\n\n')
    for (const stream of streams) stream.upstream.end()
    await t.requireEventuallyWhileGrowing(
      () => streams.filter(({ client }) => client.events.length === 1).length,
      () => streams.every(({ client }) => client.events.length === 1),
      'not every stream delivered',
    )
    return
  }
  const clients = Array.from({ length: count }, () => t.connect())
  await t.requireEventuallyWhileGrowing(
    () => clients.filter(({ head }) => head !== undefined).length,
    () => clients.every(({ head }) => head !== undefined),
    `not all of ${count} clients got a head`,
  )
  const upstream = await t.upstreamOf(t.backend)
  const data = t.token()
  upstream.write(`data: ${data}\n\n`)
  await t.requireEventuallyWhileGrowing(
    () => clients.filter((client) => client.hasEvent(data)).length,
    () => clients.every((client) => client.hasEvent(data)),
    `not all of ${count} clients got the event`,
  )
}
