import { forBoth, type StreamCheck } from '../../stream-check.ts'
import { isAnswered } from './served.ts'

/** What would disturb the later requests of a connection. */
export const HYG_LATER_REQUEST_CHECKS: readonly StreamCheck[] = [
  forBoth({
    id: 'hyg.empty-line-again',
    title: 'An empty line before a later request on a connection is skipped',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §2.2]',
    meaning: 'The second request of an old client is refused.',
    kills: ['no-leading-crlf-again', 'ring-no-leading-crlf-again'],
    async run(t) {
      const { host } = new URL(t.frontUrl)
      const request = (emptyLine = '') => ({
        method: 'HEAD',
        target: t.path(),
        raw: Buffer.from(`${emptyLine}HEAD ${t.path()} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
      })
      const client = t.connect(request())
      // Otherwise `front.head-method` and the checks of `resp.*` judge that.
      if (!(await isAnswered(t, client))) t.skip('the target does not answer HEAD')
      const first = client.head?.status
      // [http/1.1 §9.6] A target may close after any response.
      await t.eventually(() => client.closed, t.holdMs / 20)
      if (client.closed) return 'the target closes the connection after the first response'
      client.again(request('\r\n'))
      const isOver = await isAnswered(t, client)
      const second = client.head?.status ?? (isOver ? 'a close' : 'nothing')
      t.expect(
        second === first,
        `HEAD was answered with ${first}, and HEAD after an empty line with ${second}`,
      )
      return 'the connection is kept'
    },
  }),
]
