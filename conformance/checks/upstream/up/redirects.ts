import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { expectShortWaits, feedsAgain, nextRequest } from './lose-back-end.ts'
import { counted } from '../../../counted.ts'

/** How often a target may request the URL of a redirect before it returns to its own URL. */
const MOST_GONE = 5

/** References that a redirect may use instead of a whole URL [http §10.2.2]. */
const REFERENCES = ['there?x=1', '?list=2', './here', '../up/there', '//{host}/other/there']

interface Redirected {
  /** The URL that redirected. */
  readonly from: URL
  /** The request that followed, at the same back end. */
  readonly moved: OriginExchange
}

/** Answers the next request with a redirect. */
async function redirected(t: Rig, location: string, status: number): Promise<Redirected> {
  const request = await nextRequest(t)
  request.answer({
    status,
    fields: [{ name: 'Location', value: location }],
    framing: { length: 0 },
  })
  request.fin()
  const from = new URL(request.request.target, t.backend.settings.url)
  return { from, moved: await t.upstreamOf(t.backend) }
}

/** Where a redirect leads, and for how long. */
export const UP_REDIRECT_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.redirect-relative',
    title: 'A redirect to a relative URL is resolved against the URL that redirects',
    level: 'should',
    basis: 'standard',
    source: '[http §10.2.2]',
    meaning: 'A back end that moved is lost.',
    cost: 'slow',
    kills: ['joins-location', 'ring-joins-location'],
    async run(t) {
      const { host } = new URL(t.backend.settings.url)
      for (const reference of REFERENCES) {
        const location = reference.replace('{host}', host)
        const { from, moved } = await redirected(t, location, 302)
        const { pathname, search } = new URL(location, from)
        const came = moved.request.target
        t.expect(
          came === `${pathname}${search}`,
          `after Location: ${location} at ${from.pathname} the target asked for ${came} instead of ${pathname}${search}`,
        )
      }
      await t.renewUpstream(t.backend)
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
    },
  }),
  forConcentrator({
    id: 'up.redirect-gone',
    title: 'The target returns to its own URL when the target of a permanent redirect fails',
    level: 'should',
    source: '[http §15.4] [protocol §4.4]',
    meaning: 'One wrong redirect loses a back end until the target is restarted.',
    cost: 'slow',
    freshTarget: true,
    kills: ['remembers-redirects', 'ring-remembers-redirects'],
    async run(t) {
      expectShortWaits(t, 2 * MOST_GONE)
      for (const status of [301, 308]) {
        const place = `/moved/${t.token()}`
        const { moved } = await redirected(t, place, status)
        if (moved.request.target !== place) return 'not followed'
        let gone = 0
        t.backend.answerWith((upstream) => {
          if (upstream.request.target !== place) return upstream.answer()
          gone += 1
          upstream.answer({ status: 404, fields: [], framing: { length: 0 } })
          return upstream.fin()
        })
        moved.end()
        moved.fin()
        const isBack = (): boolean => t.backend.stream !== undefined
        for (let attempt = 0; attempt < MOST_GONE && !isBack(); attempt += 1) {
          const known = gone
          await t.requireEventually(
            () => isBack() || gone > known,
            'the target did not reconnect to the back end',
            t.reconnectMs,
          )
        }
        t.expect(
          isBack(),
          `a ${status} redirected the target to ${place}, which answers 404 now: the target requested it ${counted(gone, 'time')}, and never the URL of the back end`,
        )
        await feedsAgain(t)
      }
      return undefined
    },
  }),
]
