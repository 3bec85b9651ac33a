import type { OriginExchange, OriginResponse } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { nextRequest } from './lose-back-end.ts'

const PAST = 'Thu, 01 Jan 1970 00:00:00 GMT'

function withCookies(...cookies: readonly string[]): OriginResponse {
  return {
    fields: [
      { name: 'Content-Type', value: 'text/event-stream' },
      ...cookies.map((value) => ({ name: 'Set-Cookie', value })),
    ],
  }
}

/** Answers a request with these cookies, and ends the stream. Returns the next request. */
async function nextAfter(
  t: Rig,
  request: OriginExchange,
  ...cookies: readonly string[]
): Promise<OriginExchange> {
  request.answer(withCookies(...cookies))
  return nextRequest(t)
}

/** Control: the back end feeds a client again. */
async function feeds(t: Rig, request: OriginExchange): Promise<void> {
  request.answer()
  const stream = await t.stream()
  await stream.arrives('data: 1\n\n')
}

/** Which cookies of a back end come back, and where. */
export const UP_COOKIE_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.cookies',
    title: 'The target returns a cookie of the back end with the next request',
    level: 'should',
    source: '[cookies §5.4]',
    meaning: 'A load balancer that keeps sessions by cookie sends the target elsewhere each time.',
    freshTarget: true,
    kills: ['no-cookies'],
    async run(t) {
      const again = await nextAfter(t, await nextRequest(t), 'route=a1; Path=/')
      const cookie = again.field('cookie') ?? 'missing'
      t.expect(/\broute=a1\b/.test(cookie), `Cookie is ${cookie} instead of route=a1`)
      await feeds(t, again)
    },
  }),
  forConcentrator({
    id: 'up.cookies-apart',
    title: 'A cookie of one back end is not sent to another',
    level: 'must',
    source: '[cookies §5.4]',
    meaning: 'Sessions of one system leak to another.',
    freshTarget: true,
    kills: ['cookies-for-all'],
    async run(t) {
      const request = await nextRequest(t)
      request.answer(withCookies('route=a1; Path=/'))
      const other = t.second
      const next = await t.renewUpstream(other)
      t.expect(
        next.field('cookie') === undefined,
        `back end B got the cookie of A: ${next.field('cookie')}`,
      )
      const stream = await t.stream()
      await stream.arrives('data: 1\n\n')
    },
  }),
  forConcentrator({
    id: 'up.cookies-path',
    title: 'A cookie is sent below its path only',
    level: 'should',
    basis: 'standard',
    source: '[cookies §5.4]',
    meaning: 'A back end gets the session of another application on its host, and refuses it.',
    freshTarget: true,
    kills: ['cookies-any-path', 'ring-cookies-any-path'],
    async run(t) {
      const first = await nextRequest(t)
      const next = await nextAfter(t, first, 'route=a1; Path=/', 'other=b2; Path=/elsewhere')
      const cookie = next.field('cookie') ?? ''
      t.expect(
        !cookie.includes('other='),
        `a cookie for /elsewhere came with a request for ${next.request.target}: ${cookie}`,
      )
      await feeds(t, next)
    },
  }),
  forConcentrator({
    id: 'up.cookies-expired',
    title: 'A cookie that the back end removes is not sent any more',
    level: 'should',
    basis: 'standard',
    source: '[cookies §5.3]',
    meaning: 'A back end gets a session that it has ended, and refuses it each time.',
    freshTarget: true,
    kills: ['cookies-for-ever', 'ring-cookies-for-ever'],
    async run(t) {
      const first = await nextRequest(t)
      const second = await nextAfter(t, first, 'gone-a=1; Path=/', 'gone-b=2; Path=/')
      const removals = ['gone-a=; Path=/; Max-Age=0', `gone-b=; Path=/; Expires=${PAST}`]
      const third = await nextAfter(t, second, ...removals)
      const cookie = third.field('cookie') ?? ''
      t.expect(
        !cookie.includes('gone-'),
        `cookies that the back end had removed came again: ${cookie}`,
      )
      await feeds(t, third)
    },
  }),
]
