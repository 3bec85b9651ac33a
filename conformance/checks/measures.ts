import { forConcentrator, type StreamCheck } from './stream-check.ts'
import { feedsAgain, refuse, waitsBetween } from './upstream/up/lose-back-end.ts'

const MEASURED_REFUSALS = 5
const LONGEST_SILENCE_MS = 35_000
/** Claims get a margin, so that a busy machine keeps them. */
const SPARE = 1.5
const ROUND_MS = 100

const claimable = (ms: number): string => `${Math.ceil((ms * SPARE) / ROUND_MS) * ROUND_MS} ms`

/**
 * Measurements of numbers that a target could claim. They are not checks and not in the catalogue.
 */
export const MEASURES: readonly StreamCheck[] = [
  forConcentrator({
    id: 'measure.reconnect',
    title: 'How long the target waits before it reconnects to a lost back end',
    level: 'info',
    source: '[protocol §4.4]',
    meaning: 'Decides how long checks wait.',
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
    meaning: 'Decides which idle timeout a front needs.',
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
