import type { Rig } from '../../rig/rig.ts'
import { forBoth, forConcentrator, type StreamCheck } from '../stream-check.ts'

const TICK_MS = 500

/** Nothing is written for so long; then an event has to arrive. */
async function silentFor(t: Rig, ms: number): Promise<void> {
  const stream = await t.stream()
  await stream.arrives('data: before\n\n')
  await t.eventually(() => stream.client.closed, ms)
  t.expect(!stream.client.closed, `the stream was cut within ${ms / 1000} s of silence`)
  await stream.arrives('data: after\n\n')
}

/** Something is written every half second for so long, all of which has to arrive. */
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

/** Silence and duration: what may and what may not end a stream. */
export const IDLE_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'idle.short',
    title: 'Four seconds of silence end nothing',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'Streams are cut whenever nothing happens for a moment.',
    cost: 'slow',
    kills: ['idle-3'],
    run: (t) => silentFor(t, 4000),
  }),
  forBoth({
    id: 'idle.total-short',
    title: 'A busy stream lasts longer than six seconds',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'A limit for ordinary answers cuts streams.',
    cost: 'slow',
    kills: ['total-5'],
    run: (t) => busyFor(t, 6500, (tick) => `data: ${tick}\n\n`),
  }),
  forBoth({
    id: 'idle.20',
    title: 'Twenty seconds of silence end nothing',
    level: 'must',
    source: '[sse §9.2.7]',
    meaning: 'Back ends that beat every 15 s, as the standard advises, still lose their clients.',
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
    meaning: 'Heartbeats do not help against the time limit they are meant for.',
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
    meaning: 'A limit for ordinary answers cuts streams.',
    cost: 'idle',
    idleSeconds: 20,
    kills: ['total-15'],
    run: (t) => busyFor(t, 20_000, (tick) => `data: ${tick}\n\n`),
  }),
  forBoth({
    id: 'idle.35',
    title: 'Thirty-five seconds of silence end nothing',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: 'The usual limit of half a minute cuts quiet streams.',
    cost: 'idle',
    idleSeconds: 35,
    kills: ['idle-10'],
    run: (t) => silentFor(t, 35_000),
  }),
  forBoth({
    id: 'idle.65',
    title: 'Sixty-five seconds of silence end nothing',
    level: 'should',
    source: '[sse §9.2.7]',
    meaning: 'The usual limit of a minute cuts quiet streams.',
    cost: 'idle',
    idleSeconds: 65,
    kills: ['idle-10'],
    run: (t) => silentFor(t, 65_000),
  }),
  ...[130, 310].map((seconds) =>
    forBoth({
      id: `idle.${seconds}`,
      title: `Whether ${seconds} seconds of silence end anything`,
      level: 'info',
      source: '[sse §9.2.7]',
      meaning: 'Tells how often a back end or a target has to say something.',
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
    title: 'A back end that is silent for twenty seconds is not left',
    level: 'must',
    source: '[protocol §4.6]',
    meaning: 'At night, when nothing changes, back ends are asked again and again.',
    cost: 'idle',
    idleSeconds: 20,
    kills: ['leaves-silent-back-end'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      await t.eventually(() => stream.upstream.closed, 20_000)
      t.expect(!stream.upstream.closed, 'the target left a back end that was silent')
      await stream.arrives('data: after\n\n')
    },
  }),
]
