import type { Rig } from '../../rig/rig.ts'
import { forGateway, type StreamCheck } from '../stream-check.ts'
import { answerWhole, exchange, shown } from './whole-exchange.ts'

const ROUNDS = 5
const LENGTH = 4000
const FORGED = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged'

/** A finite exchange on a connection that the back end keeps open. */
async function keepsConnection(t: Rig): Promise<string> {
  const { upstream } = await exchange(t)
  return upstream.name
}

/** Connections to the back end that carry more than one exchange. */
export const REUSE_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'reuse.stale',
    title: 'A kept connection that the back end has just ended costs no client its request',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.3.1]',
    meaning: 'Now and then a client gets 502, more often the quieter the site is.',
    kills: ['never-retries', 'http-never-retries'],
    async run(t) {
      for (let round = 0; round < ROUNDS; round += 1) {
        const old = await keepsConnection(t)
        const target = t.path()
        const client = t.connect({ target })
        const arrived = () =>
          t.backend.requests.find(({ request, answered }) => request.target === target && !answered)
        await t.requireEventually(
          () => arrived() !== undefined || client.head !== undefined || client.closed,
          'the request did not reach the back end',
        )
        const first = arrived()
        if (first?.name !== old) {
          // A connection of its own.
          if (first !== undefined) await answerWhole(t, { client, upstream: first })
          continue
        }
        // The back end ends the kept connection just as the request comes.
        first.fin()
        const second = () =>
          t.backend.requests.find(
            (upstream) => upstream.request.target === target && upstream !== first,
          )
        await t.requireEventually(
          () => second() !== undefined || client.head !== undefined || client.closed,
          'the request was neither sent again nor answered',
        )
        const upstream = second()
        if (upstream === undefined)
          return t.fail(
            `the back end ended a kept connection as a GET request came on it, and the client received ${client.head?.status ?? 'a close'}`,
          )
        // Another kept connection, as stale as the first one.
        if (upstream.name !== old) await answerWhole(t, { client, upstream })
        return 'the request was sent again'
      }
      return 'no connection is used twice'
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
    meaning: 'One faulty response of the back end mixes up the responses of everybody.',
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
]
