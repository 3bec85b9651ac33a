import type { Rig } from '../../../rig/rig.ts'
import type { Stream } from '../../../rig/stream.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { expectNextEvent } from './next-event.ts'

const DEAF = 'The target waits on a response that is over, and no event comes any more.'

/** Waits until the target has another stream, and an event comes by it. */
async function requestsNext(t: Rig, stream: Stream, ended: string): Promise<void> {
  const known = stream.upstream
  await t.requireEventually(
    () => t.backend.stream !== undefined && t.backend.stream !== known,
    `a response ended ${ended}, its connection stayed open, and the target did not request the next one`,
    t.reconnectMs,
  )
  await expectNextEvent(t, stream, await t.upstreamOf(t.backend))
}

/** Ends of responses whose connection stays open for the next request. */
export const UP_END_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.end-of-chunks',
    title: 'A response of a back end is over with its last chunk, while its connection stays open',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1] [protocol §4.4]',
    meaning: DEAF,
    kills: ['ends-with-connection', 'ring-ends-with-connection'],
    async run(t) {
      const stream = await t.stream()
      stream.upstream.end()
      await requestsNext(t, stream, 'with its last chunk')
    },
  }),
  forConcentrator({
    id: 'up.end-of-length',
    title: 'A response of a back end is over after its length, while its connection stays open',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.3] [protocol §4.4]',
    meaning: DEAF,
    kills: ['ends-with-connection', 'ring-ends-with-connection', 'ignores-length'],
    async run(t) {
      const frame = `data: ${t.token()}\n\n`
      const stream = await t.stream({
        answer: { framing: { length: frame.length } },
        marked: false,
      })
      stream.write(frame)
      stream.upstream.end()
      await requestsNext(t, stream, 'after its Content-Length')
    },
  }),
]
