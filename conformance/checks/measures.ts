import { forConcentrator, type StreamCheck } from './stream-check.ts'
import { feedsAgain, refuse, waitsBetween } from './upstream/up/lose-back-end.ts'

const MEASURED_REFUSALS = 5
const LONGEST_SILENCE_MS = 35_000
/** A claim has something to spare, or a busy machine breaks it. */
const SPARE = 1.5
const ROUND_MS = 100

const claimable = (ms: number): string => `${Math.ceil((ms * SPARE) / ROUND_MS) * ROUND_MS} ms`

/** Numbers that a target could claim; no check, so nothing in the catalogue. */
export const MEASURES: readonly StreamCheck[] = [
  forConcentrator({
    id: 'measure.reconnect',
    title: 'How long a lost back end may stay away before it is tried again',
    level: 'info',
    source: '[protocol §4.4]',
    meaning: 'Tells how long checks have to wait.',
    cost: 'slow',
    freshTarget: true,
    kills: [],
    async run(t) {
      const cameMs = await refuse(t, MEASURED_REFUSALS)
      const waitsMs = waitsBetween(cameMs)
      await feedsAgain(t)
      return claimable(Math.max(...waitsMs))
    },
  }),
  forConcentrator({
    id: 'measure.heartbeat',
    title: 'How long an idle client waits for a comment',
    level: 'info',
    source: '[protocol §5.6]',
    meaning: 'Tells fronts how much patience they need.',
    cost: 'slow',
    kills: [],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
      const startMs = performance.now()
      const before = stream.client.contentBytes
      const came = await t.eventually(() => stream.client.contentBytes > before, LONGEST_SILENCE_MS)
      if (!came) return `none within ${LONGEST_SILENCE_MS / 1000} s`
      return claimable(performance.now() - startMs)
    },
  }),
]
