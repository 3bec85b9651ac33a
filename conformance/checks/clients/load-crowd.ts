import type { RawClient } from '../../client/raw-client.ts'
import type { OriginExchange } from '../../origin/origin-exchange.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Stream } from '../../rig/stream.ts'
import { forBoth, forConcentrator, type StreamCheck } from '../stream-check.ts'
import { BATCH, openCrowd } from './crowd.ts'
import { servesOrdinaryRequest } from './ordinary-request.ts'

const IDLE_CONNECTIONS = 200
const NOTHING = Buffer.alloc(0)
const CHURN = 2000
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
        idle.push(...(await openCrowd(t, BATCH, () => t.connect({ raw: NOTHING }))))
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
      const own: Timed = {
        hasRead: (data) => stream.client.hasEvent(data),
        write: (frame) => stream.write(frame),
      }
      const before = await fastestMs(t, [own])
      for (let gone = 0; gone < CHURN; gone += BATCH) {
        const clients = Array.from({ length: BATCH }, () => t.connect())
        await t.requireEventuallyWhileGrowing(
          () => clients.filter(({ head }) => head !== undefined).length,
          () => clients.every(({ head, closed }) => head !== undefined || closed),
          'a client got no response head',
        )
        for (const client of clients) client.close()
        await stream.arrives('data: between\n\n')
      }
      const fresh = await startFresh(t)
      // A target that the suite has not started is compared with itself.
      const [after = Infinity, other] = await fastestMs(
        t,
        fresh === undefined ? [own] : [own, fresh],
      )
      const figures = `the fastest of ${TIMED} events took ${after.toFixed(1)} ms after ${CHURN} clients came and left, and ${(other ?? before[0] ?? 0).toFixed(1)} ms ${other === undefined ? 'before' : 'in a new target'}`
      t.expect(after <= SLOWER * (other ?? before[0] ?? 0) + CHURN_SLACK_MS, figures)
      return figures
    },
  }),
]

/** A stream whose events are timed. */
interface Timed {
  readonly write: (frame: string) => void
  readonly hasRead: (data: string) => boolean
}

/**
 * A client of a second target, which has served no other client: a busy machine slows down both.
 * Undefined: the suite cannot start one.
 */
async function startFresh(t: Rig): Promise<Timed | undefined> {
  if (!t.target.canStart) return undefined
  const path = `/fresh/${t.token()}`
  const { second } = t
  const { frontUrl } = await t.target.startAnother([{ url: `${second.originUrl}${path}` }])
  const client = t.connect({}, frontUrl)
  const upstream = (): OriginExchange | undefined =>
    second.streams.find(({ request }) => request.target === path)
  await t.requireEventually(
    () => upstream() !== undefined,
    'a second target did not connect to its back end',
    t.reconnectMs,
  )
  await t.opens(client)
  return {
    write: (frame) => upstream()?.write(frame),
    hasRead: (data) => client.hasEvent(data),
  }
}

/**
 * The fastest of many events on each stream, in turn: other programs make an event slower, never
 * faster.
 */
async function fastestMs(t: Rig, streams: readonly Timed[]): Promise<readonly number[]> {
  const fastest = streams.map(() => Infinity)
  for (let number = 0; number < TIMED; number += 1) {
    for (const [at, { write, hasRead }] of streams.entries()) {
      const data = t.token()
      const startMs = performance.now()
      write(`data: ${data}\n\n`)
      await t.requireEventually(() => hasRead(data), 'a timed event did not reach the client')
      fastest[at] = Math.min(fastest[at] ?? Infinity, performance.now() - startMs)
    }
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
