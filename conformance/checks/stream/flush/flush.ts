import type { Rig } from '../../../rig/rig.ts'
import { forBoth, forConcentrator, forGateway, type StreamCheck } from '../../stream-check.ts'
import { lockstep } from './lockstep.ts'

const BUFFER_SIZES = [1024, 4096, 8192, 16_384, 65_536]
const SILENCE_MS = 4000
const CLIENTS = 20
const TIMED_EVENTS = 5
/** Longer than the slowest target that passes calibration. */
const TICK_MS = 450
const LATE = 'Users see changes late, in bursts, or only when the stream ends.'

/** An event of exactly `bytes` bytes on the wire. */
function eventOfSize(bytes: number): string {
  return `data:${'x'.repeat(Math.max(0, bytes - 'data:\n\n'.length))}\n\n`
}

async function parallel(t: Rig): Promise<void> {
  if (t.role === 'gateway') {
    const streams = await Promise.all(Array.from({ length: CLIENTS }, () => t.stream()))
    for (let step = 1; step <= 5; step += 1) {
      await Promise.all(streams.map((stream) => stream.arrives(`data: step ${step}\n\n`)))
    }
    return
  }
  const others = Array.from({ length: CLIENTS - 1 }, () => t.connect())
  for (const client of others) await t.opens(client)
  const stream = await t.stream()
  for (let step = 1; step <= 5; step += 1) {
    const data = `step ${step} ${t.token()}`
    await stream.arrives(`data: ${data}\n\n`)
    await t.requireEventually(
      () => others.every((client) => client.hasEvent(data)),
      `event ${step} did not reach all ${CLIENTS} clients before the next one was written`,
    )
  }
}

/** Each event is forwarded before the next is written: the checks judge order, not milliseconds. */
export const FLUSH_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'flush.headers',
    title: 'Status and headers reach the client while no event exists',
    level: 'must',
    source: '[sse §9.2.2] [protocol §5.2]',
    meaning: 'Clients stay in "connecting" until the first change, or give up.',
    kills: ['head-waits-for-body', 'http-holds-head', 'ring-head-unflushed'],
    async run(t) {
      // Not `t.stream()`: for a concentrator that opens the response with an event if nothing else
      // does.
      const { client } = t.role === 'gateway' ? await t.stream() : { client: t.connect() }
      if (t.role === 'concentrator') await t.upstreamOf(t.backend)
      // A head that comes with the first heartbeat is late.
      const limitMs = Math.min(t.holdMs, (t.claims.heartbeatMs ?? Infinity) / 2)
      await t.requireEventually(
        () => client.head !== undefined,
        'no response head came while no event existed',
        limitMs,
        'late-head',
      )
    },
  }),
  forBoth({
    id: 'flush.first-event',
    title: 'The first small event arrives alone',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: LATE,
    kills: ['buffer-4k', 'buffer-first-256'],
    async run(t) {
      const stream = await t.stream({ marked: false })
      await stream.arrives('data: 1\n\n')
    },
  }),
  forBoth({
    id: 'flush.part-of-chunk',
    title: 'An event is forwarded before the rest of its chunk has come',
    level: 'should',
    source: '[sse §9.2.7] [http/1.1 §7.1]',
    meaning: LATE,
    kills: ['waits-for-whole-chunks'],
    async run(t) {
      const stream = await t.stream()
      const { client, upstream } = stream
      if (upstream.request.version === '1.0') t.skip('the target asks back ends by HTTP/1.0')
      // The part comes in a packet of its own, never in that of the response head.
      await stream.writeAndYield('data: before\n\n')
      const data = t.token()
      const [event, rest] = [`data: ${data}\n\n`, ':\n\n']
      const size = (event.length + rest.length).toString(16)
      upstream.writeRaw(Buffer.from(`${size}\r\n${event}`))
      const came = await t.eventually(() => client.hasEvent(data))
      upstream.writeRaw(Buffer.from(`${rest}\r\n`))
      t.expect(came, 'an event had not reached the client while the rest of its chunk was missing')
    },
  }),
  forBoth({
    id: 'flush.lockstep',
    title: 'Fifty events: each is at the client before the next is written',
    level: 'must',
    source: '[sse §9.2.7] [protocol §5.5]',
    meaning: LATE,
    kills: ['buffer-until-close'],
    run: (t) => lockstep(t, 50),
  }),
  forBoth({
    id: 'flush.last-event',
    title: 'The last event of a burst arrives although nothing follows',
    level: 'must',
    source: '[sse §9.2.6]',
    meaning: 'Users are always one event behind.',
    kills: ['hold-back-one'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 1\n\ndata: 2\n\ndata: 3\n\n')
      await stream.arrives('data: 4\n\n')
    },
  }),
  forBoth({
    id: 'flush.cr-only',
    title: 'Events that end with CR are forwarded without waiting for the next byte',
    level: 'should',
    basis: 'standard',
    source: '[sse §9.2.6]',
    meaning: 'Streams with CR line ends are one event late.',
    kills: ['linebuf-lf', 'ring-waits-after-cr'],
    async run(t) {
      const stream = await t.stream()
      for (const number of [1, 2, 3]) await stream.arrives(`data: ${number}\r\r`)
    },
  }),
  forBoth({
    id: 'flush.sizes',
    title: 'Events just below, at and above common buffer sizes are forwarded at once',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'Whether an event arrives in time depends on its length.',
    kills: ['buffer-4k', 'buffer-8k', 'buffer-16k', 'buffer-64k', 'block-tail-8k'],
    async run(t) {
      const stream = await t.stream()
      for (const size of [
        8,
        100,
        ...BUFFER_SIZES.flatMap((bytes) => [bytes - 1, bytes, bytes + 1]),
      ]) {
        await stream.arrives(eventOfSize(size))
      }
    },
  }),
  forBoth({
    id: 'flush.after-idle',
    title: 'The first event after a silence is forwarded at once',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning:
      'The first change after a quiet period comes late: the usual case in a newsroom at night.',
    cost: 'slow',
    kills: ['delayed-ack-buffer'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      await t.pause(SILENCE_MS)
      await stream.arrives('data: after\n\n')
    },
  }),
  forBoth({
    id: 'flush.timer',
    title: 'Events do not wait for the next tick of a timer',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: LATE,
    cost: 'slow',
    kills: ['flush-every-1s'],
    async run(t) {
      const stream = await t.stream()
      const delaysMs: number[] = []
      for (let number = 0; number < TIMED_EVENTS; number += 1) {
        const startMs = performance.now()
        await stream.arrives(`data: ${number}\n\n`)
        delaysMs.push(performance.now() - startMs)
      }
      // Each event is written when the previous one has arrived, so a timer delays all but the
      // first by a whole period.
      const fastestMs = Math.min(...delaysMs.slice(1))
      t.expect(fastestMs <= TICK_MS, `each event takes ${fastestMs.toFixed(0)} ms or more`)
      return `the fastest of ${TIMED_EVENTS} events took ${fastestMs.toFixed(1)} ms`
    },
  }),
  forBoth({
    id: 'flush.parallel',
    title: 'Twenty simultaneous streams each deliver in time',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'Clients delay one another.',
    kills: ['global-write-lock', 'worker-pool-16'],
    run: parallel,
  }),
  forGateway({
    id: 'flush.comment',
    title: 'A single comment is forwarded at once',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'Heartbeats arrive late, and clients close the connection as dead.',
    kills: ['flush-on-data-only'],
    async run(t) {
      const stream = await t.stream()
      for (let beat = 0; beat < 5; beat += 1) await stream.arrives(':\n')
    },
  }),
  forConcentrator({
    id: 'flush.crlf',
    title: 'Events that end with CRLF are forwarded without waiting for the next byte',
    level: 'must',
    basis: 'standard',
    source: '[sse §9.2.6]',
    meaning: 'Streams with CRLF line ends are one event late.',
    kills: ['ring-waits-after-crlf', 'waits-after-crlf'],
    async run(t) {
      const stream = await t.stream()
      for (const number of [1, 2, 3]) await stream.arrives(`data: ${number}\r\n\r\n`)
      for (const number of [4, 5]) {
        await stream.writeAndYield(`data: sync\r\n\r\ndata: ${number}\r\n`)
        await stream.arrives('\r\n')
      }
    },
  }),
]
