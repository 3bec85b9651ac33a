import { forGateway, type StreamCheck } from '../stream-check.ts'
import { MIB, MOST_AHEAD_MIB, stalledStream, WRITTEN_MIB, writesAhead } from './stalled-stream.ts'

const EVENTS = 400

/** A client that reads slowly, or not at all. */
export const LOAD_READER_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'load.reads-ahead',
    title: 'The gateway stops reading from the back end when a client does not read',
    level: 'should',
    source: '[http §3.7]',
    meaning: 'One client that does not read fills the memory of the gateway.',
    cost: 'slow',
    kills: ['reads-ahead', 'http-reads-ahead'],
    async run(t) {
      const stream = await stalledStream(t)
      const taken = (await writesAhead(t, stream, WRITTEN_MIB * MIB)) / MIB
      // A target that ends such a stream does not fill its memory either.
      t.expect(
        taken < MOST_AHEAD_MIB || stream.upstream.closed,
        `for a client that does not read, the gateway took ${taken.toFixed(0)} MiB from the back end, and was ready for more`,
      )
      return `it took ${taken.toFixed(1)} MiB`
    },
  }),
  forGateway({
    id: 'load.slow-whole',
    title: 'A client that pauses its reading and resumes loses no byte',
    level: 'must',
    source: '[http §7.7]',
    meaning: 'A short network problem loses events, or mixes them up.',
    cost: 'slow',
    kills: ['drops-for-slow'],
    async run(t) {
      const stream = await stalledStream(t)
      for (let number = 0; number < EVENTS; number += 1)
        stream.write(`data: ${number} ${'x'.repeat(16 * 1024)}\n\n`)
      await t.pause(t.holdMs / 4)
      stream.client.resume()
      await stream.delivers('data: end\n\n')
    },
  }),
  forGateway({
    id: 'load.slow-alone',
    title: 'A client that does not read delays no other client',
    level: 'must',
    source: '[http §3.7]',
    meaning: 'One stuck browser stops all others.',
    cost: 'slow',
    kills: ['waits-for-all'],
    async run(t) {
      const other = await t.stream()
      await other.writeAndYield('data: 1\n\n')
      if (other.received.length === 0)
        t.skip('the target holds events back; flush.lockstep judges that')
      const stalled = await stalledStream(t)
      await writesAhead(t, stalled, WRITTEN_MIB * MIB)
      for (let number = 2; number < 10; number += 1) await other.arrives(`data: ${number}\n\n`)
      const late = await t.stream()
      await late.arrives('data: late\n\n')
    },
  }),
]
