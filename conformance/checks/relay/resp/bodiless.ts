import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { oneMore } from '../arrives.ts'
import { answerWhole, shown } from '../whole-exchange.ts'

const CONTENT = '0123456789'
const PART = '234'

/** Responses whose fields describe content that they do not have, or have a part of. */
export const RESP_BODILESS_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'resp.head-length',
    title: 'The length in a response to HEAD is that of the back end, or is left out',
    level: 'must',
    basis: 'standard',
    source: '[http §8.6] [http §9.3.2]',
    meaning: 'Clients that ask for the size of a feed take it for empty.',
    kills: ['head-length-0'],
    async run(t) {
      const relayed = await t.relay({ method: 'HEAD' })
      await answerWhole(t, relayed, { framing: { length: CONTENT.length } }, CONTENT)
      const came = relayed.client.field('content-length')
      t.expect(
        came === undefined || came === `${CONTENT.length}`,
        `the back end answered HEAD with Content-Length: ${CONTENT.length}, and the client received Content-Length: ${came}`,
      )
      return came === undefined ? 'left out' : 'kept'
    },
  }),
  forGateway({
    id: 'resp.head-error',
    title: 'An error of the gateway in reply to HEAD leaves no content on a kept connection',
    level: 'must',
    basis: 'standard',
    source: '[http §9.3.2]',
    meaning: 'The next response on the connection is read from the middle of an error page.',
    kills: ['error-page-to-head'],
    async run(t) {
      const { client, upstream } = await t.relay({ method: 'HEAD' })
      const { target } = upstream.request
      // [http §9.2.2] A gateway may send the request again.
      t.backend.answerWith((again) => {
        if (again.request.target === target) again.reset()
      })
      upstream.reset()
      await t.requireEventually(
        () => client.head !== undefined || client.closed,
        'the back end ended the connection of a HEAD request, and the client got no response',
      )
      await t.eventually(() => client.surplusBytes > 0 || client.closed, t.holdMs / 10)
      const status = client.head?.status ?? 'the end of the connection'
      if (client.surplusBytes === 0) return `${status}`
      // `front.head-refused` tells of content that no other response follows.
      t.expect(
        await t.eventually(() => client.closed),
        `the gateway answered HEAD with ${status} and content, and keeps the connection: ${shown(client.surplusStart.toString('latin1'))}`,
      )
      return `${status} with content, and the end of the connection`
    },
  }),
  forGateway({
    id: 'resp.not-modified-length',
    title: 'A 304 response with the length of the content ends with its head',
    level: 'must',
    basis: 'standard',
    source: '[http §15.4.5] [http/1.1 §6.3]',
    meaning: 'Requests for feeds that have not changed hang, or the next ones on their connection.',
    kills: ['waits-for-304-content', 'waits-after-304'],
    async run(t) {
      const etag = '"v1"'
      const relayed = await t.relay({ fields: [{ name: 'If-None-Match', value: etag }] })
      const { client, upstream } = relayed
      if (upstream.field('if-none-match') !== etag) {
        await answerWhole(t, relayed, { fields: [{ name: 'ETag', value: etag }] })
        return 'the gateway asks for the whole response'
      }
      upstream.answer({
        status: 304,
        fields: [
          { name: 'ETag', value: etag },
          { name: 'Content-Length', value: '1000' },
        ],
      })
      await t.requireEventually(
        () => client.state === 'complete' || client.closed,
        'the back end answered 304 with Content-Length: 1000, and the client got no response: the gateway waits for content',
      )
      t.expect(
        client.head?.status === 304,
        `the back end answered 304, and the client received ${client.head?.status ?? 'a close'}`,
      )
      await oneMore(t, client, 'the request after a 304 response on a kept connection')
      return undefined
    },
  }),
  forGateway({
    id: 'resp.partial',
    title: 'A client that asks for a range gets 206 and Content-Range, or the whole content',
    level: 'must',
    basis: 'standard',
    source: '[http §14.2] [http §15.3.7]',
    meaning: 'Clients that resume a download put its pieces together wrongly.',
    kills: ['partial-as-200', 'drops-content-range'],
    async run(t) {
      const relayed = await t.relay({ fields: [{ name: 'Range', value: 'bytes=2-4' }] })
      const { client, upstream } = relayed
      if (upstream.field('range') === undefined) {
        await answerWhole(t, relayed, { framing: { length: CONTENT.length } }, CONTENT)
        const isWhole = client.head?.status === 200 && client.content.toString() === CONTENT
        t.expect(
          isWhole || client.head?.status === 206,
          `the gateway asked for the whole content, and the client received ${client.head?.status} with ${client.contentBytes} of ${CONTENT.length} bytes`,
        )
        return 'the gateway asks for the whole content'
      }
      const range = { name: 'Content-Range', value: `bytes 2-4/${CONTENT.length}` }
      await answerWhole(
        t,
        relayed,
        { status: 206, fields: [range], framing: { length: PART.length } },
        PART,
      )
      const came = client.field('content-range') ?? 'none'
      t.expect(
        client.head?.status === 206 && came === range.value,
        `the back end answered 206 with Content-Range: ${range.value}, and the client received ${client.head?.status} with Content-Range: ${came}`,
      )
      return undefined
    },
  }),
]
