import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'

const LEAK_CYCLES = 20
const STREAMS = 20
const GONE = 'The back end keeps serving clients that have left, until it runs out of connections.'

/** A client goes while events flow; its connection at the back end has to go with it. */
async function leavesAmidEvents(t: Rig, leave: (client: RawClient) => void): Promise<void> {
  const stream = await t.stream()
  await stream.writeAndYield('data: 1\n\n')
  leave(stream.client)
  stream.write('data: 2\n\n')
  await t.requireEventually(
    () => stream.upstream.closed,
    'the upstream connection outlived its client',
    t.holdMs * 2,
  )
}

/** A client that leaves is gone on both sides, and no client reads what was meant for another. */
export const LIFE_RELAY_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'life.client-fin',
    title: 'A client that closes while events flow is closed at the back end too',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: GONE,
    kills: ['upstream-leak', 'ignore-fin'],
    run: (t) => leavesAmidEvents(t, (client) => client.close()),
  }),
  forGateway({
    id: 'life.client-rst',
    title: 'A client that resets its connection is closed at the back end too',
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
      'A client that closes while nothing flows is closed at the back end without waiting for an event',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: GONE,
    kills: ['detect-on-write'],
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
    title: 'After twenty clients came and went, no upstream connection of theirs is left',
    level: 'must',
    source: '[http/1.1 §9.5]',
    meaning: GONE,
    cost: 'slow',
    kills: ['upstream-leak-1-in-20'],
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
    title: 'Twenty streams at once: every client reads its own events only',
    level: 'must',
    source: '[http §3.7]',
    meaning: 'Users read what was meant for others.',
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
