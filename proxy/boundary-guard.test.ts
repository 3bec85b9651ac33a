import { describe, expect, it } from 'vitest'

import { BoundaryGuard, type CaughtException } from './boundary-guard.ts'

function guardUnderTest() {
  const clock = { nowMs: 1000 }
  const logged: CaughtException[] = []
  const guard = new BoundaryGuard({ log: (entry) => logged.push(entry), nowMs: () => clock.nowMs })
  return { clock, logged, guard }
}

function fail(): void {
  throw new URIError('malformed')
}

describe('BoundaryGuard', () => {
  it('BoundaryGuard counts an exception, logs its stack and calls onException', () => {
    const { guard, logged } = guardUnderTest()
    let closed = 0
    guard.run('back-end', fail, () => (closed += 1))
    expect(closed).toBe(1)
    expect(guard.counts).toEqual({ client: 0, 'back-end': 1, admin: 0, worker: 0, timer: 0 })
    expect(logged).toHaveLength(1)
    expect(logged[0]).toMatchObject({ boundary: 'back-end', notLogged: 0 })
    expect(logged[0]?.detail).toMatch(/^URIError: malformed\n +at .*boundary-guard\.test/)
  })

  it('BoundaryGuard does not call onException if the work succeeds', () => {
    const { guard, logged } = guardUnderTest()
    let closed = 0
    guard.run(
      'client',
      () => undefined,
      () => (closed += 1),
    )
    expect(closed).toBe(0)
    expect(logged).toEqual([])
    expect(guard.counts.client).toBe(0)
  })

  it('BoundaryGuard records the rejection of asynchronous work', async () => {
    const { guard } = guardUnderTest()
    let closed = 0
    await guard.runAsync(
      'admin',
      async () => await Promise.reject(new Error('later')),
      () => (closed += 1),
    )
    expect(closed).toBe(1)
    expect(guard.counts.admin).toBe(1)
  })

  it('BoundaryGuard logs one exception per boundary in ten seconds, and then the number of others', () => {
    const { guard, logged, clock } = guardUnderTest()
    for (let n = 0; n < 5; n += 1) guard.record('client', 'odd')
    guard.record('timer', new Error('other'))
    expect(logged.map(({ boundary }) => boundary)).toEqual(['client', 'timer'])
    clock.nowMs += 10_000
    guard.record('client', 'odd again')
    expect(logged[2]).toEqual({ boundary: 'client', detail: 'odd again', notLogged: 4 })
    expect(guard.counts.client).toBe(6)
  })
})
