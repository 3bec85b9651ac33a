import { forGateway, type StreamCheck } from '../stream-check.ts'
import { MIB, stalledStream, WRITTEN_MIB, writesAhead } from './stalled-stream.ts'

/** Clients that leave at an unusual moment. */
export const LIFE_LEAVE_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'life.client-stalled',
    title: 'When a client that does not read closes, its upstream connection closes',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: 'The back end keeps writing to clients that have left.',
    cost: 'slow',
    kills: ['leaks-stalled'],
    async run(t) {
      const stalled = await stalledStream(t)
      await writesAhead(t, stalled, WRITTEN_MIB * MIB)
      stalled.client.reset()
      await t.requireEventually(
        () => stalled.upstream.closed,
        'the upstream connection outlived its client, which had stopped reading',
        t.holdMs * 2,
      )
    },
  }),
  forGateway({
    id: 'life.client-early',
    title: 'When a client closes before the back end answers, its upstream connection closes',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: 'The back end works on requests that no client waits for.',
    kills: ['leaks-early'],
    async run(t) {
      const { client, upstream } = await t.relay()
      client.close()
      await t.requireEventually(
        () => upstream.closed,
        'the upstream connection outlived its client, which left before the response',
        t.holdMs * 2,
      )
    },
  }),
]
