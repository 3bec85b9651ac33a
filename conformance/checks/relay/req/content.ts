import type { RawClient } from '../../../client/raw-client.ts'
import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import { firstByteDifference } from '../../../rig/finding/compare-events.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { CANARY } from '../../clients/hyg/hygiene-cases.ts'
import { rawPost } from '../raw-post.ts'
import { answerWhole, exchange } from '../whole-exchange.ts'

const LARGE_BYTES = 512 * 1024
const PIECES = 5

/** Every byte value, as latin1. */
const BINARY = Array.from({ length: 1024 }, (_, at) => String.fromCodePoint(at % 256)).join('')

interface Sent {
  readonly client: RawClient
  readonly upstream: OriginExchange
}

function expectContent(t: Rig, { upstream }: Sent, sent: string): void {
  const difference = firstByteDifference(Buffer.from(sent, 'latin1'), upstream.request.body)
  if (difference !== undefined) t.fail(`content of a request: ${difference}`)
}

/** Sends a request in pieces. Returns when it is whole at the back end. */
async function sendsInPieces(t: Rig, head: string, pieces: readonly string[]): Promise<Sent> {
  const { client, token, arrived } = rawPost(t, [head])
  await t.requireEventually(() => client.connected, 'the front did not accept the connection')
  for (const piece of pieces) {
    await t.pause()
    client.send(Buffer.from(piece, 'latin1'))
  }
  await t.requireEventually(
    () => arrived() !== undefined || client.head !== undefined || client.closed,
    () => {
      const part = t.backend.origin.unfinished.find(({ target }) => target.includes(token))
      return part === undefined
        ? 'the request did not reach the back end'
        : `the request did not reach the back end whole: ${part.bodyBytes} bytes of its content did`
    },
  )
  const upstream = arrived()
  // [http §15.5.12] A server may ask for a length.
  if (upstream === undefined && client.head?.status === 411)
    t.skip('the target answers 411: it asks for Content-Length')
  if (upstream === undefined) {
    t.requireReachable(client)
    t.fail(`the target answered ${client.head?.status ?? 'a close'} by itself`)
  }
  return { client, upstream }
}

/** Content of requests. */
export const REQ_CONTENT_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'req.content',
    title: 'The content of a request reaches the back end byte for byte',
    level: 'must',
    source: '[http §7.7] [http §8.6]',
    meaning: 'Posted entries are damaged.',
    kills: ['request-content-as-text'],
    async run(t) {
      expectContent(t, await exchange(t, { request: { method: 'POST', body: BINARY } }), BINARY)
    },
  }),
  forGateway({
    id: 'req.content-large',
    title: 'Content of 512 KiB reaches the back end whole',
    level: 'must',
    source: '[http §8.6]',
    meaning: 'Large entries are cut, or requests hang.',
    kills: ['caps-request-content'],
    async run(t) {
      const body = 'x'.repeat(LARGE_BYTES)
      expectContent(t, await exchange(t, { request: { method: 'PUT', body } }), body)
    },
  }),
  forGateway({
    id: 'req.content-chunked',
    title: 'Chunked content of a request reaches the back end whole',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1]',
    meaning: 'Clients that do not know the length of their content write nothing.',
    kills: ['drops-chunked-content'],
    async run(t) {
      await exchange(t)
      const chunks = ['5\r\nhello\r\n', '1\r\n,\r\n', '00A\r\n brave new\r\n', '0\r\n\r\n']
      const sent = await sendsInPieces(t, 'Transfer-Encoding: chunked', chunks)
      expectContent(t, sent, 'hello, brave new')
      await answerWhole(t, sent)
    },
  }),
  forGateway({
    id: 'req.chunk-extensions',
    title: 'Chunk extensions of a request are ignored',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §7.1.1]',
    meaning: 'Requests of clients that use them are cut without a message.',
    kills: ['cuts-at-extension'],
    async run(t) {
      await exchange(t)
      const chunks = ['5\r\nhello\r\n', '7;x="y"\r\n, world\r\n', '0;last\r\n\r\n']
      const sent = await sendsInPieces(t, 'Transfer-Encoding: chunked', chunks)
      expectContent(t, sent, 'hello, world')
      await answerWhole(t, sent)
    },
  }),
  forGateway({
    id: 'req.content-pieces',
    title: 'Content that arrives in pieces reaches the back end whole',
    level: 'must',
    source: '[http §8.6]',
    meaning: 'Requests over slow connections lose their end.',
    kills: ['first-piece-only'],
    async run(t) {
      await exchange(t)
      const pieces = Array.from({ length: PIECES }, (_, nth) => `piece ${nth};`)
      const content = pieces.join('')
      const sent = await sendsInPieces(t, `Content-Length: ${content.length}`, pieces)
      expectContent(t, sent, content)
      await answerWhole(t, sent)
    },
  }),
  forGateway({
    id: 'req.content-get',
    title: 'Content of a GET request is content: it never becomes a request at the back end',
    level: 'must',
    basis: 'standard',
    source: '[http §9.3.1] [http/1.1 §6]',
    meaning: 'A client can smuggle requests inside content.',
    kills: ['ignore-get-body'],
    async run(t) {
      await exchange(t)
      const canary = `GET ${CANARY} HTTP/1.1\r\nHost: canary\r\n\r\n`
      const target = t.path()
      const client = t.connect({ target, body: canary })
      const smuggled = () => t.backend.requests.some(({ request }) => request.target === CANARY)
      const arrived = () =>
        t.backend.requests.find(
          (upstream) => upstream.request.target === target && !upstream.answered,
        )
      await t.requireEventually(
        () => arrived() !== undefined || client.head !== undefined || client.closed || smuggled(),
        'the request was neither refused nor forwarded',
      )
      const upstream = arrived()
      if (upstream !== undefined) await answerWhole(t, { client, upstream })
      await t.eventually(smuggled, t.holdMs / 10)
      t.expect(!smuggled(), 'the content of the request reached the back end as a second request')
    },
  }),
  forGateway({
    id: 'req.expect',
    title: 'A client that waits for 100 Continue before it sends content gets an answer',
    level: 'must',
    basis: 'standard',
    source: '[http §10.1.1]',
    meaning: 'Uploads of such clients wait a second each, or for ever.',
    kills: ['ignores-expect'],
    async run(t) {
      await exchange(t)
      const { client, arrived } = rawPost(t, ['Content-Length: 7', 'Expect: 100-continue'])
      await t.requireEventually(
        () => client.interim.length > 0 || client.head !== undefined || client.closed,
        'neither 100 Continue nor a final response came',
      )
      if (client.head !== undefined && client.head.status >= 400)
        return `refused with ${client.head.status}`
      client.send(Buffer.from('content'))
      await t.requireEventually(
        () => arrived() !== undefined || client.head !== undefined || client.closed,
        'the content did not reach the back end after 100 Continue',
      )
      const upstream = arrived()
      if (upstream === undefined) {
        t.requireReachable(client)
        return t.fail(
          `the target answered ${client.head?.status ?? 'with a close'} by itself after 100 Continue`,
        )
      }
      expectContent(t, { client, upstream }, 'content')
      await answerWhole(t, { client, upstream })
      return '100 Continue'
    },
  }),
  forGateway({
    id: 'req.no-post-retry',
    title: 'A POST whose response was lost is not sent to the back end again',
    level: 'must',
    basis: 'standard',
    source: '[http §9.2.2]',
    meaning: 'Entries are created twice.',
    kills: ['retries-post'],
    async run(t) {
      const target = t.path()
      const { client, upstream } = await t.relay({ method: 'POST', target, body: 'x' })
      upstream.reset()
      const again = () =>
        t.backend.requests.find((other) => other !== upstream && other.request.target === target)
      await t.requireEventually(
        () => client.head !== undefined || client.closed || again() !== undefined,
        'the client did not learn that its response is lost',
      )
      t.expect(again() === undefined, 'the back end received the POST a second time')
      await exchange(t)
    },
  }),
]
