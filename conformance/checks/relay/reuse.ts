import type { ClientRequest } from '../../client/client-request.ts'
import type { RawClient } from '../../client/raw-client.ts'
import type { OriginExchange } from '../../origin/origin-exchange.ts'
import { ownAnswer } from '../../rig/finding/own-answer.ts'
import type { Rig } from '../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../stream-check.ts'
import { answerWhole, exchange, shown } from './whole-exchange.ts'

const ROUNDS = 5
const LENGTH = 4000
const CONTENT = '<entry/>'
/** How to keep clients from paying for the race, if the target does not. */
const ADVICE =
  'let the back end keep an idle connection longer than the target does (Node: server.keepAliveTimeout, 5 s by default), or let the target repeat a GET'
const FORGED = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged'

/** A new request, and the first time that it is at the back end. */
interface Sent {
  readonly client: RawClient
  /** Undefined: the target has answered by itself. */
  readonly first: OriginExchange | undefined
  /** Later times that it is there. */
  readonly again: () => OriginExchange | undefined
}

async function send(t: Rig, wanted: Partial<ClientRequest> = {}): Promise<Sent> {
  const target = t.path()
  const client = t.connect({ target, ...wanted })
  const all = (): readonly OriginExchange[] =>
    t.backend.requests.filter(({ request }) => request.target === target)
  await t.requireEventually(
    () => all().length > 0 || client.head !== undefined || client.closed,
    'the request did not reach the back end',
  )
  return { client, first: all()[0], again: () => all()[1] }
}

/**
 * What the back end has when it has ended the connection on which a request came: the same request
 * again, or nothing because the target has answered the client.
 */
async function endUnder(
  t: Rig,
  { client, first, again }: Sent,
): Promise<OriginExchange | undefined> {
  first?.fin()
  await t.requireEventually(
    () => again() !== undefined || client.head !== undefined || client.closed,
    'the request was neither sent again nor answered',
  )
  return again()
}

/** Connections to the back end that carry more than one exchange. */
export const REUSE_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'reuse.stale',
    title:
      'A kept connection that the back end ends as a request comes costs no client its request',
    // [http/1.1 §9.3.1] [http §9.2.2] A GET may be sent again; nothing says that it should.
    level: 'info',
    basis: 'standard',
    source: '[http/1.1 §9.3.1] [http §9.2.2]',
    meaning: 'Now and then a client gets 502, more often the quieter the site is.',
    kills: ['never-retries', 'http-never-retries'],
    async run(t) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { upstream: old } = await exchange(t)
        const sent = await send(t)
        const { client, first } = sent
        if (first === undefined) return t.fail(ownAnswer(client), 'not-forwarded')
        if (first.name !== old.name) {
          // A connection of its own.
          await answerWhole(t, { client, upstream: first })
          continue
        }
        const upstream = await endUnder(t, sent)
        if (upstream === undefined)
          return `no: a client received ${client.head?.status ?? 'a close'}; ${ADVICE}`
        await answerWhole(t, { client, upstream })
        return 'yes: the request was sent again'
      }
      return 'yes: no connection is used twice'
    },
  }),
  forGateway({
    id: 'reuse.ended',
    title: 'A kept connection that the back end ended earlier costs no client its request',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: 'The first client after a quiet time gets 502.',
    kills: ['uses-ended-connections'],
    async run(t) {
      const { upstream: old } = await exchange(t)
      old.fin()
      // A target that watches its idle connections ends its side, too. One that looks before it
      // sends is right as well.
      const isWatched = await t.eventually(() => old.closed)
      const sent = await send(t)
      const upstream = sent.first?.name === old.name ? await endUnder(t, sent) : sent.first
      if (upstream === undefined)
        return t.fail(
          `the back end ended a kept connection, the target sent the next request on it, and the client received ${sent.client.head?.status ?? 'a close'}: watch idle connections for their end`,
        )
      await answerWhole(t, { client: sent.client, upstream })
      return isWatched ? 'the connection was closed at once' : 'the connection was not used again'
    },
  }),
  forGateway({
    id: 'reuse.open-stream',
    title: 'No request is sent on the connection of a stream that is open',
    level: 'must',
    source: '[http/1.1 §9.3.2]',
    meaning: 'Clients wait until the stream of another client ends.',
    kills: ['shares-busy-connection'],
    async run(t) {
      const stream = await t.stream()
      await stream.writeAndYield('data: before\n\n')
      for (let round = 0; round < ROUNDS; round += 1) {
        const relayed = await t.relay()
        t.expect(
          relayed.upstream.name !== stream.upstream.name,
          'a request came on the connection of a stream that is open',
        )
        await answerWhole(t, relayed)
      }
      await stream.delivers('data: after\n\n')
    },
  }),
  forGateway({
    id: 'reuse.surplus',
    title: 'Bytes after a response of the back end are never the response to another request',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §6.3]',
    meaning: 'One faulty response of the back end mixes up the responses of all clients.',
    kills: ['keeps-surplus'],
    async run(t) {
      const { client, upstream } = await t.relay()
      upstream.answer({ fields: [], framing: { length: 2 } })
      upstream.writeRaw(Buffer.from(`ok${FORGED}`))
      await t.requireEventually(
        () => client.contentBytes >= 2 || client.closed,
        'the response did not reach the client',
      )
      t.expect(client.surplusBytes === 0, 'bytes after the response reached the client')
      for (let round = 0; round < 2; round += 1) {
        const target = t.path()
        const next = t.connect({ target })
        const waiting = () =>
          t.backend.requests.find(({ request, answered }) => request.target === target && !answered)
        await t.requireEventually(
          () => waiting() !== undefined || next.head !== undefined || next.closed,
          'the next request was neither forwarded nor answered',
        )
        const own = waiting()
        if (own !== undefined && next.head === undefined)
          await answerWhole(t, { client: next, upstream: own }, {}, 'own')
        const came = next.content.toString('latin1')
        t.expect(
          !came.includes('forged'),
          `the next client read ${shown(came)}: bytes that followed the response of another`,
        )
      }
    },
  }),
  forGateway({
    id: 'reuse.unfinished',
    title: 'The connection of a response that its client did not read to the end is not used again',
    level: 'must',
    source: '[http/1.1 §9.3]',
    meaning: 'Users read the rest of a response to another user.',
    kills: ['keeps-unfinished'],
    async run(t) {
      for (let round = 0; round < 2; round += 1) {
        const { client, upstream } = await t.relay()
        upstream.answer({ fields: [], framing: { length: LENGTH } })
        upstream.write('the start')
        // A gateway may hold a response that is not whole.
        await t.eventually(() => client.contentBytes > 0, t.holdMs / 10)
        client.close()
        const next = await t.relay()
        t.expect(
          next.upstream.name !== upstream.name,
          'a request came on a connection whose response has not ended',
        )
        await answerWhole(t, next, {}, 'own')
        t.expect(next.client.content.toString() === 'own', 'the next client read something else')
      }
    },
  }),
  forGateway({
    id: 'reuse.close',
    title: 'A connection that the back end is about to close is not used again',
    level: 'must',
    basis: 'standard',
    source: '[http/1.1 §9.6]',
    meaning: 'The request after each restart of the back end fails.',
    kills: ['ignores-close-of-back-end'],
    async run(t) {
      const relayed = await t.relay()
      const fields = [{ name: 'Connection', value: 'close' }]
      await answerWhole(t, relayed, { fields, framing: { length: 4 } })
      const next = await t.relay()
      t.expect(
        next.upstream.name !== relayed.upstream.name,
        'a request came on a connection whose response had Connection: close',
      )
      await answerWhole(t, next)
    },
  }),
  forGateway({
    id: 'reuse.retry-content',
    title: 'A request that is sent again when its connection has ended has its content again',
    level: 'must',
    basis: 'standard',
    source: '[http §9.2.2] [http §6.4]',
    meaning: 'An entry is replaced by an empty one when the back end restarts.',
    kills: ['repeats-without-content'],
    async run(t) {
      await exchange(t)
      const sent = await send(t, { method: 'PUT', body: CONTENT })
      const again = await endUnder(t, sent)
      if (again === undefined) return 'the request is not sent again'
      const body = again.request.body.toString('latin1')
      t.expect(
        body === CONTENT,
        `PUT with ${shown(CONTENT)} was sent again with ${body === '' ? 'no content' : shown(body)}`,
      )
      await answerWhole(t, { client: sent.client, upstream: again })
      return 'the request is sent again'
    },
  }),
]
