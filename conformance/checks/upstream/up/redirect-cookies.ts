import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { nextRequest } from './lose-back-end.ts'

const OWN = 'own=a1; Path=/'
const FOREIGN = 'foreign=b1; Path=/'

/** Cookies of hosts that a back end redirects to. */
export const UP_REDIRECT_COOKIE_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.redirect-cookies',
    title: 'The target separates cookies of a back end from those of a host that it redirects to',
    level: 'must',
    basis: 'standard',
    source: '[cookies §5.4]',
    meaning: 'A host behind a redirect collects the session of a back end, or plants one.',
    cost: 'slow',
    freshTarget: true,
    kills: ['cookies-to-any-host', 'ring-follows-anywhere'],
    async run(t) {
      const other = t.second
      await t.upstreamOf(other)
      const moved = `/moved/${t.token()}`
      // Cookies do not tell ports apart [cookies §8.5], so the redirect leads to another name.
      const to = `http://localhost:${other.origin.port}${moved}`
      let sentThere: string | undefined
      let cameThere = false
      other.answerWith((upstream) => {
        if (upstream.request.target !== moved) return upstream.answer()
        cameThere = true
        sentThere = upstream.field('cookie')
        const type = { name: 'Content-Type', value: 'text/event-stream' }
        upstream.answer({ fields: [type, { name: 'Set-Cookie', value: FOREIGN }] })
        upstream.end()
        return upstream.fin()
      })
      const request = await nextRequest(t)
      const asked: string[] = []
      t.backend.answerWith((upstream) => {
        asked.push(upstream.field('cookie') ?? '')
        upstream.answer()
      })
      request.answer({
        status: 302,
        fields: [
          { name: 'Location', value: to },
          { name: 'Set-Cookie', value: OWN },
        ],
        framing: { length: 0 },
      })
      request.fin()
      await t.requireEventually(
        () => asked.length > 0,
        'the target did not return to its back end after a redirect to another host',
        t.reconnectMs,
      )
      t.expect(
        sentThere?.includes('own=a1') !== true,
        `the host behind the redirect got the cookie of the back end: ${sentThere}`,
      )
      const planted = asked.find((cookie) => cookie.includes('foreign=b1'))
      t.expect(
        planted === undefined,
        `the back end got the cookie of the host that it had redirected to: ${planted}`,
      )
      t.backend.resetAnswer()
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
      return cameThere ? 'followed, cookies apart' : 'not followed'
    },
  }),
]
