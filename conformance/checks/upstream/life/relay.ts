import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'

const LEAK_CYCLES = 20
const STREAMS = 20
const GONE = 'The back end keeps serving clients that have left, until it runs out of connections.'
const FLOWING_EVENTS = 40

/** A client disconnects while events flow. Its upstream connection must close too. */
async function leavesAmidEvents(t: Rig, leave: (client: RawClient) => void): Promise<void> {
  const stream = await t.stream()
  await stream.writeAndYield('data: 1\n\n')
  leave(stream.client)
  // The first write to a connection that the peer has closed succeeds. Only a later one fails.
  for (let number = 0; number < FLOWING_EVENTS; number += 1) {
    stream.write(`data: ${number}\n\n`)
    if (await t.eventually(() => stream.upstream.closed, (t.holdMs * 2) / FLOWING_EVENTS)) return
  }
  t.fail(
    `the upstream connection outlived its client by ${FLOWING_EVENTS} events (waited ${t.holdMs * 2} ms)`,
    'missed',
  )
}

/** A disconnect reaches the back end, and no client reads another client's events. */
export const LIFE_RELAY_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'life.client-fin',
    title: 'When a client closes while events flow, its upstream connection closes',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: GONE,
    kills: ['upstream-leak', 'ignore-fin'],
    run: (t) => leavesAmidEvents(t, (client) => client.close()),
  }),
  forGateway({
    id: 'life.client-rst',
    title: 'When a client resets its connection, its upstream connection closes',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: GONE,
    kills: ['ignore-rst'],
    run: (t) => leavesAmidEvents(t, (client) => client.reset()),
  }),
  forGateway({
    id: 'life.client-idle-close',
    title:
      'When a client closes an idle stream, its upstream connection closes without waiting for an event',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: GONE,
    kills: ['detect-on-write', 'http-leaks'],
    async run(t) {
      const stream = await t.stream()
      await stream.writeAndYield('data: 1\n\n')
      stream.client.close()
      await t.requireEventually(
        () => stream.upstream.closed,
        'the idle upstream connection outlived its client',
        t.holdMs * 2,
      )
    },
  }),
  forGateway({
    id: 'life.leak-20',
    title: 'No upstream connection remains after twenty clients disconnected',
    level: 'must',
    source: '[http/1.1 §9.5]',
    meaning: GONE,
    cost: 'slow',
    kills: ['upstream-leak-1-in-20', 'http-leaks'],
    async run(t) {
      const streams: Stream[] = []
      for (let cycle = 0; cycle < LEAK_CYCLES; cycle += 1) {
        const stream = await t.stream()
        await stream.writeAndYield('data: 1\n\n')
        stream.client.close()
        streams.push(stream)
      }
      const left = (): number => streams.filter(({ upstream }) => !upstream.closed).length
      for (const { upstream } of streams) upstream.write('data: 2\n\n')
      await t.requireEventually(
        () => left() === 0,
        () => `${left()} of ${LEAK_CYCLES} upstream connections are left`,
        t.holdMs * 2,
      )
    },
  }),
  forGateway({
    id: 'life.no-crosstalk',
    title: 'Each of twenty simultaneous clients reads only its own events',
    level: 'must',
    source: '[http §3.7]',
    meaning: 'Users read the events of others.',
    kills: ['buffer-reuse'],
    async run(t) {
      const streams = await Promise.all(Array.from({ length: STREAMS }, () => t.stream()))
      for (let step = 0; step < 5; step += 1) {
        for (const [index, stream] of streams.entries())
          stream.write(`data: stream ${index} step ${step}\n\n`)
      }
      await Promise.all(streams.map((stream) => stream.delivers('data: end\n\n')))
    },
  }),
]
