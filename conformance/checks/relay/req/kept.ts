import { fieldValues } from '../../../wire/http/header-fields.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { arrives, oneMore } from '../arrives.ts'
import { rawPost } from '../raw-post.ts'
import { answerWhole, exchange, shown } from '../whole-exchange.ts'

const MANY = 10
const LARGE_CHUNK_BYTES = 70_000

/** Requests whose end decides what the next one on the connection is, and spellings of the head. */
export const REQ_KEPT_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'req.many-kept',
    title: 'Ten requests on one kept connection are all forwarded and answered',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.3]',
    meaning: 'Requests fail at random, and only with clients that keep their connections.',
    kills: ['five-requests-of-connection'],
    async run(t) {
      const { client } = await exchange(t)
      for (let nth = 2; nth <= MANY; nth += 1) {
        const upstream = await oneMore(t, client, `request ${nth} on a kept connection`)
        if (upstream === undefined) return `the target ends the connection after ${nth - 1}`
      }
      return 'the connection is kept'
    },
  }),
  forGateway({
    id: 'req.after-trailers',
    title: 'Trailers of a request are no part of the next request on its connection',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1.2] [http/1.1 §9.3]',
    meaning: 'The next request on the connection is refused, or becomes another one.',
    kills: ['leaves-trailers'],
    async run(t) {
      await exchange(t)
      const trailers = 'X-First: 1\r\nX-Second: 2\r\n'
      const { client, arrived } = rawPost(
        t,
        ['Transfer-Encoding: chunked'],
        `5\r\nhello\r\n0\r\n${trailers}\r\n`,
      )
      await t.eventually(() => arrived() !== undefined || client.head !== undefined)
      const upstream = arrived()
      if (upstream === undefined) return 'the request with trailers is refused'
      await answerWhole(t, { client, upstream })
      await t.eventually(() => client.hasSecondResponse, t.holdMs / 20)
      t.expect(!client.hasSecondResponse, 'the trailers of a request were answered as another one')
      await oneMore(t, client, 'the request after one with trailers')
      return undefined
    },
  }),
  forGateway({
    id: 'req.large-chunk',
    title: 'A chunk of 70,000 bytes in a request reaches the back end whole',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: 'Large uploads arrive damaged.',
    kills: ['chunk-sizes-of-16-bits'],
    async run(t) {
      await exchange(t)
      const content = 'x'.repeat(LARGE_CHUNK_BYTES)
      const size = LARGE_CHUNK_BYTES.toString(16)
      const post = rawPost(t, ['Transfer-Encoding: chunked'], `${size}\r\n${content}\r\n0\r\n\r\n`)
      const upstream = await arrives(
        t,
        `a request with a chunk of ${LARGE_CHUNK_BYTES} bytes`,
        post,
      )
      const { length } = upstream.request.body
      t.expect(
        length === LARGE_CHUNK_BYTES,
        `a chunk of ${LARGE_CHUNK_BYTES} bytes was sent, and the back end received ${length} bytes`,
      )
      await answerWhole(t, { client: post.client, upstream })
    },
  }),
  forGateway({
    id: 'req.zero-length',
    title: 'Content-Length: 0 of a POST request reaches the back end',
    level: 'should',
    basis: 'standard',
    source: '[http §8.6]',
    meaning: 'Back ends refuse the request with 411.',
    kills: ['drops-zero-length'],
    async run(t) {
      await exchange(t)
      const post = rawPost(t, ['Content-Length: 0'])
      const upstream = await arrives(t, 'an empty POST', post)
      const { fields } = upstream.request
      const framing = [
        ...fieldValues(fields, 'content-length'),
        ...fieldValues(fields, 'transfer-encoding'),
      ]
      t.expect(
        framing.length > 0,
        'Content-Length: 0 was sent, and the back end received neither Content-Length nor Transfer-Encoding',
      )
      await answerWhole(t, { client: post.client, upstream })
    },
  }),
  forGateway({
    id: 'req.host-case',
    title: 'A host field in lower case reaches the back end as one Host',
    level: 'must',
    basis: 'standard',
    source: '[http §5.1] [http/1.1 §3.2]',
    meaning: 'Back ends refuse requests of clients that write field names in lower case.',
    kills: ['second-host-for-lower-case'],
    async run(t) {
      await exchange(t)
      const token = t.token()
      const { host } = new URL(t.frontUrl)
      const client = t.connect({
        raw: Buffer.from(`GET ${t.pathOf(token)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`),
      })
      const arrived = () => t.backend.requests.find(({ request }) => request.target.includes(token))
      const upstream = await arrives(t, 'a request with host in lower case', { client, arrived })
      const hosts = fieldValues(upstream.request.fields, 'host')
      t.expect(
        hosts.length === 1,
        `one host field was sent, and the back end received ${hosts.length}: ${hosts.map(shown).join(' and ')}`,
      )
      await answerWhole(t, { client, upstream })
    },
  }),
]
