import type { Rig } from '../../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { answerWhole, exchange, shown } from '../whole-exchange.ts'
import { counted } from '../../../counted.ts'

const SETTLE = 10

interface StatusCase {
  readonly name: string
  readonly title: string
  readonly meaning: string
  readonly level: 'must' | 'should'
  readonly kills: readonly string[]
  readonly statuses: readonly number[]
}

const STATUS_CASES: readonly StatusCase[] = [
  {
    name: 'success',
    title: 'Each successful status of the back end reaches the client',
    meaning: 'Clients cannot tell a created entry from an accepted one.',
    level: 'must',
    kills: ['success-as-200'],
    statuses: [200, 201, 202, 203],
  },
  {
    name: 'client-error',
    title: 'Each client error of the back end reaches the client',
    meaning: 'Clients retry forever, or give up although they should not.',
    level: 'must',
    kills: ['errors-as-200', 'not-found-as-404-only'],
    statuses: [400, 401, 403, 404, 405, 406, 409, 410, 412, 415, 422, 429],
  },
  {
    name: 'server-error',
    title: 'Each server error of the back end reaches the client',
    meaning: 'Clients cannot tell a fault from an overload.',
    level: 'must',
    kills: ['maps-5xx-to-502'],
    statuses: [500, 501, 502, 503, 504],
  },
  {
    name: 'unknown-status',
    title: 'A status that the gateway does not know reaches the client',
    meaning: 'New statuses cannot be used.',
    level: 'should',
    kills: ['known-statuses-only'],
    statuses: [299, 418, 451, 499, 599],
  },
]

/** A client sees a status and the content that belongs to it. */
async function passes(t: Rig, status: number): Promise<void> {
  const content = `content of ${status}`
  const { client } = await exchange(t, { answer: { status }, content })
  const came = client.head?.status
  t.expect(came === status, `the back end answered ${status}, and the client received ${came}`)
}

/** Statuses, and responses that are special because of them. */
export const RESP_STATUS_CHECKS: readonly StreamCheck[] = [
  ...STATUS_CASES.map(({ name, title, meaning, level, kills, statuses }) =>
    forGateway({
      id: `resp.${name}`,
      title,
      level,
      source: '[http §15]',
      meaning,
      kills,
      async run(t) {
        for (const status of statuses) await passes(t, status)
      },
    }),
  ),
  forGateway({
    id: 'resp.error-content',
    title: 'The content of an error reaches the client',
    level: 'should',
    source: '[http §15.5]',
    meaning: 'Users see a page of the gateway instead of what went wrong.',
    kills: ['intercepts-errors'],
    async run(t) {
      for (const status of [404, 500, 503]) {
        const content = `{"error":"of the back end, ${status}"}`
        const { client } = await exchange(t, {
          answer: { status, fields: [{ name: 'Content-Type', value: 'application/json' }] },
          content,
        })
        const came = client.content.toString()
        t.expect(
          came === content,
          `the back end answered ${status} with ${shown(content)}, and the client received ${shown(came)}`,
        )
      }
    },
  }),
  forGateway({
    id: 'resp.redirect',
    title: 'Redirects reach the client, and the gateway does not follow them',
    level: 'must',
    source: '[http §15.4] [sse §9.2.2]',
    meaning: 'Clients stay at the old URL, and the gateway can be sent anywhere.',
    kills: ['follows-redirects', 'redirects-as-302'],
    async run(t) {
      for (const status of [301, 302, 303, 307, 308]) {
        const token = t.token()
        const location = `/elsewhere/${token}?x=1`
        const relayed = await t.relay()
        const { client, upstream } = relayed
        upstream.answer({
          status,
          fields: [{ name: 'Location', value: location }],
          framing: { length: 0 },
        })
        const followed = () =>
          t.backend.requests.some(({ request: { target } }) => target.includes(token))
        await t.requireEventually(
          () => client.state === 'complete' || client.closed || followed(),
          `the response ${status} did not reach the client`,
        )
        t.expect(!followed(), `the gateway followed the redirect ${status} to ${location} itself`)
        const came = client.field('location') ?? 'none'
        t.expect(
          client.head?.status === status && came.endsWith(location),
          `the back end answered ${status} with Location: ${location}, and the client received ${client.head?.status} with Location: ${came}`,
        )
      }
    },
  }),
  forGateway({
    id: 'resp.no-content',
    title: 'A 204 response reaches the client without content, and without a coding',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.1] [http §15.3.5] [sse §9.2.2]',
    meaning: 'EventSource does not stop, or clients that keep the connection read garbage.',
    kills: ['no-content-as-200', 'chunks-no-content'],
    async run(t) {
      const { client } = await exchange(t, {
        answer: { status: 204, fields: [{ name: 'X-End', value: '1' }] },
        content: '',
      })
      t.expect(
        client.head?.status === 204,
        `the back end answered 204, and the client received ${client.head?.status}`,
      )
      const coding = client.field('transfer-encoding')
      t.expect(coding === undefined, `the 204 response has Transfer-Encoding: ${coding ?? ''}`)
      await t.eventually(() => client.surplusBytes > 0, t.holdMs / SETTLE)
      t.expect(
        client.surplusBytes === 0,
        `the 204 response is followed by ${counted(client.surplusBytes, 'byte')}`,
      )
    },
  }),
  forGateway({
    id: 'resp.not-modified',
    title: 'A client with a current copy gets 304 and the validator, without content',
    level: 'must',
    basis: 'standard',
    source: '[http §13.2.1] [http §15.4.5]',
    meaning: 'Feeds are sent whole although they have not changed.',
    kills: ['strips-conditionals', 'drops-304-etag', 'content-after-304'],
    async run(t) {
      const etag = '"v1"'
      const relayed = await t.relay({ fields: [{ name: 'If-None-Match', value: etag }] })
      const { client, upstream } = relayed
      const fields = [{ name: 'ETag', value: etag }]
      // A gateway with a cache may ask for the whole response, and answers 304 itself.
      const isCurrent = upstream.field('if-none-match') === etag
      await (isCurrent
        ? answerWhole(t, relayed, { status: 304, fields }, '')
        : answerWhole(t, relayed, { fields }, 'whole'))
      t.expect(
        client.head?.status === 304,
        isCurrent
          ? `the back end answered 304, and the client received ${client.head?.status}`
          : `If-None-Match did not reach the back end, and the client received ${client.head?.status} instead of 304`,
      )
      t.expect(
        client.field('etag') === etag,
        `the back end sent ETag: ${etag} with 304, and the client received ${client.field('etag') ?? 'none'}`,
      )
      await t.eventually(() => client.surplusBytes > 0, t.holdMs / SETTLE)
      t.expect(
        client.surplusBytes === 0,
        `the 304 response is followed by ${counted(client.surplusBytes, 'byte')}`,
      )
    },
  }),
  forGateway({
    id: 'resp.head',
    title: 'HEAD is answered with the fields of the back end and without content',
    level: 'must',
    basis: 'standard',
    source: '[http §9.3.2]',
    meaning: 'Monitors hang, or clients that keep the connection read garbage.',
    kills: ['head-with-body', 'waits-for-head-content'],
    async run(t) {
      const relayed = await t.relay({ method: 'HEAD' })
      const fields = [{ name: 'X-End', value: '1' }]
      await answerWhole(t, relayed, { fields, framing: { length: 5 } }, '12345')
      const { client } = relayed
      t.expect(client.head?.status === 200, `HEAD was answered with ${client.head?.status}`)
      t.expect(client.field('x-end') === '1', 'a field of the back end is missing after HEAD')
      await t.eventually(() => client.surplusBytes > 0, t.holdMs / SETTLE)
      t.expect(
        client.surplusBytes === 0,
        `the head is followed by ${counted(client.surplusBytes, 'byte')}`,
      )
    },
  }),
  forGateway({
    id: 'resp.head-stream',
    title: 'HEAD on a stream is answered at once',
    level: 'must',
    basis: 'standard',
    source: '[http §9.3.2]',
    meaning: 'Monitors that use HEAD hang, or read garbage as the next response.',
    kills: ['waits-for-head-content', 'last-chunk-after-head'],
    async run(t) {
      const { client, upstream } = await t.relay({ method: 'HEAD' })
      upstream.answer()
      // A gateway may ask for the stream with GET, and send its head only.
      await t.requireEventually(
        () => client.state === 'complete' || client.closed,
        'the response to HEAD did not end',
      )
      t.expect(
        client.head?.status === 200,
        `HEAD was answered with ${client.head?.status ?? 'a close'}`,
      )
      await t.eventually(() => client.surplusBytes > 0, t.holdMs / SETTLE)
      t.expect(
        client.surplusBytes === 0,
        `the head is followed by ${counted(client.surplusBytes, 'byte')}`,
      )
    },
  }),
  forGateway({
    id: 'resp.version',
    title: 'A response of an HTTP/1.0 back end has the version of the gateway',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §2.3]',
    meaning: 'Clients take the connection for an old one, and read chunk sizes as content.',
    kills: ['blind-status-line'],
    async run(t) {
      const { client } = await exchange(t, { answer: { version: '1.0', framing: 'close' } })
      t.expect(
        client.head?.version === '1.1',
        `the back end speaks HTTP/1.0, and the client received HTTP/${client.head?.version}`,
      )
      t.expect(
        client.content.toString() === 'done',
        'the content of an HTTP/1.0 back end was changed',
      )
    },
  }),
]
