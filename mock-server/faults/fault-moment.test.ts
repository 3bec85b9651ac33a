import { describe, expect, it } from 'vitest'

import { EVENT, FaultBench, LAST_CHUNK } from '../testing/fault-bench.ts'
import { RawClient, rawRequest } from '../testing/raw-client.ts'
import { until } from '../testing/until.ts'

const bench = await FaultBench.forFile()

function entries(): number {
  return bench.store.control.info().changeId
}

describe('the moment at which a fault strikes', () => {
  it.each([
    ['reset', 'feed', 300],
    ['fin', 'item', 300],
    ['reset', 'write', 0],
    ['fin', 'sse-connect', 40],
  ] as const)(
    'the fault %s in scope %s cuts the connection after %i bytes',
    async (kind, scope, afterBytes) => {
      bench.set({ name: 'cut', kind, scope, afterBytes })
      using client = await bench.send(scope)
      await until(() => client.isClosed, 'the end of the connection')
      expect(client.text).toHaveLength(afterBytes)
      bench.clear()
      await bench.expectHealthy(scope)
    },
  )

  it('a reset with afterBytes: 0 follows the write, and one without afterBytes prevents it', async () => {
    const write = rawRequest('DELETE', '/webservice/escenic/content/797')
    for (const [parameters, isDone] of [
      [{}, false],
      [{ afterBytes: 0 }, true],
    ] as const) {
      const before = entries()
      bench.set({ name: 'cut', kind: 'reset', scope: 'write', ...parameters })
      using client = await RawClient.connect(bench.store.port)
      client.send(write)
      await until(() => client.isClosed, 'the end of the connection')
      expect([client.text, entries() > before]).toEqual(['', isDone])
    }
  })

  it('a stall after some bytes delays the rest for its time, and occupies no worker', async () => {
    bench.freeze()
    bench.set({ name: 'hang', kind: 'stall', scope: 'feed', afterBytes: 300, ms: 500 })
    using client = await bench.send('feed')
    await until(() => client.text.length === 300, 'the first bytes')
    await bench.expectServed()
    expect([client.text.length, bench.store.control.info().workers.busy]).toEqual([300, 0])
    await bench.store.control.clock.advance(500)
    await client.read('</feed>')
  })

  it.each([
    ['reset', {}, true],
    ['fin', {}, true],
    ['fin', { clean: true }, false],
  ] as const)(
    'the fault %s %j with afterEvents: 2 ends an open stream after two whole events',
    async (kind, parameters, isClosed) => {
      for (const scope of ['sse-connect', 'sse-open'] as const) {
        const fault = { name: 'cut', kind, scope, afterEvents: 2, ...parameters }
        if (scope === 'sse-connect') bench.set(fault)
        using client = await bench.open()
        if (scope === 'sse-open') bench.set(fault)
        bench.change()
        await client.read(EVENT)
        expect(client.isClosed).toBe(false)
        bench.change()
        bench.change()
        if (isClosed) await until(() => client.isClosed, 'the end of the connection')
        else await client.read(LAST_CHUNK)
        expect(client.text.split(EVENT)).toHaveLength(3)
        expect(client.text.endsWith(LAST_CHUNK)).toBe(!isClosed)
        bench.clear()
        await until(() => bench.store.control.clients().length === 0, 'no stream')
      }
    },
  )

  it('a cut that waits for events does not happen once its fault is removed', async () => {
    using client = await bench.open()
    bench.set({ name: 'cut', kind: 'reset', scope: 'sse-open', afterEvents: 2 })
    bench.change()
    bench.clear()
    for (let n = 0; n < 3; n += 1) bench.change()
    await until(() => client.text.split(EVENT).length === 5, 'four events')
    expect(client.isClosed).toBe(false)
  })

  it('a fault on open streams also strikes streams that open later, up to its count', async () => {
    bench.set({ name: 'cut', kind: 'reset', scope: 'sse-open', count: 1 })
    using first = await bench.open()
    await until(() => first.isClosed, 'the reset')
    using second = await bench.open()
    bench.change()
    await second.read(EVENT)
    expect(bench.report).toMatchObject({ requests: 2, strikes: 1, isHealed: true })
  })

  it('a stall ends after its ttlMs, and the held events follow in order', async () => {
    bench.freeze()
    using client = await bench.open()
    bench.set({ name: 'hang', kind: 'stall', scope: 'sse-open', ttlMs: 1_000 })
    for (let n = 0; n < 3; n += 1) bench.change()
    await bench.expectServed()
    expect(client.text).not.toContain('data:')
    await bench.store.control.clock.advance(1_000)
    await until(() => client.text.split(EVENT).length === 4, 'three events')
  })

  it('the window of a fault opens and closes by the clock, for an open stream', async () => {
    bench.freeze()
    using client = await bench.open()
    const window = { afterMs: 500, forMs: 500 }
    bench.set({ name: 'hang', kind: 'stall', scope: 'sse-open', window })
    bench.change()
    await client.read(EVENT)
    await bench.store.control.clock.advance(500)
    bench.change()
    await bench.expectServed()
    expect(client.text.split(EVENT)).toHaveLength(2)
    await bench.store.control.clock.advance(500)
    await until(() => client.text.split(EVENT).length === 3, 'the held event')
  })
})
