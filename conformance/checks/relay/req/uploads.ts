import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import { forGateway, type StreamCheck } from '../../stream-check.ts'
import { arrives } from '../arrives.ts'
import { rawPost } from '../raw-post.ts'
import { answerWhole, exchange } from '../whole-exchange.ts'

const LARGE_BYTES = 64 * 1024
const REFUSAL = 'too large'
const PIECE = 'x'.repeat(1024)
const PIECES = 20
const PIECE_MS = 500

/** Requests whose content takes time. */
export const REQ_UPLOAD_CHECKS: readonly StreamCheck[] = [
  forGateway({
    id: 'req.early-response',
    title: 'A response that comes before the end of an upload reaches the client at once',
    level: 'should',
    basis: 'standard',
    source: '[http/1.1 §9.5]',
    meaning: 'A client sends all of an upload that was refused at its beginning.',
    kills: ['uploads-before-response', 'http-uploads-first'],
    async run(t) {
      await exchange(t)
      let upstream: OriginExchange | undefined
      const fields = [`Content-Length: ${LARGE_BYTES}`]
      const { client, token } = rawPost(t, fields, PIECE)
      t.backend.onHead((begun) => {
        if (begun.request.target.includes(token)) upstream = begun
      })
      await t.eventually(() => upstream !== undefined || client.closed, t.holdMs / 4)
      if (upstream === undefined) return 'the gateway forwards a request when all of it has come'
      upstream.answer({
        status: 413,
        fields: [{ name: 'Connection', value: 'close' }],
        framing: { length: REFUSAL.length },
      })
      upstream.write(REFUSAL)
      await t.requireEventually(
        () => client.head !== undefined || client.closed,
        'the back end answered 413 to an upload that had begun, and the client got no response before it had sent the rest',
      )
      t.expect(
        client.head?.status === 413,
        `the back end answered 413 to an upload that had begun, and the client received ${client.head?.status ?? 'a close'}`,
      )
      return 'at once'
    },
  }),
  forGateway({
    id: 'req.long-upload',
    title: 'An upload of ten seconds reaches the back end whole',
    level: 'should',
    source: '[http §8.6]',
    meaning: 'Clients on slow connections can send no large entries.',
    cost: 'long',
    kills: ['uploads-at-most-8s'],
    async run(t) {
      await exchange(t)
      const post = rawPost(t, [`Content-Length: ${PIECE.length * PIECES}`])
      const { client } = post
      const isAnswered = (): boolean => client.head !== undefined || client.closed
      for (let piece = 0; piece < PIECES && !isAnswered(); piece += 1) {
        await t.eventually(isAnswered, PIECE_MS)
        client.send(Buffer.from(PIECE))
      }
      const upstream = await arrives(t, 'an upload of ten seconds', post)
      const { length } = upstream.request.body
      t.expect(
        length === PIECE.length * PIECES,
        `${PIECE.length * PIECES} bytes of content were sent within ten seconds, and the back end received ${length}`,
      )
      await answerWhole(t, { client, upstream })
    },
  }),
]
