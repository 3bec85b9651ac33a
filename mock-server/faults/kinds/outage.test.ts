import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { FaultBench } from '../../testing/fault-bench.ts'
import { RawClient, rawRequest } from '../../testing/raw-client.ts'
import { until } from '../../testing/until.ts'

let bench: FaultBench
beforeAll(async () => {
  bench = await FaultBench.start()
})
afterAll(async () => {
  await bench[Symbol.asyncDispose]()
})

async function refused(): Promise<string | undefined> {
  try {
    using client = await RawClient.connect(bench.store.port)
    return client.errorCode
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : undefined
  }
}

describe('down', () => {
  it('the fault down closes the port, resets connections except those of /__mock, and reopens it with all state', async () => {
    bench.freeze()
    using stream = await bench.open()
    using idle = await RawClient.connect(bench.store.port)
    using control = await RawClient.connect(bench.store.port)
    control.send(rawRequest('GET', '/__mock/info'))
    await control.read('}')
    bench.change()
    await stream.read('data:')
    const { changeId } = bench.store.control.info()

    bench.set({ name: 'outage', kind: 'down', ms: 5_000 })
    await until(() => stream.isClosed && idle.isClosed, 'the end of the connections')
    expect([stream.errorCode, idle.errorCode]).toEqual(['ECONNRESET', 'ECONNRESET'])
    expect(await refused()).toBe('ECONNREFUSED')
    expect(bench.report).toMatchObject({ strikes: 1, isHealed: false })
    control.send(rawRequest('GET', '/__mock/faults'))
    await control.read('"outage"')

    await bench.store.control.clock.advance(5_000)
    await until(async () => (await refused()) === '', 'the port')
    expect(bench.report.isHealed).toBe(true)
    expect((await bench.page()).previous).toContain(`/after/${changeId}?`)
    bench.clear()
    bench.release()
    await bench.expectHealthy('sse-connect')
  })

  it('the fault down ends when it is removed, and a store that is down can be closed', async () => {
    for (let n = 0; n < 3; n += 1) bench.set({ name: 'outage', kind: 'down', ms: 600_000 })
    await until(async () => (await refused()) === 'ECONNREFUSED', 'the outage')
    bench.clear()
    await until(async () => (await refused()) === '', 'the port')
    const other = await FaultBench.start()
    other.set({ name: 'outage', kind: 'down', ms: 600_000 })
    await other[Symbol.asyncDispose]()
    expect(other.report.strikes).toBe(1)
  })

  it('the fault down is refused in a space that shares the port', () => {
    const { control } = bench.store.spaces.create('qa')
    expect(() => control.setFaults([{ name: 'outage', kind: 'down', ms: 1 }])).toThrow(
      'the port is that of all spaces; set kind down in the default space',
    )
  })
})
