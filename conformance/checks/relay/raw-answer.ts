import type { RawClient } from '../../client/raw-client.ts'
import type { Rig } from '../../rig/rig.ts'
import { exchange, shown } from './whole-exchange.ts'

export const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'
export const CHUNKED = `${STREAM}Transfer-Encoding: chunked\r\n\r\n`

interface Answered {
  readonly client: RawClient
  /**
   * True when the client got an error of the gateway, or lost its connection without a response.
   */
  readonly refused: boolean
}

/**
 * Answers with these bytes, then ends the connection. Returns when the client's response has ended.
 */
export async function answersRaw(
  t: Rig,
  pieces: readonly (string | Buffer)[],
  { resets = false, staysOpen = false } = {},
): Promise<Answered> {
  t.backend.resetAnswer()
  await exchange(t)
  const { client, upstream } = await t.relay()
  const [head = '', ...rest] = pieces
  // A gateway may repeat a GET that got no response.
  t.backend.answerWith((again) => {
    again.answerRaw(pieces.join(''))
    again.fin()
  })
  upstream.answerRaw(head.toString('latin1'))
  for (const piece of rest) {
    await t.pause()
    upstream.writeRaw(Buffer.isBuffer(piece) ? piece : Buffer.from(piece, 'latin1'))
  }
  if (resets) {
    // A reset may overtake bytes that are on their way.
    await t.eventually(() => client.contentBytes > 0 || client.closed, t.holdMs / 10)
    upstream.reset()
  } else if (!staysOpen) upstream.fin()
  await t.requireEventually(
    () => client.state === 'complete' || client.state === 'broken' || client.closed,
    () =>
      client.head === undefined
        ? 'the client got no response, and its connection stayed open'
        : 'the client waits for the end of a response that the back end has ended',
  )
  const status = client.head?.status
  return { client, refused: status === undefined ? client.closed : status >= 500 }
}

/** Requires that the client got an error, or can see that its response is not whole. */
export function expectBroken(t: Rig, { client, refused }: Answered, what: string): void {
  if (refused) return
  // A body without a length ends with its connection: only a reset would show the loss.
  const whole = client.state === 'complete' && client.head?.framing !== 'close'
  t.expect(
    !whole,
    `${what}, and the client received ${client.head?.status} with ${client.contentBytes} bytes of content that looks whole`,
  )
}

/** Requires that the client read exactly this content, to a proper end. */
export function expectContent(t: Rig, { client }: Answered, wanted: string): void {
  const came = client.content.toString('latin1')
  t.expect(
    came === wanted && client.state === 'complete',
    `the back end sent ${shown(wanted)}, and the client read ${shown(came)}, which is ${client.state}`,
  )
}
