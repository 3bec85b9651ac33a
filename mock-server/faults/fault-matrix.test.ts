import { describe, expect, it } from 'vitest'

import {
  EVENT,
  FaultBench,
  LAST_CHUNK,
  lengthIn,
  LOG,
  OK,
  REQUESTS,
  unnumbered,
} from '../testing/fault-bench.ts'
import { FaultCase } from '../testing/fault-case.ts'
import type { RawClient } from '../testing/raw-client.ts'
import { until } from '../testing/until.ts'
import { FAULT_KINDS } from './fault-kinds.ts'

const DELAY_MS = 40

const bench = await FaultBench.forFile()

/** How a client sees each kind of fault. */
const SEEN: Readonly<Record<string, (parts: FaultCase) => Promise<void>>> = {
  latency: (parts) => expectDelay(parts, { ms: DELAY_MS }, DELAY_MS),
  jitter: (parts) => expectDelay(parts, { ms: DELAY_MS + 10, spreadMs: 10 }, DELAY_MS + 20),

  status: async (parts) => {
    const { scope } = parts
    parts.set({ status: 429, retryAfter: 7, body: '{"a":1}', contentType: 'application/json' })
    using client = await bench.send(scope)
    await client.read('{"a":1}')
    expect(client.text).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/)
    expect(client.text).toContain('\r\nRetry-After: 7\r\n')
    expect(client.text).toContain('\r\nContent-Type: application/json\r\n')
  },

  reset: async (parts) => {
    using client = await expectCut(parts)
    expect(client.errorCode).toBe('ECONNRESET')
  },
  fin: async (parts) => {
    using client = await expectCut(parts)
    expect(client.errorCode).toBe('')
    expect(client.text.endsWith('0\r\n\r\n')).toBe(false)
  },

  stall: async (parts) => {
    const { scope } = parts
    using client = await parts.strike({})
    bench.change()
    // A later request is answered, so the stalled one would have been as well.
    await bench.expectServed()
    expect(client.isClosed).toBe(false)
    expect(client.text).not.toContain(scope === 'sse-open' ? 'data:' : 'HTTP')
    // It occupies no worker, except that of a stream that was open before.
    expect(bench.store.control.info().workers.busy).toBe(scope === 'sse-open' ? 1 : 0)
    expect(bench.report.strikes).toBe(1)
    bench.clear()
    await client.read(scope === 'sse-open' ? EVENT : OK)
  },

  'half-open': async (parts) => {
    const { scope } = parts
    using client = await parts.strike({})
    if (scope === 'sse-open' || scope === 'sse-connect') {
      await until(() => bench.store.control.clients().length === 1, 'the stream')
      bench.change()
      await client.read(EVENT)
      client.end()
      await bench.expectServed()
      expect(bench.store.control.clients()).toHaveLength(1)
      bench.clear()
    } else {
      await client.read(OK)
      const { length } = client.text
      client.send(REQUESTS.item)
      await bench.expectServed()
      expect(client.text.slice(length)).not.toContain('HTTP')
      bench.clear()
      await until(() => client.text.slice(length).includes(OK), 'the next answer')
    }
  },

  split: async (parts) => {
    const { scope } = parts
    const whole = await bench.healthyText(scope)
    const before = scope === 'sse-open' ? whole.indexOf('\r\n\r\n') + 4 : 0
    const size = Math.ceil((whole.length - before) / 10)
    const { clock } = bench.store.control
    bench.freeze()
    using client = await parts.strike({ maxChunkBytes: size })
    if (scope === 'sse-connect')
      await until(() => bench.store.control.clients().length === 1, 'the stream')
    if (scope === 'sse-connect' || scope === 'sse-open') bench.change()
    for (let pieces = 1; pieces <= 5; pieces += 1) {
      await until(() => client.text.length >= before + size * pieces, `${pieces} pieces`)
      await bench.expectServed()
      expect(client.text).toHaveLength(before + size * pieces)
      await clock.advance(1)
    }
    await clock.advance(100)
    await until(() => client.text.length >= whole.length, 'the whole response')
    expect(unnumbered(client.text)).toBe(unnumbered(whole))
  },

  bandwidth: async (parts) => {
    const { scope } = parts
    const whole = await bench.healthyText(scope)
    const before = scope === 'sse-open' ? whole.indexOf('\r\n\r\n') + 4 : 0
    const tenth = Math.ceil((whole.length - before) / 10)
    bench.freeze()
    using client = await parts.strike({ bytesPerSecond: tenth * 10 })
    if (scope === 'sse-open') bench.change()
    if (scope === 'sse-connect') {
      await until(() => bench.store.control.clients().length === 1, 'the stream')
      bench.change()
    }
    for (let tenths = 1; tenths <= 5; tenths += 1) {
      await until(() => client.text.length >= before + tenth * tenths, `${tenths} tenths`)
      await bench.expectServed()
      expect(client.text).toHaveLength(before + tenth * tenths)
      await bench.store.control.clock.advance(100)
    }
    await bench.store.control.clock.advance(1_000)
    await until(() => client.text.length >= whole.length, 'the whole response')
    expect(unnumbered(client.text)).toBe(unnumbered(whole))
  },

  truncate: async (parts) => {
    const { scope } = parts
    using client = await parts.strike({ fraction: 0.5 })
    if (scope === 'sse-open') {
      bench.change()
      await client.read(LAST_CHUNK)
      expect(client.text).toContain('\r\ndata: http')
      expect(client.text).not.toContain('\n\n')
    } else {
      await client.read('xmlns')
      const [head = ''] = client.text.split('\r\n\r\n')
      await until(() => client.text.length - head.length - 4 >= lengthIn(head), 'the body')
      expect(client.text.slice(head.length + 4)).toHaveLength(lengthIn(head))
      expect(client.text).not.toContain('</feed>')
    }
  },

  malformed: async (parts) => {
    const { scope } = parts
    const defect = { feed: 'root', item: 'root', 'sse-connect': 'content-type' }[scope as string]
    using client = await parts.strike({ defect: defect ?? 'no-colon' })
    if (scope === 'sse-open') bench.change()
    await client.read(
      { 'sse-connect': 'Content-Type: text/html', 'sse-open': 'unknown\ndata: ' }[
        scope as string
      ] ?? '</other>',
    )
  },

  'slow-close': async (parts) => {
    const { scope } = parts
    bench.freeze()
    parts.set({ ms: DELAY_MS })
    using client = await bench.send(scope)
    await client.read('\r\nConnection: close\r\n')
    if (scope === 'sse-connect') bench.store.control.closeStreams()
    await client.read(scope === 'sse-connect' ? LAST_CHUNK : '\r\n\r\n')
    await bench.store.control.clock.advance(DELAY_MS - 1)
    await bench.expectServed()
    expect(client.isClosed).toBe(false)
    await bench.store.control.clock.advance(1)
    await until(() => client.isClosed, 'the end of the connection')
    expect(client.errorCode).toBe('')
  },

  connections: async (parts) => {
    const { scope } = parts
    parts.set({ max: 1 })
    using first = await bench.send(scope)
    await first.read(OK)
    using second = await bench.send(scope)
    await until(() => second.isClosed, 'the reset')
    expect([second.text, second.errorCode]).toEqual(['', 'ECONNRESET'])
    // The first connection stays open.
    if (scope !== 'sse-connect') {
      first.send(REQUESTS[scope])
      await until(() => first.text.split(OK).length === 3, 'the second answer')
    }
  },

  'event-lost': async (parts) => {
    using client = await parts.strike({ first: 1 })
    bench.change()
    expect(bench.report.strikes).toBe(1)
    bench.change()
    await client.read(EVENT)
    expect(client.text.split(EVENT)).toHaveLength(2)
  },
  'event-doubled': async (parts) => {
    using client = await parts.strike({ copies: 3 })
    bench.change()
    await until(() => client.text.split(EVENT).length === 4, 'three copies')
  },
  'event-reordered': async (parts) => {
    using client = await parts.strike({ first: 1, ms: 60_000 })
    bench.change()
    bench.store.control.createItem({ sectionId: 22, title: 'Next' })
    await client.read(EVENT)
    const [next, event] = [client.text.indexOf('section/22'), client.text.indexOf(EVENT)]
    expect([next > 0, event > next]).toEqual([true, true])
  },
  'event-foreign': async (parts) => {
    using client = await parts.strike({ host: 'other.test:81' })
    bench.change()
    await client.read(`data: http://other.test:81${LOG}\n\n`)
  },

  'early-event': async (parts) => {
    bench.freeze()
    await expectLateRow(parts, { ms: 60_000 }, async () => {
      await bench.store.control.clock.advance(60_000)
    })
  },
  'late-row': async (parts) => {
    // One poll before, and one after the change.
    await expectLateRow(parts, { polls: 1 }, async () => {})
  },
}

const CASES = Object.entries(FAULT_KINDS).flatMap(([kind, { scopes }]) =>
  scopes.map((scope) => ({ kind, scope })),
)

describe('faults', () => {
  it.each(CASES)(
    'the fault $kind strikes in scope $scope, and the store is healthy afterwards',
    async ({ kind, scope }) => {
      let strikes = 0
      const unwatch = bench.store.control.onStrike(() => (strikes += 1))
      await SEEN[kind]?.(new FaultCase(bench, kind, scope))
      unwatch()
      expect(strikes).toBeGreaterThan(0)
      bench.clear()
      await bench.expectHealthy(scope)
    },
  )

  it('the fault matrix covers every kind except down, in all of its scopes', () => {
    expect(Object.keys(SEEN).toSorted()).toEqual(
      Object.keys(FAULT_KINDS)
        .filter((kind) => kind !== 'down')
        .toSorted(),
    )
    expect(CASES).toHaveLength(65)
  })
})

/** The answer comes after `DELAY_MS` at the earliest, and after `longestMs` at the latest. */
async function expectDelay(parts: FaultCase, parameters: object, longestMs: number): Promise<void> {
  const isStream = parts.scope === 'sse-open'
  const { clock } = bench.store.control
  bench.freeze()
  using client = await parts.strike(parameters)
  if (isStream) bench.change()
  await clock.advance(DELAY_MS - 1)
  await bench.expectServed()
  expect(client.text).not.toContain(isStream ? 'data:' : 'HTTP')
  await clock.advance(longestMs - DELAY_MS + 1)
  await client.read(isStream ? EVENT : OK)
}

/** The client of a connection that the store has ended without a byte of the answer. */
async function expectCut(parts: FaultCase): Promise<RawClient> {
  const client = await parts.strike({})
  await until(() => client.isClosed, 'the end of the connection')
  if (parts.scope !== 'sse-open') expect(client.text).toBe('')
  return client
}

/** The event comes before its row; the row is there after `wait`. */
async function expectLateRow(
  parts: FaultCase,
  parameters: object,
  wait: () => Promise<void>,
): Promise<void> {
  using client = await bench.open()
  parts.set({ ...parameters, log: 'section/12' })
  const before = await bench.page()
  bench.change()
  const { changeId } = bench.store.control.info()
  await client.read(EVENT)
  const early = await bench.page()
  expect(early.previous).toBe(before.previous)
  expect(early.rows).not.toContain('/content/801"')
  await wait()
  const late = await bench.page()
  expect(late.previous).toContain(`/after/${changeId}?`)
}
