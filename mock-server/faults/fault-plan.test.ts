import { describe, expect, it } from 'vitest'

import { StoreClock } from '../clock/store-clock.ts'
import type { Fault } from './fault.ts'
import { FAULT_PLAN } from './fault.ts'
import type { FaultSubject } from './fault-scope.ts'
import { FaultPlan } from './fault-plan.ts'

function fault(parts: Partial<Fault>): Fault {
  const whole = { name: 'a', kind: 'reset', scope: 'feed', ...parts }
  const [parsed] = FAULT_PLAN.parse({ faults: [whole] }).faults
  if (parsed === undefined) throw new Error('expected a fault')
  return parsed
}

const FEED: FaultSubject = {
  scope: 'feed',
  path: '/webservice/escenic/changelog/section/22',
  method: 'GET',
  log: 'section/22',
  user: 'qa',
}

/** A plan on a clock that does not run. */
function planOf(...faults: readonly Partial<Fault>[]): { plan: FaultPlan; clock: StoreClock } {
  const clock = new StoreClock({ setting: { frozen: true } })
  const plan = new FaultPlan(clock, 1)
  plan.set(faults.map(fault))
  return { plan, clock }
}

/** Which of six requests for feeds a fault strikes. */
function struck(parts: Partial<Fault>): readonly number[] {
  const { plan } = planOf(parts)
  const strikes = Array.from({ length: 6 }, () => plan.strike(FEED) !== undefined)
  return strikes.flatMap((isStruck, index) => (isStruck ? [index + 1] : []))
}

describe('FaultPlan', () => {
  it.each([
    [{}, [1, 2, 3, 4, 5, 6]],
    [{ first: 2 }, [1, 2]],
    [{ every: 3 }, [3, 6]],
    [{ after: 4 }, [5, 6]],
    [{ once: true as const }, [1]],
    [{ count: 1 }, [1]],
    [{ every: 2, count: 2 }, [2, 4]],
    [{ scope: 'item' as const }, []],
  ])('FaultPlan strikes with %o the requests %o', (parts, expected) => {
    expect(struck(parts)).toEqual(expected)
  })

  it.each([
    ['ttlMs', { ttlMs: 50 }, [true, true, false, false]],
    ['window', { window: { afterMs: 50, forMs: 50 } }, [false, false, true, false]],
    [
      'window and ttlMs',
      { window: { afterMs: 0, forMs: 150 }, ttlMs: 50 },
      [true, true, false, false],
    ],
  ])(
    'FaultPlan strikes only within %s, and reports when it has ended',
    async (_, parts, expected) => {
      const { plan, clock } = planOf(parts)
      const seen = [plan.strike(FEED) !== undefined]
      for (const ms of [49, 1, 50]) {
        await clock.advance(ms)
        seen.push(plan.strike(FEED) !== undefined)
      }
      expect(seen).toEqual(expected)
      expect(plan.list()).toMatchObject([{ requests: 4, isHealed: true }])
      expect(clock.state.timers).toBe(0)
    },
  )

  it('FaultPlan keeps no timer of a fault that is replaced or removed', () => {
    const { plan, clock } = planOf({ ttlMs: 50, window: { afterMs: 10, forMs: 10 } })
    plan.set([fault({ ttlMs: 50 }), fault({ name: 'b', ttlMs: 50 })])
    expect(clock.state.timers).toBe(2)
    plan.remove('b')
    expect(plan.list().map(({ name }) => name)).toEqual(['a'])
    expect(() => plan.remove('b')).toThrow('there is no fault "b"; set are "a"')
    plan.set([])
    expect(clock.state.timers).toBe(0)
  })

  it('FaultPlan strikes a request with the first fault that is due, and counts it for all', () => {
    const { plan } = planOf({ every: 2 }, { name: 'b', kind: 'stall' })
    expect([1, 2, 3].map(() => plan.strike(FEED)?.fault.name)).toEqual(['b', 'a', 'b'])
    expect(plan.list()).toMatchObject([
      { requests: 3, strikes: 1 },
      { requests: 3, strikes: 2 },
    ])
    plan.set([fault({})])
    expect(plan.list()).toMatchObject([{ requests: 0, strikes: 0, isHealed: false }])
  })

  it('FaultPlan draws a probability by the seed, and other faults do not change the draw', () => {
    const half = { name: 'half', probability: 0.5 }
    const drawn = (seed: number, ...others: readonly Partial<Fault>[]): readonly boolean[] => {
      const plan = new FaultPlan(new StoreClock({ setting: { frozen: true } }), seed)
      plan.set([...others, half].map(fault))
      return Array.from({ length: 64 }, () => plan.strike(FEED)?.fault.name === 'half')
    }
    expect(drawn(1)).toEqual(drawn(1, { name: 'never', probability: 0 }))
    expect(drawn(1)).not.toEqual(drawn(2))
    expect(drawn(1)).toContain(true)
    expect(drawn(1)).toContain(false)
  })

  it.each([
    [0, 0],
    [1, 1_000],
  ])('FaultPlan strikes with probability %i %i of 1000 requests', (probability, expected) => {
    const { plan } = planOf({ probability })
    for (let n = 0; n < 1_000; n += 1) plan.strike(FEED)
    expect(plan.list()).toMatchObject([{ requests: 1_000, strikes: expected }])
  })

  it.each<readonly [Partial<Fault>, boolean]>([
    [{ path: '/webservice/**' }, true],
    [{ path: '/webservice/*' }, false],
    [{ path: '/webservice/*/changelog/*/22' }, true],
    [{ method: 'GET' }, true],
    [{ method: 'HEAD' }, false],
    [{ log: 'section/22' }, true],
    [{ log: 'section/*' }, true],
    [{ log: 'section/2' }, false],
    [{ user: 'qa' }, true],
    [{ user: 'q' }, false],
    [{ user: 'qa', log: 'list/22' }, false],
  ])('FaultPlan selects by %j: %s', (parts, expected) => {
    const { plan } = planOf(parts)
    expect(plan.strike(FEED) !== undefined).toBe(expected)
    expect(plan.list()).toMatchObject([{ requests: expected ? 1 : 0 }])
  })
})
