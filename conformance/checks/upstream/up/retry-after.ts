import type { OriginResponse } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { LateTime } from '../../../runner/responsive-time.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { feedsAgain } from './lose-back-end.ts'

/** Waits that are surely the target's, and not those of a busy machine. */
const CLEAR_WAITS = 2
const MOST_WAITS = 6
const WAIT_S = 1
/** A date has whole seconds: some of this is lost by rounding. */
const DATE_S = 3
/** Fraction of a wait that a target may randomise. */
const JITTER = 0.8
const IGNORED = 'The target keeps retrying a back end that announced when it returns.'

interface Refusal {
  readonly answer: OriginResponse
  /** The wait that it asks for. */
  readonly askedMs: number
}

function refusalWith(value: string): OriginResponse {
  return { status: 503, fields: [{ name: 'Retry-After', value }], framing: { length: 0 } }
}

/**
 * The first back end ends its stream and refuses each request from now on. Returns, for some
 * refusals, the wait that followed as a fraction of the one that was asked for. On a busy machine a
 * target may return late that ignores Retry-After: there are more refusals then.
 */
async function obeyed(t: Rig, mostMs: number, refuse: () => Refusal): Promise<readonly number[]> {
  using late = new LateTime()
  const current = await t.upstreamOf(t.backend)
  const waits: { readonly fraction: number; readonly isClear: boolean }[] = []
  let last: { atMs: number; lateMs: number; askedMs: number } | undefined
  t.backend.answerWith((upstream) => {
    if (last !== undefined) {
      const { atMs, lateMs, askedMs } = last
      const tookMs = performance.now() - atMs
      const surelyMs = tookMs - (late.ms - lateMs)
      waits.push({ fraction: tookMs / askedMs, isClear: surelyMs >= askedMs * JITTER })
    }
    last = undefined
    // On a busy machine the target may have given up on this request: it gets no refusal then.
    setImmediate(() => {
      if (upstream.closed) return
      const { answer, askedMs } = refuse()
      const [atMs, lateMs] = [performance.now(), late.ms]
      upstream.answer(answer)
      upstream.fin()
      last = { atMs, lateMs, askedMs }
    })
  })
  current.end()
  current.fin()
  const isDecided = (): boolean =>
    waits.length >= MOST_WAITS ||
    waits.some(({ fraction }) => fraction < JITTER) ||
    waits.filter(({ isClear }) => isClear).length >= CLEAR_WAITS
  for (let wanted = 0; ; wanted += 1) {
    await t.requireEventually(
      () => waits.length >= wanted && last !== undefined,
      'the target did not reconnect',
      t.reconnectMs + mostMs,
    )
    if (isDecided()) return waits.map(({ fraction }) => fraction)
  }
}

/** Whether the target waits as Retry-After says. */
export const UP_RETRY_AFTER_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.retry-after',
    title: "The target waits for the time in a back end's Retry-After before it reconnects",
    level: 'should',
    basis: 'standard',
    source: '[http §10.2.3]',
    meaning: IGNORED,
    cost: 'slow',
    freshTarget: true,
    kills: ['ignores-retry-after'],
    async run(t) {
      const askedMs = WAIT_S * 1000
      const answer = refusalWith(`${WAIT_S}`)
      const shortestMs =
        Math.min(...(await obeyed(t, askedMs, () => ({ answer, askedMs })))) * askedMs
      t.expect(
        shortestMs >= askedMs * JITTER,
        `with Retry-After: ${WAIT_S} the target reconnected after ${shortestMs.toFixed(0)} ms`,
      )
      await feedsAgain(t, askedMs)
      return `reconnected after ${shortestMs.toFixed(0)} ms`
    },
  }),
  forConcentrator({
    id: 'up.retry-after-date',
    title: "The target waits until the date in a back end's Retry-After before it reconnects",
    level: 'should',
    basis: 'standard',
    source: '[http §10.2.3]',
    meaning: IGNORED,
    cost: 'slow',
    freshTarget: true,
    kills: ['ignores-retry-dates', 'ring-ignores-retry-dates'],
    async run(t) {
      let date = ''
      const fractions = await obeyed(t, DATE_S * 1000, () => {
        date = new Date(Date.now() + DATE_S * 1000).toUTCString()
        return { answer: refusalWith(date), askedMs: Date.parse(date) - Date.now() }
      })
      const shortest = Math.min(...fractions)
      t.expect(
        shortest >= JITTER,
        `with Retry-After: ${date}, ${DATE_S} s ahead, the target reconnected after ${(shortest * 100).toFixed(0)} % of that time`,
      )
      await feedsAgain(t, DATE_S * 1000)
    },
  }),
]
