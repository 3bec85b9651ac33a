import { describe, expect, it } from 'vitest'

import { until } from '../testing/until.ts'
import type { ClockSetting } from './clock-setting.ts'
import { StoreClock } from './store-clock.ts'

const START = '2026-01-01T00:00:00.000Z'
const HOUR_MS = 3_600_000

function frozenClock(): StoreClock {
  return new StoreClock({ setting: { frozen: true, at: START } })
}

describe('StoreClock', () => {
  it('StoreClock shows the real time by default, and runs timers by it', async () => {
    const clock = new StoreClock()
    expect(clock.isReal).toBe(true)
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(60_000)
    const ran: string[] = []
    const setAt = performance.now()
    const late = clock.setTimeout(() => ran.push('late'), HOUR_MS)
    clock.setTimeout(() => ran.push(performance.now() - setAt >= 19 ? 'in time' : 'early'), 20)
    const interval = clock.setInterval(() => ran.push('interval'), 1)
    await until(() => ran.includes('in time') && ran.includes('interval'), 'both timers run')
    const first = ran.indexOf('interval')
    await until(() => ran.includes('interval', first + 1), 'the interval runs again')
    clock.clear(interval)
    clock.clear(late)
    expect(clock.state.timers).toBe(0)
    expect(ran).not.toContain('early')
    expect(ran).not.toContain('late')
  })

  it('StoreClock stops while it is frozen, and runs no timer', async () => {
    const clock = frozenClock()
    const real = new StoreClock()
    const ran: string[] = []
    clock.setTimeout(() => ran.push('frozen'), 1)
    const passedMs = clock.passedMs
    await new Promise<void>((resolve) => void real.setTimeout(resolve, 20))
    expect([ran, clock.passedMs - passedMs, clock.state]).toEqual([
      [],
      0,
      { frozen: true, at: START, timers: 1 },
    ])
    // What is due already does not depend on the time.
    await new Promise<void>((resolve) => void clock.setTimeout(resolve, 0))
  })

  it('StoreClock runs what is due in order, at its own time, before advance resolves', async () => {
    const clock = frozenClock()
    const ran: string[] = []
    const note = (name: string) => () =>
      void ran.push(`${name} at ${clock.now().getTime() - Date.parse(START)}`)
    clock.setTimeout(note('c'), 300)
    clock.setTimeout(note('a'), 100)
    clock.setTimeout(note('later'), 1_001)
    clock.setTimeout(note('b, set after a'), 100)
    clock.clear(clock.setTimeout(note('cleared'), 150))
    const interval = clock.setInterval(note('interval'), 400)
    clock.setTimeout(() => {
      // The rest of a request continues in later turns, and may set a timer that is due as well.
      setImmediate(() => clock.setTimeout(note('set meanwhile'), 50))
    }, 200)
    await clock.advance(1_000)
    expect(ran).toEqual([
      'a at 100',
      'b, set after a at 100',
      'set meanwhile at 250',
      'c at 300',
      'interval at 400',
      'interval at 800',
    ])
    expect(clock.state.at).toBe('2026-01-01T00:00:01.000Z')
    clock.clear(interval)
    await clock.advance(1)
    expect(ran.at(-1)).toBe('later at 1001')
    expect(clock.state.timers).toBe(0)
  })

  it('StoreClock that runs shows the advanced time, and continues from it', async () => {
    const clock = new StoreClock({ now: () => new Date(START) })
    let seen = ''
    clock.setTimeout(() => (seen = clock.state.at), HOUR_MS)
    const passedMs = clock.passedMs
    await clock.advance(2 * HOUR_MS)
    // The real time passes as well.
    expect(Date.parse(seen) - Date.parse(START)).toBeGreaterThan(HOUR_MS - 60_000)
    expect(clock.state.at).toBe('2026-01-01T02:00:00.000Z')
    expect(clock.passedMs - passedMs).toBeGreaterThanOrEqual(2 * HOUR_MS)
    expect(clock.state).toMatchObject({ frozen: false, offsetMs: 2 * HOUR_MS })
  })

  it('StoreClock runs concurrent advances one after the other', async () => {
    const clock = frozenClock()
    const ends: string[] = []
    const seen: string[] = []
    clock.setInterval(() => seen.push(clock.state.at.slice(17, 23)), 500)
    await Promise.all(
      [1_000, 2_000].map(async (ms) => ends.push((await clock.advance(ms)).at.slice(17, 23))),
    )
    expect(ends).toEqual(['01.000', '03.000'])
    expect(seen).toEqual(['00.500', '01.000', '01.500', '02.000', '02.500', '03.000'])
    clock.close()
  })

  it.each<readonly [ClockSetting, string]>([
    [{}, START],
    [{ at: '2027-05-06T07:08:09Z' }, '2027-05-06T07:08:09.000Z'],
    [{ at: '2027-05-06T07:08:09+02:00' }, '2027-05-06T05:08:09.000Z'],
    [{ offsetMs: -1_000 }, '2025-12-31T23:59:59.000Z'],
    [{ frozen: true }, START],
    [{ frozen: true, offsetMs: HOUR_MS }, '2026-01-01T01:00:00.000Z'],
  ])('StoreClock.set %j shows %s and lets no time pass', async (setting, shown) => {
    const clock = new StoreClock({ now: () => new Date(START) })
    let ran = 0
    clock.setTimeout(() => (ran += 1), HOUR_MS)
    expect(clock.set({ offsetMs: 7 * 86_400_000 }).at).toBe('2026-01-08T00:00:00.000Z')
    expect(clock.set(setting).at).toBe(shown)
    await new Promise(setImmediate)
    expect(ran).toBe(0)
    expect(clock.isFrozen).toBe(setting.frozen ?? false)
    clock.close()
  })

  it('StoreClock runs a timer by the real time after the clock is released', async () => {
    const clock = frozenClock()
    const ran = new Promise<void>((resolve) => void clock.setTimeout(resolve, 5))
    clock.set({})
    await ran
    expect(clock.isReal).toBe(true)
  })

  it('StoreClock.reset restores the setting of the start and keeps timers', async () => {
    const clock = frozenClock()
    await clock.advance(5_000)
    const passedMs = clock.passedMs
    clock.setTimeout(() => {}, 5)
    clock.reset()
    expect(clock.state).toEqual({ frozen: true, at: START, timers: 1 })
    expect(clock.passedMs).toBe(passedMs)
  })

  it('StoreClock refuses both at and offsetMs, and years that no feed can show', async () => {
    const clock = frozenClock()
    expect(() => clock.set({ at: START, offsetMs: 1 })).toThrow('expected at or offsetMs, got both')
    expect(() => clock.set({ at: 'tomorrow' })).toThrow('expected a time such as')
    expect(() => clock.set({ at: '0001-01-01T00:00:00Z' })).toThrow('from 1970 to 9999')
    expect(() => clock.set({ offsetMs: -9e15 })).toThrow('from 1970 to 9999')
    clock.set({ frozen: true, at: '9999-12-31T23:00:00Z' })
    await expect(clock.advance(HOUR_MS)).rejects.toThrow('from 1970 to 9999')
    expect((await clock.advance(HOUR_MS - 1)).at).toBe('9999-12-31T23:59:59.999Z')
  })

  it('StoreClock stops an advance at its limit of timers, and says what time it is', async () => {
    const clock = new StoreClock({ setting: { frozen: true, at: START } }, 3)
    let ran = 0
    clock.setInterval(() => (ran += 1), 1_000)
    await expect(clock.advance(60_000)).rejects.toThrow(
      'timersPerAdvance: 3 timers have run, and more are due; the clock is at 2026-01-01T00:00:03.000Z',
    )
    expect(ran).toBe(3)
    await clock.advance(1_000)
    expect(ran).toBe(4)
    clock.close()
  })

  it('StoreClock reports what a timer throws, and runs the next one', async () => {
    const faults: unknown[] = []
    const clock = new StoreClock({
      setting: { frozen: true },
      onFault: (fault) => faults.push(fault),
    })
    let ran = 0
    clock.setTimeout(() => {
      throw new Error('a defect')
    }, 1)
    clock.setTimeout(() => (ran += 1), 1)
    await clock.advance(1)
    expect([faults, ran]).toEqual([[new Error('a defect')], 1])
  })

  it('StoreClock runs nothing after close, and ends an advance under way', async () => {
    const clock = frozenClock()
    let ran = 0
    clock.setInterval(() => {
      ran += 1
      if (ran === 2) clock.close()
    }, 1)
    await clock.advance(1_000)
    clock.setTimeout(() => (ran += 1), 1)
    await clock.advance(1_000)
    expect(ran).toBe(2)
  })
})
