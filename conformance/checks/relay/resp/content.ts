import { gzipSync } from 'node:zlib'

import { servesOrdinaryRequest } from '../../clients/ordinary-request.ts'
import { firstByteDifference } from '../../../rig/finding/compare-events.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { answerWhole, exchange, shown } from '../whole-exchange.ts'

const LARGE_BYTES = 3 * 1024 * 1024
const BINARY = Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7) % 256))
const TEXT = 'the content of a feed, '.repeat(50)
const GZIP = gzipSync(TEXT)
const ETAG = '"plain"'
const INTERIMS = 500
const NO_INTERIM = 'the gateway asks back ends with HTTP/1.0, which has no interim responses'

/** Content of responses, and interim responses. */
export const RESP_CONTENT_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'resp.content',
    title: 'Binary content reaches the client byte for byte',
    level: 'must',
    source: '[http §7.7]',
    meaning: 'Images and compressed feeds are damaged.',
    kills: ['content-as-text'],
    async run(t) {
      const { client } = await exchange(t, {
        answer: {
          fields: [{ name: 'Content-Type', value: 'application/octet-stream' }],
          framing: { length: BINARY.length },
        },
        content: BINARY,
      })
      const difference = firstByteDifference(BINARY, client.content)
      if (difference !== undefined) t.fail(difference)
    },
  }),
  forGateway({
    id: 'resp.content-large',
    title: 'Content of three megabytes reaches the client whole',
    level: 'must',
    source: '[http §8.6]',
    meaning: 'Large feeds are cut.',
    kills: ['body-cap-1m'],
    async run(t) {
      const content = Buffer.alloc(LARGE_BYTES, 'feed ')
      const { client } = await exchange(t, {
        answer: { framing: { length: content.length } },
        content,
      })
      const difference = firstByteDifference(content, client.content)
      if (difference !== undefined) t.fail(difference)
    },
  }),
  forGateway({
    id: 'resp.coded-etag',
    title: 'A gateway that compresses a response changes its strong ETag, or makes it weak',
    level: 'should',
    basis: 'standard',
    source: '[http §8.8.1] [http §8.8.3.3]',
    meaning: 'Caches and resumed downloads mix compressed with plain bytes.',
    kills: ['keeps-etag-when-compressing'],
    async run(t) {
      const { client } = await exchange(t, {
        request: { fields: [{ name: 'Accept-Encoding', value: 'gzip' }] },
        answer: {
          fields: [
            { name: 'Content-Type', value: 'text/html' },
            { name: 'ETag', value: ETAG },
          ],
          framing: { length: TEXT.length },
        },
        content: TEXT,
      })
      const coding = client.field('content-encoding')
      if (coding === undefined) return 'the response is not compressed'
      const etag = client.field('etag')
      t.expect(
        etag !== ETAG,
        `the gateway compresses the response with ${coding}, and its ETag is still that of the plain content: ${ETAG}`,
      )
      return `the ETag becomes ${etag ?? 'none'}`
    },
  }),
  forGateway({
    id: 'resp.encoded',
    title: 'Content that the back end has compressed reaches a client that accepts it',
    level: 'must',
    basis: 'standard',
    source: '[http §8.4] [http §12.5.3]',
    meaning: 'Browsers show compressed bytes, or an error.',
    kills: ['encodes-twice', 'drops-content-encoding'],
    async run(t) {
      const relayed = await t.relay({ fields: [{ name: 'Accept-Encoding', value: 'gzip' }] })
      const { client, upstream } = relayed
      const offered = /gzip/i.test(upstream.field('accept-encoding') ?? '')
      await (offered
        ? answerWhole(
            t,
            relayed,
            {
              fields: [
                { name: 'Content-Encoding', value: 'gzip' },
                { name: 'Content-Type', value: 'text/plain' },
                { name: 'Vary', value: 'Accept-Encoding' },
              ],
              framing: { length: GZIP.length },
            },
            GZIP,
          )
        : answerWhole(t, relayed, {}, TEXT))
      await t.eventually(() => client.content.toString('latin1') === TEXT)
      const came = client.content.toString('latin1')
      t.expect(
        came === TEXT,
        `the client read ${shown(came)} with Content-Encoding: ${client.field('content-encoding') ?? 'none'} instead of ${shown(TEXT)}`,
      )
    },
  }),
  forGateway({
    id: 'resp.not-encoded',
    title: 'A client that does not offer compression gets content that it can read',
    level: 'must',
    basis: 'standard',
    source: '[http §12.5.3]',
    meaning: 'Simple clients read compressed bytes.',
    kills: ['offers-gzip-itself'],
    async run(t) {
      const relayed = await t.relay()
      const { client, upstream } = relayed
      const offered = /gzip/i.test(upstream.field('accept-encoding') ?? '')
      const content = offered ? GZIP : Buffer.from(TEXT)
      const coding = offered ? [{ name: 'Content-Encoding', value: 'gzip' }] : []
      await answerWhole(
        t,
        relayed,
        { fields: coding, framing: { length: content.length } },
        content,
      )
      const came = client.field('content-encoding') ?? 'identity'
      t.expect(
        /^identity$/i.test(came) && client.content.toString('latin1') === TEXT,
        `a client without Accept-Encoding received Content-Encoding: ${came}${offered ? '; the gateway had asked the back end for gzip' : ''}`,
      )
    },
  }),
  forGateway({
    id: 'resp.interim',
    title: 'An interim response of the back end is never taken for the final one',
    level: 'must',
    basis: 'standard',
    source: '[http §15.2]',
    meaning: 'Clients get an empty response.',
    kills: ['interim-as-final'],
    async run(t) {
      const relayed = await t.relay()
      const { client, upstream } = relayed
      if (upstream.request.version === '1.0') return NO_INTERIM
      const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'
      upstream.writeRaw(Buffer.from(hint))
      await t.pause()
      await answerWhole(t, relayed)
      t.expect(
        client.head?.status === 200 && client.content.toString() === 'done',
        `the back end answered 103 and then 200, and the client received ${client.head?.status} with ${shown(client.content.toString('latin1'))}`,
      )
      return client.interim.length > 0 ? '103 is forwarded' : '103 is not forwarded'
    },
  }),
  forGateway({
    id: 'resp.interim-continue',
    title: 'An unasked 100 Continue of the back end is never taken for the final response',
    level: 'must',
    basis: 'standard',
    source: '[http §15.2.1]',
    meaning: 'Clients get an empty response, or the head of the real one as content.',
    kills: ['continue-as-200', 'interim-as-final'],
    async run(t) {
      const relayed = await t.relay()
      const { client, upstream } = relayed
      if (upstream.request.version === '1.0') return NO_INTERIM
      upstream.writeRaw(Buffer.from('HTTP/1.1 100 Continue\r\n\r\n'))
      await t.pause()
      await answerWhole(t, relayed)
      const came = client.content.toString('latin1')
      t.expect(
        client.head?.status === 200 && came === 'done',
        `the back end sent 100 Continue unasked and then 200, and the client received ${client.head?.status} with ${shown(came)}`,
      )
      return undefined
    },
  }),
  forGateway({
    id: 'resp.interim-many',
    title: `A client is answered although the back end sends ${INTERIMS} interim responses first`,
    level: 'should',
    basis: 'standard',
    source: '[http §15.2]',
    meaning: 'Clients wait for ever.',
    kills: ['stuck-after-interims', 'http-stuck-after-interims'],
    async run(t) {
      const relayed = await t.relay()
      const { client, upstream } = relayed
      if (upstream.request.version === '1.0') return NO_INTERIM
      const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'
      upstream.writeRaw(Buffer.from(hint.repeat(INTERIMS)))
      upstream.answer({ fields: [], framing: { length: 4 } })
      upstream.write('done')
      await t.requireEventuallyWhileGrowing(
        () => client.interim.length,
        () => client.state === 'complete' || client.closed,
        `the back end sent ${INTERIMS} interim responses and then 200, and the client got no response`,
      )
      await servesOrdinaryRequest(t)
      return `the client received ${client.head?.status ?? 'the end of its connection'}`
    },
  }),
  forGateway({
    id: 'resp.interim-http10',
    title: 'An HTTP/1.0 client gets no interim response',
    level: 'must',
    basis: 'standard',
    source: '[http §15.2]',
    meaning: 'Old clients read the real response as content.',
    kills: ['interim-to-http10'],
    async run(t) {
      const relayed = await t.relay({ version: '1.0' })
      const { client, upstream } = relayed
      if (upstream.request.version === '1.0') return NO_INTERIM
      upstream.writeRaw(Buffer.from('HTTP/1.1 103 Early Hints\r\nX-Hint: 1\r\n\r\n'))
      await t.pause()
      await t.eventually(
        () => client.interim.length > 0 || client.head !== undefined,
        t.holdMs / 10,
      )
      t.expect(
        client.interim.length === 0,
        `the HTTP/1.0 client received ${client.interim[0]?.status ?? ''} before the response`,
      )
      // `resp.interim` judges a gateway that cannot read interim responses.
      if (client.head !== undefined) return `the client receives ${client.head.status}`
      await answerWhole(t, relayed)
      return 'none came'
    },
  }),
]
