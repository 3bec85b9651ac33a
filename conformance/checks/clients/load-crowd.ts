import type { RawClient } from '../../client/raw-client.ts'
import type { OriginExchange } from '../../origin/origin-exchange.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'
import { forBoth, forConcentrator, type StreamCheck } from '../stream-check.ts'
import { servesOrdinaryRequest } from './ordinary-request.ts'

/**
 * Connections that are opened at the same time. The kernel queues those that a target has not
 * accepted yet, often only 50. It drops the others and tries again after a second or more.
 */
const BATCH = 20
const IDLE_CONNECTIONS = 200
const NOTHING = Buffer.alloc(0)
const CHURN = 2000
const CHURN_BATCH = 40
const TIMED = 20
const SLOWER = 4
const CHURN_SLACK_MS = 15

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
  forConcentrator({
    id: 'load.idle-connections',
    title: 'Two hundred connections without a request do not keep a client from its stream',
    level: 'should',
    source: '[http/1.1 §9.5]',
    meaning: 'One script that opens connections makes the target unavailable.',
    cost: 'slow',
    kills: ['open-64'],
    async run(t) {
      const idle: RawClient[] = []
      while (idle.length < IDLE_CONNECTIONS) {
        const batch = Array.from({ length: BATCH }, () => t.connect({ raw: NOTHING }))
        idle.push(...batch)
        await t.requireEventuallyWhileGrowing(
          () => batch.filter(({ connected }) => connected).length,
          () => batch.every(({ connected }) => connected),
          `connection ${idle.length - BATCH + 1} or one of the next was not accepted`,
        )
        const client = t.connect()
        await t.requireEventually(
          () => client.head !== undefined || client.closed,
          `with ${idle.length} idle connections a client got no response head`,
        )
        await t.opens(client)
        client.close()
      }
      for (const connection of idle) connection.close()
      await servesOrdinaryRequest(t)
    },
  }),
  forConcentrator({
    id: 'load.after-churn',
    title: 'Events are as fast as before after two thousand clients came and left',
    level: 'should',
    source: '[protocol §5.10]',
    meaning: 'The target gets slower from day to day, until it is restarted.',
    cost: 'slow',
    freshTarget: true,
    kills: ['ring-serves-gone-clients', 'serves-gone-clients'],
    async run(t) {
      const stream = await t.stream()
      const direct = await connectDirectly(t)
      const before = await fastestMs(t, stream, direct)
      for (let gone = 0; gone < CHURN; gone += CHURN_BATCH) {
        const clients = Array.from({ length: CHURN_BATCH }, () => t.connect())
        await t.requireEventuallyWhileGrowing(
          () => clients.filter(({ head }) => head !== undefined).length,
          () => clients.every(({ head, closed }) => head !== undefined || closed),
          'a client got no response head',
        )
        for (const client of clients) client.close()
        await stream.arrives('data: between\n\n')
      }
      const after = await fastestMs(t, stream, direct)
      const figures = `the fastest of ${TIMED} events took ${before.targetMs.toFixed(1)} ms before ${CHURN} clients came and left, and ${after.targetMs.toFixed(1)} ms after`
      // A busy machine slows down the client without the target as well.
      const allowedMs = SLOWER * (before.targetMs + after.directMs) + CHURN_SLACK_MS
      t.expect(after.targetMs <= allowedMs, figures)
      return figures
    },
  }),
]

/** A client of the first back end itself. */
interface DirectClient {
  readonly client: RawClient
  readonly exchange: OriginExchange
}

async function connectDirectly(t: Rig): Promise<DirectClient> {
  const target = `/direct/${t.token()}`
  const client = t.connect({ target }, t.backend.originUrl)
  const asked = (): OriginExchange | undefined =>
    t.backend.requests.find(({ request }) => request.target === target)
  await t.requireEventually(
    () => asked() !== undefined && client.head !== undefined,
    'the back end did not answer the client of the suite',
  )
  const exchange = asked()
  if (exchange === undefined) t.inconclusive('the back end lost the client of the suite')
  return { client, exchange }
}

/**
 * The fastest of many events through the target, and of as many without it: other programs make an
 * event slower, never faster.
 */
async function fastestMs(
  t: Rig,
  stream: Stream,
  { client, exchange }: DirectClient,
): Promise<{ readonly targetMs: number; readonly directMs: number }> {
  const fastest = { targetMs: Infinity, directMs: Infinity }
  for (let number = 0; number < TIMED; number += 1) {
    const startMs = performance.now()
    await stream.arrives(`data: timed ${number}\n\n`)
    const arrivedMs = performance.now()
    fastest.targetMs = Math.min(fastest.targetMs, arrivedMs - startMs)
    const bytes = client.contentBytes
    exchange.write(`data: direct ${number}\n\n`)
    await t.eventually(() => client.contentBytes > bytes)
    fastest.directMs = Math.min(fastest.directMs, performance.now() - arrivedMs)
  }
  return fastest
}

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
  const clients: RawClient[] = []
  while (clients.length < count) {
    const batch = Math.min(BATCH, count - clients.length)
    clients.push(...Array.from({ length: batch }, () => t.connect()))
    await t.requireEventuallyWhileGrowing(
      () => clients.filter(({ head }) => head !== undefined).length,
      () => clients.every(({ head }) => head !== undefined),
      `not all of ${clients.length} clients got a head`,
    )
  }
  const upstream = await t.upstreamOf(t.backend)
  const data = t.token()
  upstream.write(`data: ${data}\n\n`)
  await t.requireEventuallyWhileGrowing(
    () => clients.filter((client) => client.hasEvent(data)).length,
    () => clients.every((client) => client.hasEvent(data)),
    `not all of ${count} clients got the event`,
  )
}
