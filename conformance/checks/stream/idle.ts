import type { Rig } from '../../rig/rig.ts'
import { forBoth, forConcentrator, forGateway, type StreamCheck } from '../stream-check.ts'

const TICK_MS = 500
const BACK_END_SILENCE_MS = 20_000
/** Longer than the 15 s between the comments that the standard advises [sse §9.2.7]. */
const SILENCE_MS = 17_000

/** Writes nothing for `ms`, then requires that an event arrives. */
async function silentFor(t: Rig, ms: number): Promise<void> {
  const stream = await t.stream()
  await stream.arrives('data: before\n\n')
  await t.eventually(() => stream.client.closed, ms)
  t.expect(!stream.client.closed, `the stream was cut within ${ms / 1000} s of silence`)
  await stream.arrives('data: after\n\n')
}

/** Writes an event every half second for a while and requires that each arrives. */
async function busyFor(t: Rig, ms: number, frame: (tick: number) => string): Promise<void> {
  const stream = await t.stream()
  for (let tick = 0; tick * TICK_MS < ms; tick += 1) {
    stream.write(frame(tick))
    await t.pause(TICK_MS)
    t.expect(!stream.client.closed, `the stream was cut after ${(tick * TICK_MS) / 1000} s`)
  }
  await stream.arrives('data: last\n\n')
}

const beats =
  (count: number) =>
  (tick: number): string =>
    tick % count === 0 ? ': beat\n\n' : ''

/** Idle and total timeouts that must not end a stream. */
export const IDLE_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'idle.short',
    title: 'A stream survives four seconds of silence',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'Streams are closed after a short silence.',
    cost: 'slow',
    kills: ['idle-3'],
    run: (t) => silentFor(t, 4000),
  }),
  forGateway({
    id: 'idle.inside-event',
    title: 'Seventeen seconds of silence within an event add nothing to it',
    level: 'must',
    source: '[sse §9.2.6] [sse §9.2.7]',
    meaning: 'A back end that pauses within an event sends it in two halves.',
    cost: 'long',
    kills: ['comments-after-10s', 'idle-10'],
    async run(t) {
      const stream = await t.stream()
      stream.write('data: first line\n')
      await t.eventually(() => stream.client.closed, SILENCE_MS)
      t.expect(
        !stream.client.closed,
        `the stream was cut within ${SILENCE_MS / 1000} s of silence inside an event`,
      )
      await stream.delivers('data: second line\n\n')
    },
  }),
  forBoth({
    id: 'idle.total-short',
    title: 'A busy stream lasts longer than six seconds',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'A timeout for ordinary responses closes streams.',
    cost: 'slow',
    kills: ['total-5'],
    run: (t) => busyFor(t, 6500, (tick) => `data: ${tick}\n\n`),
  }),
  forBoth({
    id: 'idle.20',
    title: 'A stream survives twenty seconds of silence',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning:
      'Clients are disconnected even when the back end sends a heartbeat every 15 s, as the standard advises.',
    cost: 'idle',
    idleSeconds: 20,
    kills: ['idle-10'],
    run: (t) => silentFor(t, 20_000),
  }),
  forBoth({
    id: 'idle.comments',
    title: 'Comments alone keep a stream open',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'Heartbeats do not prevent the idle timeout.',
    cost: 'idle',
    idleSeconds: 20,
    kills: ['idle-10-data-only'],
    run: (t) => busyFor(t, 20_000, beats(10)),
  }),
  forBoth({
    id: 'idle.total-20',
    title: 'A busy stream lasts longer than twenty seconds',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'A timeout for ordinary responses closes streams.',
    cost: 'idle',
    idleSeconds: 20,
    kills: ['total-15'],
    run: (t) => busyFor(t, 20_000, (tick) => `data: ${tick}\n\n`),
  }),
  forBoth({
    id: 'idle.35',
    title: 'A stream survives thirty-five seconds of silence',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: 'A common idle timeout of 30 s closes quiet streams.',
    cost: 'idle',
    idleSeconds: 35,
    kills: ['idle-10'],
    run: (t) => silentFor(t, 35_000),
  }),
  forBoth({
    id: 'idle.65',
    title: 'A stream survives sixty-five seconds of silence',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: 'A common idle timeout of 60 s closes quiet streams.',
    cost: 'idle',
    idleSeconds: 65,
    kills: ['idle-10'],
    run: (t) => silentFor(t, 65_000),
  }),
  ...[130, 310].map((seconds) =>
    forBoth({
      id: `idle.${seconds}`,
      title: `Whether a stream survives ${seconds} seconds of silence`,
      level: 'info',
      source: '[sse §9.2.7]',
      meaning: 'Shows how often a back end or a target must send a heartbeat.',
      cost: 'idle',
      idleSeconds: seconds,
      kills: ['idle-10'],
      async run(t) {
        await silentFor(t, seconds * 1000)
        return `after ${seconds} s the next event came in time`
      },
    }),
  ),
  forConcentrator({
    id: 'idle.back-end-20',
    title: 'The target stays connected to a back end that is silent for twenty seconds',
    level: 'must',
    source: '[protocol §4.6]',
    meaning: 'The target reconnects again and again at night, when nothing changes.',
    cost: 'long',
    freshTarget: true,
    kills: ['leaves-silent-back-end', 'ring-leaves-silent-back-end'],
    async run(t) {
      const { silenceMs = Infinity } = t.claims
      if (silenceMs <= BACK_END_SILENCE_MS)
        t.skip(`the target claims to replace a connection after ${silenceMs} ms of silence`)
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      await t.eventually(() => stream.upstream.closed, BACK_END_SILENCE_MS)
      t.expect(!stream.upstream.closed, 'the target disconnected from a silent back end')
      await stream.arrives('data: after\n\n')
    },
  }),
  forBoth({
    id: 'idle.total-22',
    title: 'A busy stream lasts longer than twenty-two seconds',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'A timeout for ordinary responses closes streams.',
    cost: 'long',
    kills: ['total-20', 'ring-cuts-after-20s'],
    run: (t) => busyFor(t, 22_000, (tick) => `data: ${tick}\n\n`),
  }),
]
