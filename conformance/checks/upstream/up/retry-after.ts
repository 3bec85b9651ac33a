import type { OriginResponse } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { feedsAgain } from './lose-back-end.ts'

const ROUNDS = 2
const WAIT_S = 1
/** A date has whole seconds: some of this is lost by rounding. */
const DATE_S = 3
/** Fraction of a wait that a target may randomise. */
const JITTER = 0.8
const IGNORED = 'The target keeps retrying a back end that announced when it returns.'

function refusalWith(value: string): OriginResponse {
  return { status: 503, fields: [{ name: 'Retry-After', value }], framing: { length: 0 } }
}

/**
 * The first back end ends its stream and refuses each request from now on. Returns, for some
 * refusals, the wait that followed as a fraction of the one that was asked for. `refuse`: the
 * refusal, and the wait that it asks for.
 */
async function obeyed(
  t: Rig,
  mostMs: number,
  refuse: () => { readonly answer: OriginResponse; readonly askedMs: number },
): Promise<readonly number[]> {
  const current = await t.upstreamOf(t.backend)
  const fractions: number[] = []
  let last: { readonly atMs: number; readonly askedMs: number } | undefined
  t.backend.answerWith((upstream) => {
    if (last !== undefined) fractions.push((performance.now() - last.atMs) / last.askedMs)
    last = undefined
    // On a busy machine the target may have given up on this request: it gets no refusal then.
    setImmediate(() => {
      if (upstream.closed) return
      const { answer, askedMs } = refuse()
      upstream.answer(answer)
      upstream.fin()
      last = { atMs: performance.now(), askedMs }
    })
  })
  current.end()
  current.fin()
  for (let wanted = 0; wanted <= ROUNDS; wanted += 1) {
    await t.requireEventually(
      () => fractions.length >= wanted && last !== undefined,
      'the target did not reconnect',
      t.reconnectMs + mostMs,
    )
  }
  return fractions
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
