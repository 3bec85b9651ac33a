import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { feedsAgain, nextRequest } from './lose-back-end.ts'

const HANGING = 'A back end that hangs is lost until the target is restarted.'
const INTERIM = 'HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n'
const INTERIMS = 500
/** Pieces in the time that the target claims to wait for a whole head. */
const PIECES = 15
/** Times the claimed one. */
const PATIENCE = 1.5
const ROUNDS = 8

/**
 * Sends the piece again and again until the target gives up, which it must when it has answered
 * clients after the claimed time. Returns the longer of the last two times between pieces, or before
 * the end: what was written just before the end may not have been read yet.
 */
async function isGivenUp(t: Rig, request: OriginExchange, piece: string): Promise<number> {
  const limitMs = t.claimed('headWithinMs')
  const pieceMs = limitMs / PIECES
  let lastMs = performance.now()
  let gapMs = 0
  let hasRun: boolean | undefined
  const ran = (): void => {
    hasRun = true
  }
  for (let sentMs = 0; !request.closed; sentMs += pieceMs) {
    t.expect(
      hasRun !== true,
      `the target still waits for the end of the response head after ${Math.round(sentMs)} ms`,
    )
    if (sentMs >= PATIENCE * limitMs && hasRun === undefined) {
      hasRun = false
      void t.letTargetRun().then(ran, ran)
    }
    request.writeRaw(Buffer.from(piece))
    gapMs = performance.now() - lastMs
    lastMs += gapMs
    await t.eventually(() => request.closed, pieceMs)
  }
  return Math.max(gapMs, performance.now() - lastMs)
}

/** Back ends that keep sending and never finish a response head. */
export const UP_ENDLESS_HEAD_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'up.interim-many',
    title: `The target reads the response after ${INTERIMS} interim responses, or reconnects`,
    level: 'should',
    basis: 'standard',
    source: '[http §15.2] [protocol §5.11]',
    meaning: 'One odd response loses a back end until the target is restarted.',
    cost: 'slow',
    kills: ['stuck-after-interims', 'ring-interims-are-final'],
    async run(t) {
      const stream = await t.stream()
      await stream.arrives('data: before\n\n')
      const request = await nextRequest(t)
      request.writeRaw(Buffer.from(INTERIM.repeat(INTERIMS)))
      request.answer()
      // The next request of a target that has given up gets the usual answer.
      const data = t.token()
      request.write(`data: ${data}\n\n`)
      const isRead = await t.eventually(() => stream.client.hasEvent(data) || request.closed)
      if (!stream.client.hasEvent(data)) {
        await t.requireEventually(
          () => t.backend.stream !== undefined && t.backend.stream !== request,
          `after ${INTERIMS} interim responses the target neither read the response nor reconnected`,
          isRead ? t.reconnectMs : t.holdMs,
        )
        const next = await t.upstreamOf(t.backend)
        next.write(`data: ${data}\n\n`)
        await t.requireEventually(
          () => stream.client.hasEvent(data),
          'no event came after the target had reconnected',
        )
      }
      t.expect(!stream.client.closed, 'the client lost its stream')
      return request.closed ? 'reconnected' : 'read the response'
    },
  }),
  ...(
    [
      ['up.interim-endless', 'interim responses and no final one', INTERIM],
      ['up.head-endless', 'pieces of a response head that does not end', 'X-Piece: 1\r\n'],
    ] as const
  ).map(([id, what, piece]) =>
    forConcentrator({
      id,
      title: `The target gives up on a back end that keeps sending ${what}`,
      level: 'should',
      basis: 'choice',
      source: '[protocol §4.4]',
      meaning: HANGING,
      variant: 'tight',
      cost: 'slow',
      freshTarget: true,
      kills: ['head-timer-restarts', 'ring-head-timer-restarts'],
      async run(t) {
        // The end right after a piece is due to the time since the request. When this machine is
        // too busy to write pieces, the back end was silent: that round does not count.
        const mostMs = t.claimed('headWithinMs') / 3
        let silentMs = Infinity
        for (let round = 0; round < ROUNDS && silentMs > mostMs; round += 1) {
          const request = await nextRequest(t)
          if (piece !== INTERIM) request.answerRaw('HTTP/1.1 200 OK\r\n')
          silentMs = await isGivenUp(t, request, piece)
        }
        await feedsAgain(t)
        if (silentMs > mostMs)
          t.inconclusive(`this machine was too busy to write a piece every ${mostMs} ms`)
      },
    }),
  ),
]
