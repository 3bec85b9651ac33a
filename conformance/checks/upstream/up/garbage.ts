import type { OriginExchange } from '../../../origin/origin-exchange.ts'
import type { Rig } from '../../../rig/rig.ts'
import { forConcentrator, type StreamCheck } from '../../stream-check.ts'
import { nextRequest } from './lose-back-end.ts'

const GONE = 'One odd response loses a back end until the target is restarted.'
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'

const BOTH = ['gives-up-on-garbage', 'ring-garbage-is-final']

interface Garbage {
  readonly what: string
  readonly bytes: string
  readonly kills?: readonly string[] | undefined
}

/** Responses that are not HTTP, or whose head or chunk does not end. */
const GARBAGE: readonly Garbage[] = [
  { what: 'a line that is not HTTP', bytes: 'SSH-2.0-OpenSSH_9.2\r\n\r\n' },
  {
    what: 'a chunk size that is not a number',
    bytes: `${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
  },
  {
    what: 'a negative Content-Length',
    bytes: `${HEAD}Content-Length: -5\r\n\r\n`,
    kills: ['ring-garbage-is-final'],
  },
  { what: 'a field without a colon', bytes: `${HEAD}no colon here\r\n\r\n` },
  { what: 'NUL in a field', bytes: `${HEAD}X-Nul: a\0b\r\n\r\n` },
  { what: 'a status line without a status', bytes: 'HTTP/1.1 OK\r\n\r\n' },
  {
    what: 'a head of 256 KiB without an end',
    bytes: `${HEAD}X-Long: ${'x'.repeat(256 * 1024)}`,
  },
  {
    what: 'a switch of protocols that was not asked for',
    bytes:
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello\r\n\r\n',
  },
  {
    what: 'a chunk extension of 256 KiB without an end',
    bytes: `${HEAD}Transfer-Encoding: chunked\r\n\r\n5;${'x'.repeat(256 * 1024)}`,
  },
]

/**
 * Answers the next request with these bytes and ends the connection. Then the target must reconnect
 * and forward events again.
 */
async function comesBackAfter(t: Rig, what: string, bytes: string): Promise<void> {
  const stream = await t.stream()
  await stream.arrives('data: before\n\n')
  const request = await nextRequest(t)
  request.answerRaw(bytes)
  request.fin()
  await expectsNext(t, request, what)
  const next = await t.upstreamOf(t.backend)
  const data = t.token()
  next.write(`data: ${data}\n\n`)
  await t.requireEventually(
    () => stream.client.hasEvent(data) || stream.client.closed,
    `no event came after a response with ${what}`,
  )
  t.expect(!stream.client.closed, `the client lost its stream after a response with ${what}`)
}

async function expectsNext(t: Rig, known: OriginExchange, what: string): Promise<void> {
  await t.requireEventually(
    () => t.backend.stream !== undefined && t.backend.stream !== known,
    `the target did not reconnect to the back end after a response with ${what}`,
    t.reconnectMs,
  )
}

/** Responses that no client can use. The next attempt must succeed. */
export const UP_GARBAGE_CHECKS: readonly StreamCheck[] = [
  ...GARBAGE.map(({ what, bytes, kills = BOTH }, index) =>
    forConcentrator({
      id: `up.garbage-${index + 1}`,
      title: `The target reconnects after a response with ${what}, and clients stay connected`,
      level: 'should',
      source: '[protocol §4.4] [protocol §5.11]',
      meaning: GONE,
      cost: 'slow',
      kills,
      run: (t) => comesBackAfter(t, what, bytes),
    }),
  ),
  forConcentrator({
    id: 'up.bad-location',
    title: 'The target reconnects after a redirect to an invalid URL',
    level: 'should',
    source: '[http §10.2.2] [protocol §5.11]',
    meaning: GONE,
    cost: 'slow',
    kills: ['ring-bad-location-is-final', 'gives-up-on-refusal'],
    async run(t) {
      for (const location of ['http://%ff@127.0.0.1/', 'http://[::1', 'http://a b/', '\xff'])
        await comesBackAfter(
          t,
          `Location: ${location}`,
          `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`,
        )
    },
  }),
]
