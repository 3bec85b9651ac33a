import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { RawClient, requestText } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import type { LimitSettings } from '../config/settings.ts'
import { Admission, type RefusalReason } from './admission.ts'

const NO_LIMITS = {
  maxConnections: 0,
  maxPerAddress: 0,
  connectionsPerSecond: 0,
  whenFull: 'close',
} as const
const backEnds = ['http://127.0.0.1:1/']

function createAdmission(limits: Partial<LimitSettings>, capacity: number): Admission {
  return new Admission({
    limits: { ...NO_LIMITS, ...limits },
    capacity,
    processes: 1,
    sendToQuota: () => {
      throw new Error('a single process requests no slots')
    },
  })
}

/** The answer to a client, which comes at once. */
function enter(admission: Admission, address: string, nowMs = 0): RefusalReason | 'taken' {
  let answer: RefusalReason | 'taken' | undefined
  admission.enter(address, nowMs, (refusal) => (answer = refusal ?? 'taken'))
  if (answer === undefined) throw new Error('there is no answer')
  return answer
}

describe('admission', () => {
  it('Admission accepts no more clients than the process can hold, for any configured limit', () => {
    const admission = createAdmission({ maxConnections: 10 }, 2)
    expect(['a', 'a', 'a'].map((address) => enter(admission, address))).toEqual([
      'taken',
      'taken',
      'full',
    ])
    admission.leave('a')
    expect(enter(admission, 'b')).toBe('taken')
    expect(admission.refused).toMatchObject({ full: 1, address: 0, rate: 0 })
  })

  it('Admission counts each address separately, and drops addresses without clients', () => {
    const admission = createAdmission({ maxPerAddress: 1 }, 10)
    expect(['a', 'a', 'b'].map((address) => enter(admission, address))).toEqual([
      'taken',
      'address',
      'taken',
    ])
    admission.leave('a')
    expect(enter(admission, 'a')).toBe('taken')
  })

  it('Admission accepts connectionsPerSecond clients per second', () => {
    const admission = createAdmission({ connectionsPerSecond: 2 }, 10)
    const times = [0, 1, 999, 1000, 1001, 1002]
    expect(times.map((nowMs) => enter(admission, 'a', nowMs))).toEqual([
      'taken',
      'taken',
      'rate',
      'taken',
      'taken',
      'rate',
    ])
  })
})

describe('a proxy that is full', () => {
  it('a full proxy answers 503 with Retry-After, and accepts the next client when one has left', async () => {
    await using proxy = await runProxy({ backEnds, settings: { limits: { maxConnections: 2 } } })
    const one = await RawClient.get({ port: proxy.port })
    await using two = await RawClient.get({ port: proxy.port })
    await using refused = await RawClient.get({ port: proxy.port })
    expect(refused.head).toMatch(/^HTTP\/1\.1 503 [^]*Retry-After: 5/)
    await refused.closed()
    expect(two.isClosed).toBe(false)
    await one[Symbol.asyncDispose]()
    await eventually('there is room again', async () => {
      await using next = await RawClient.get({ port: proxy.port })
      return next.head?.includes('200 OK')
    })
  })

  it('a full proxy closes connections without a response when whenFull is close', async () => {
    const limits = { maxPerAddress: 1, whenFull: 'close' }
    await using proxy = await runProxy({ backEnds, settings: { limits } })
    await using one = await RawClient.get({ port: proxy.port })
    await using refused = await RawClient.dial(proxy.port)
    refused.socket.write(requestText({}))
    await refused.closed()
    expect(refused.head).toBeUndefined()
    expect(one.isClosed).toBe(false)
  })
})

describe('the life of a stream', () => {
  it('a stream ends in good order after maxStreamMs', async () => {
    await using proxy = await runProxy({
      backEnds,
      settings: { maxStreamMs: 300, heartbeatMs: 100 },
    })
    await using client = await RawClient.get({ port: proxy.port })
    await client.closed()
    expect(client.bytes.toString()).toMatch(/\r\n0\r\n\r\n$/)
  })

  it('streams end at shutdown with reconnection times that differ between clients', async () => {
    const proxy = await runProxy({ backEnds, settings: { returnSpreadMs: 60_000 } })
    const clients = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        RawClient.get({ port: proxy.port, version: index < 5 ? '1.0' : '1.1' }),
      ),
    )
    await proxy[Symbol.asyncDispose]()
    for (const client of clients) await client.closed()
    const waits = clients.map(({ reading }) => reading.retryMs ?? 0)
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(1000)
    expect(Math.max(...waits)).toBeLessThanOrEqual(61_000)
    expect(new Set(waits).size).toBeGreaterThan(5)
  })
})
