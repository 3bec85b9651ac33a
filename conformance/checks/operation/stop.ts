import type { Rig } from '../../rig/rig.ts'
import { besideStuckClient } from '../clients/stuck-client.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'

const STOP_MS = 5000
const CLIENTS = 5

/** The last `retry` of each client before its stream ended, in milliseconds. */
async function returnsMs(t: Rig): Promise<readonly (number | undefined)[]> {
  const clients = Array.from({ length: CLIENTS - 1 }, () => t.connect())
  for (const client of clients) await t.opens(client)
  const stream = await t.stream()
  await stream.arrives('data: 1\n\n')
  await t.target.stop()
  await stream.ends()
  return [stream.client, ...clients].map(
    ({ items }) => items.findLast((item) => item.kind === 'retry')?.ms,
  )
}

/** Stops the target, and requires that this takes at most five seconds. */
async function stopsInTime(t: Rig): Promise<string> {
  const startMs = performance.now()
  let hasStopped = false
  const stopping = t.target.stop().then(() => (hasStopped = true))
  const isInTime = await t.eventually(() => hasStopped, STOP_MS)
  await stopping
  const tookMs = performance.now() - startMs
  t.expect(isInTime, `the shutdown took ${tookMs.toFixed(0)} ms`)
  return `${tookMs.toFixed(0)} ms`
}

/** Shutdown, as clients and back ends see it. */
export const STOP_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'stop.clean-end',
    title: 'Open streams end properly at shutdown',
    level: 'should',
    source: '[http/1.1 §9.6] [protocol §8.2]',
    meaning: 'Every restart looks like an error to every client.',
    freshTarget: true,
    kills: ['stop-cuts-clients'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
      await t.target.stop()
      await stream.ends()
      t.expect(
        stream.client.state === 'complete',
        `the stream was ${stream.client.state} when the target stopped`,
      )
    },
  }),
  forConcentrator({
    id: 'stop.leaves-nothing',
    title: 'Connections to the back ends are closed at shutdown',
    level: 'must',
    source: '[protocol §8.2]',
    meaning: 'Back ends keep serving a target that has stopped.',
    freshTarget: true,
    kills: ['stop-leaves-upstreams', 'ring-leaves-back-ends'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
      for (const backend of t.backends) await t.upstreamOf(backend)
      await t.target.stop()
      await t.requireEventually(
        () => t.backends.every(({ origin }) => origin.connectionCount === 0),
        'a connection to a back end stayed open after shutdown',
      )
    },
  }),
  forConcentrator({
    id: 'stop.in-time',
    title: 'Shutdown takes at most five seconds, even with open streams',
    level: 'should',
    source: '[protocol §8.2]',
    meaning:
      'Service managers kill the target after their timeout, and every client sees an error.',
    cost: 'slow',
    freshTarget: true,
    kills: ['stops-slowly'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
      return await stopsInTime(t)
    },
  }),
  forConcentrator({
    id: 'stop.unread',
    title: 'Shutdown takes at most five seconds, even with a client that does not read',
    level: 'should',
    source: '[protocol §8.2]',
    meaning: 'One stuck browser delays every restart until the service manager kills the target.',
    cost: 'slow',
    freshTarget: true,
    kills: ['stop-waits-for-clients', 'ring-stop-waits-for-clients'],
    async run(t) {
      await besideStuckClient(t)
      return await stopsInTime(t)
    },
  }),
  forConcentrator({
    id: 'stop.refuses-new',
    title: 'No client is accepted after shutdown begins',
    level: 'must',
    source: '[protocol §8.2]',
    meaning: 'Clients connect to a server that has no events.',
    freshTarget: true,
    kills: ['accepts-after-stop'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
      await t.target.stop()
      const late = t.connect()
      await t.requireEventually(
        () => late.closed || late.head !== undefined,
        'a new client got no response',
      )
      t.expect(late.head === undefined, `a new client was answered with ${late.head?.status}`)
    },
  }),
  forConcentrator({
    id: 'stop.tells-return',
    title: 'Clients get a retry field before shutdown, with different values',
    level: 'should',
    basis: 'choice',
    source: '[protocol §8.2] [sse §9.2.3]',
    meaning: 'After a restart all clients reconnect at the same moment and overload the target.',
    needs: ['spread-returns'],
    freshTarget: true,
    kills: ['stops-without-retry', 'stops-with-one-retry'],
    async run(t) {
      const told = await returnsMs(t)
      const silent = told.filter((ms) => ms === undefined).length
      t.expect(silent === 0, `${silent} of ${told.length} clients got no retry field`)
      t.expect(new Set(told).size > 1, `all clients got the same retry of ${told[0]} ms`)
      return `after ${told.join(', ')} ms`
    },
  }),
]
