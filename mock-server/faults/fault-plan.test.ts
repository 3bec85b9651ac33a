import { describe, expect, it } from 'vitest'

import type { Fault } from './fault.ts'
import { FAULT_PLAN } from './fault.ts'
import { FaultPlan } from './fault-plan.ts'

function fault(parts: Partial<Fault>): Fault {
  const whole = { name: 'a', kind: 'reset', scope: 'feed', ...parts }
  const [parsed] = FAULT_PLAN.parse({ faults: [whole] }).faults
  if (parsed === undefined) throw new Error('expected a fault')
  return parsed
}

/** Which of six requests for feeds a fault strikes. */
function struck(parts: Partial<Fault>): readonly number[] {
  const plan = new FaultPlan()
  plan.set([fault(parts)])
  const strikes = Array.from({ length: 6 }, () => plan.strike('feed') !== undefined)
  return strikes.flatMap((isStruck, index) => (isStruck ? [index + 1] : []))
}

describe('FaultPlan', () => {
  it.each([
    [{}, [1, 2, 3, 4, 5, 6]],
    [{ first: 2 }, [1, 2]],
    [{ every: 3 }, [3, 6]],
    [{ after: 4 }, [5, 6]],
    [{ count: 1 }, [1]],
    [{ every: 2, count: 2 }, [2, 4]],
    [{ scope: 'item' as const }, []],
  ])('FaultPlan strikes with %o the requests %o', (parts, expected) => {
    expect(struck(parts)).toEqual(expected)
  })

  it('FaultPlan heals a fault when its time is over, and says so', () => {
    let nowMs = 1_000
    const plan = new FaultPlan(() => nowMs)
    plan.set([fault({ ttlMs: 50 })])
    nowMs += 49
    expect(plan.strike('feed')?.name).toBe('a')
    nowMs += 1
    expect(plan.strike('feed')).toBeUndefined()
    expect(plan.list()).toMatchObject([{ name: 'a', requests: 2, strikes: 1, isHealed: true }])
  })

  it('FaultPlan strikes a request with the first fault that is due, and counts it for all', () => {
    const plan = new FaultPlan()
    plan.set([fault({ every: 2 }), fault({ name: 'b', kind: 'stall' })])
    expect([1, 2, 3].map(() => plan.strike('feed')?.name)).toEqual(['b', 'a', 'b'])
    expect(plan.list()).toMatchObject([
      { requests: 3, strikes: 1 },
      { requests: 3, strikes: 2 },
    ])
    plan.set([fault({})])
    expect(plan.list()).toMatchObject([{ requests: 0, strikes: 0, isHealed: false }])
  })
})
