import type { RawClient } from '../../client/raw-client.ts'
import type { OriginExchange } from '../../origin/origin-exchange.ts'
import type { Rig } from '../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../stream-check.ts'
import { rawPost } from './raw-post.ts'
import { answerWhole, exchange, shown } from './whole-exchange.ts'

const SMUGGLING =
  'A gateway in front may parse the same bytes as another request: request smuggling.'

interface Outcome {
  readonly client: RawClient
  /** The request at the back end, if it came there whole. */
  readonly upstream: OriginExchange | undefined
}

/**
 * Sends a POST with these header lines and bytes. Returns when it was refused or has reached the
 * back end.
 */
async function posts(t: Rig, lines: readonly string[], content: string): Promise<Outcome> {
  await exchange(t)
  const { client, arrived } = rawPost(t, lines, content)
  await t.requireEventually(
    () => client.head !== undefined || client.closed || arrived() !== undefined,
    'the request was neither refused nor forwarded',
  )
  return { client, upstream: arrived() }
}

/** Requires that no whole request reaches the back end, and that the client gets no success. */
async function isRefused(t: Rig, size: string, content: string): Promise<void> {
  const { client, upstream } = await outcome(t, content)
  t.expect(
    upstream === undefined,
    `${size} was sent, and the back end received a whole request with ${shown(upstream?.request.body.toString('latin1') ?? '')}`,
  )
  const status = client.head?.status ?? 400
  t.expect(status >= 400, `${size} was sent, and the client received ${status}`)
  client.close()
  await exchange(t)
}

/** Malformed content of requests. */
export const HYG_CONTENT_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'hyg.chunk-size',
    title: 'A chunk size of a request that is not a hexadecimal number is not taken for one',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: SMUGGLING,
    kills: ['strtol-chunk'],
    async run(t) {
      for (const size of ['+5', '0x5', '-1', 'x'])
        await isRefused(t, `the chunk size ${shown(size)}`, `${size}\r\nhello\r\n0\r\n\r\n`)
    },
  }),
  forGateway({
    id: 'hyg.chunk-overflow',
    title: 'A chunk size of a request that is too large for an integer does not become a small one',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: SMUGGLING,
    kills: ['wraps-chunk-size'],
    async run(t) {
      for (const size of ['100000005', '10000000000000005'])
        await isRefused(t, `the chunk size ${size}`, `${size}\r\nhello\r\n0\r\n\r\n`)
    },
  }),
  forGateway({
    id: 'hyg.chunk-end',
    title: 'A chunk of a request that does not end with CRLF does not become content',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: SMUGGLING,
    kills: ['any-chunk-end'],
    run: (t) => isRefused(t, 'a chunk that says 5 bytes and has 7', '5\r\nhello!!0\r\n\r\n'),
  }),
  forGateway({
    id: 'hyg.te-vertical-tab',
    title: 'A transfer coding with a control character is refused',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.1] [http §5.5]',
    meaning: SMUGGLING,
    kills: ['te-contains-chunked'],
    async run(t) {
      const { client, upstream } = await posts(t, ['Transfer-Encoding: \vchunked'], '0\r\n\r\n')
      t.expect(
        upstream === undefined,
        'a request that must be refused was forwarded to the back end',
      )
      t.expect((client.head?.status ?? 400) >= 400, `it was answered with ${client.head?.status}`)
    },
  }),
  forGateway({
    id: 'hyg.cl-same',
    title: 'A request with the same length twice is refused, or forwarded with one length',
    level: 'must',
    basis: 'standard',
    source: '[http §8.6]',
    meaning: SMUGGLING,
    kills: ['passes-length-list'],
    async run(t) {
      const lines = ['Content-Length: 4', 'Content-Length: 4']
      const { client, upstream } = await posts(t, lines, 'done')
      if (upstream === undefined) {
        t.expect((client.head?.status ?? 400) >= 400, `it was answered with ${client.head?.status}`)
        return 'refused'
      }
      const length = upstream.field('content-length') ?? '4'
      t.expect(
        length === '4' && upstream.request.body.toString() === 'done',
        `the back end received Content-Length: ${length}`,
      )
      await answerWhole(t, { client, upstream })
      return 'forwarded with one length'
    },
  }),
]

/** Sends a chunked POST. A gateway may wait for the rest of the chunk, so the wait is short. */
async function outcome(t: Rig, content: string): Promise<Outcome> {
  await exchange(t)
  const { client, arrived } = rawPost(t, ['Transfer-Encoding: chunked'], content)
  await t.eventually(
    () => client.head !== undefined || client.closed || arrived() !== undefined,
    t.holdMs / 4,
  )
  // An error of the gateway may come before its request at the back end.
  await t.eventually(() => arrived() !== undefined, t.holdMs / 20)
  return { client, upstream: arrived() }
}
