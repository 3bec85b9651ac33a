import type { Rig } from '../rig/rig.ts'
import type { Lane } from '../runner/lane.ts'
import { LONGEST_RECONNECT_MS } from '../runner/reconnect-time.ts'
import { forConcentrator } from './stream-check.ts'
import { nextRequest } from './upstream/up/lose-back-end.ts'

/** Waits may grow by this factor while a back end refuses a few times. */
const GROWTH = 100
const SHORTEST_MS = 5000

/**
 * One loss of the first back end: the time until the target's next request. Not in the catalogue.
 */
const FIRST_WAIT = forConcentrator({
  id: 'measure.first-wait',
  title: 'How long the target waits before its first attempt to reconnect',
  level: 'info',
  source: '[protocol §4.4]',
  meaning: 'Decides how long checks wait.',
  kills: [],
  async run(t) {
    const startMs = performance.now()
    const request = await nextRequest(t)
    const waitedMs = performance.now() - startMs
    request.answer()
    return waitedMs.toFixed(0)
  },
})

/**
 * How long checks wait for a target that does not claim `reconnectWithinMs`: a hundred times its
 * first wait, from five seconds to a minute.
 */
export async function measureReconnect(lane: Lane<Rig>): Promise<number> {
  const outcome = await lane.run(FIRST_WAIT, AbortSignal.timeout(2 * LONGEST_RECONNECT_MS))
  const waitedMs =
    'value' in outcome && outcome.value !== undefined ? Number(outcome.value) : Infinity
  return Math.min(Math.max(GROWTH * waitedMs, SHORTEST_MS), LONGEST_RECONNECT_MS)
}
