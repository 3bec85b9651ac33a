import type { Rig } from '../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../stream-check.ts'

const STOP_MS = 5000
const CLIENTS = 5

/** The last `retry` that each client got before its stream ended, in milliseconds. */
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

/** What a stop does to clients and back ends. */
export const STOP_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'stop.clean-end',
    title: 'When the target is stopped, open streams end properly',
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
    title: 'When the target is stopped, its connections to the back ends end',
    level: 'must',
    source: '[protocol §8.2]',
    meaning: 'Back ends serve a client that is gone.',
    freshTarget: true,
    kills: ['stop-leaves-upstreams'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
      for (const backend of t.backends) await t.upstreamOf(backend)
      await t.target.stop()
      await t.requireEventually(
        () => t.backends.every(({ origin }) => origin.connectionCount === 0),
        'a connection to a back end outlived the target',
      )
    },
  }),
  forConcentrator({
    id: 'stop.in-time',
    title: 'A stop is over within five seconds, streams open or not',
    level: 'should',
    source: '[protocol §8.2]',
    meaning: 'Service managers lose patience and kill it, and every client sees an error.',
    cost: 'slow',
    freshTarget: true,
    kills: ['stops-slowly'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
      const startMs = performance.now()
      await t.target.stop()
      const tookMs = performance.now() - startMs
      t.expect(tookMs <= STOP_MS, `the stop took ${tookMs.toFixed(0)} ms`)
      return `${tookMs.toFixed(0)} ms`
    },
  }),
  forConcentrator({
    id: 'stop.refuses-new',
    title: 'No client is accepted after a stop',
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
        'a newcomer was left waiting',
      )
      t.expect(late.head === undefined, `a newcomer was answered with ${late.head?.status}`)
    },
  }),
  forConcentrator({
    id: 'stop.tells-return',
    title: 'Clients get a retry before the end, each another one',
    level: 'should',
    basis: 'choice',
    source: '[protocol §8.2] [sse §9.2.3]',
    meaning:
      'After a restart all clients reconnect in the same moment, and overload the target that starts.',
    needs: ['spread-returns'],
    freshTarget: true,
    kills: ['stops-without-retry', 'stops-with-one-retry'],
    async run(t) {
      const told = await returnsMs(t)
      const silent = told.filter((ms) => ms === undefined).length
      t.expect(silent === 0, `${silent} of ${told.length} clients were not told when to return`)
      t.expect(new Set(told).size > 1, `all clients were told to return after ${told[0]} ms`)
      return `after ${told.join(', ')} ms`
    },
  }),
]
