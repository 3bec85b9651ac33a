import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { BoundaryGuard, type CaughtException } from '../boundary-guard.ts'
import { HandshakeReport } from '../connector/handshake-report.ts'
import { Admission } from './admission.ts'
import { Cors } from './cors.ts'
import { Front } from './front.ts'
import { TrustedProxies } from './trusted-proxies.ts'
import { ResponseHeads } from './response-heads.ts'
import { OwnIds } from '../fanout/event-ids.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import { Hub } from '../fanout/hub.ts'
import { RawClient, requestText } from '../testing/raw-client.ts'

const LIMITS = {
  maxConnections: 100,
  maxPerAddress: 0,
  connectionsPerSecond: 0,
  whenFull: 'answer-503',
} as const
const WITHOUT_LIMIT = 1e9
const nowMs = (): number => performance.now()

let exceptions: CaughtException[]
let guard: BoundaryGuard
let hub: Hub
let front: Front
let port: number
/** Whether the clock of admission throws. */
let failsToAccept = false

beforeAll(async () => {
  exceptions = []
  guard = new BoundaryGuard({ log: (exception) => exceptions.push(exception), nowMs })
  const replay = { maxFrames: 10, maxBytes: 1000, maxAgeMs: WITHOUT_LIMIT }
  hub = new Hub({
    log: new FrameLog({ limits: replay, ids: new OwnIds('epoch') }),
    guard,
    heartbeatMs: 0,
    lagMs: 0,
    stallMs: WITHOUT_LIMIT,
    earlyId: true,
    longPoll: { enabled: false, holdMs: 0, quietMs: 0, maxBytes: 0 },
    maxStreamMs: 0,
    returnSpreadMs: 0,
    crashSpreadMs: 0,
    announcedUrls: undefined,
    announceSpreadMs: 0,
    nowMs,
    random: Math.random,
  })
  const cors = new Cors({
    allowedOrigins: ['*'],
    allowedHeaders: [],
    allowedMethods: ['GET'],
    // No header field can hold this character.
    exposedHeaders: ['X-\u0100'],
    allowCredentials: true,
    preflightMaxAge: 0,
    chainPreflight: true,
  })
  const heads = new ResponseHeads({
    cors,
    chain: () => {
      throw new Error('no chain')
    },
    nowMs: Date.now,
    sendsServer: false,
    sendsDate: true,
  })
  front = new Front({
    idleMs: 0,
    acceptQueue: undefined,
    admin: undefined,
    hub,
    cors,
    heads,
    guard,
    headMs: 10_000,
    maxHeadBytes: 8192,
    admission: new Admission({
      limits: LIMITS,
      capacity: 100,
      processes: 1,
      sendToQuota: () => undefined,
    }),
    trustedProxies: new TrustedProxies([]),
    forwardedField: 'X-Forwarded-For',
    onAccept: () => {
      if (failsToAccept) throw new Error('cannot accept')
    },
    handshakes: new HandshakeReport(() => undefined, nowMs),
    nowMs,
  })
  port = await front.listen({ type: 'http', host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  front.close()
  await hub.close(100)
})

/** Sends the pieces and waits for the end of the connection; gives what came back. */
async function answerTo(...pieces: readonly string[]): Promise<string> {
  await using client = await RawClient.dial(port)
  for (const piece of pieces) {
    client.socket.write(piece)
    await new Promise(setImmediate)
  }
  await client.closed()
  return client.bytes.toString('latin1')
}

/** A request that needs nothing of what fails. */
const OPTIONS = requestText({ method: 'OPTIONS' })

describe('an exception while a client is answered costs one connection', () => {
  it('an invalid character in a response header costs one connection', async () => {
    expect(
      await answerTo(requestText({ method: 'HEAD', fields: ['Origin: https://a.example'] })),
    ).toBe('')
    expect(guard.counts.client).toBe(1)
    expect(await answerTo(OPTIONS)).toMatch(/^HTTP\/1\.1 200 /)
    expect(exceptions[0]?.detail).toMatch(/Invalid character in header content/)
  })

  it('an exception in the response head costs one connection, for a request in one piece', async () => {
    expect(await answerTo(requestText({}))).toBe('')
    expect(guard.counts.client).toBe(2)
    expect(await answerTo(OPTIONS)).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('an exception in the response head costs one connection, for a request in two pieces', async () => {
    expect(await answerTo('GET / HTT', 'P/1.1\r\nHost: a\r\n\r\n')).toBe('')
    expect(guard.counts.client).toBe(3)
    expect(await answerTo(OPTIONS)).toMatch(/^HTTP\/1\.1 200 /)
  })

  it('an exception while a connection is accepted costs one connection', async () => {
    failsToAccept = true
    expect(await answerTo()).toBe('')
    failsToAccept = false
    expect(guard.counts.client).toBe(4)
    expect(await answerTo(OPTIONS)).toMatch(/^HTTP\/1\.1 200 /)
  })
})
