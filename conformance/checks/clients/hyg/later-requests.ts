import type { RawClient } from '../../../client/raw-client.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forBoth, type StreamCheck } from '../../stream-check.ts'
import { servesOrdinaryRequest } from '../ordinary-request.ts'
import { isAnswered } from './served.ts'

const CLOSES = 'the target closes the connection after a response'

// [http/1.1 §9.6] It may, after any.
async function closes(t: Rig, client: RawClient): Promise<boolean> {
  return await t.eventually(() => client.closed, t.holdMs / 20)
}

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
      await servesOrdinaryRequest(t)
      const { host } = new URL(t.frontUrl)
      const request = (emptyLine = '') => ({
        method: 'HEAD',
        target: t.path(),
        raw: Buffer.from(`${emptyLine}HEAD ${t.path()} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
      })
      const client = t.connect(request())
      // Other checks judge what comes of HEAD, and of a second request.
      if (!(await isAnswered(t, client))) t.skip('the target does not answer HEAD')
      if (await closes(t, client)) return CLOSES
      client.again(request())
      if (!(await isAnswered(t, client))) t.skip('the target does not answer a second HEAD')
      const plain = client.head?.status
      if (await closes(t, client)) return CLOSES
      client.again(request('\r\n'))
      const isOver = await isAnswered(t, client)
      const after = client.head?.status ?? (isOver ? 'a close' : 'nothing')
      t.expect(
        after === plain,
        `a second HEAD on a connection was answered with ${plain}, and a third one after an empty line with ${after}`,
      )
      return 'the connection is kept'
    },
  }),
]
