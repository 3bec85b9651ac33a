import { expect, it } from 'vitest'

import { RunningClock } from './running-clock.ts'

it('RunningClock counts only one tick for a time without a reading', () => {
  let realMs = 5000
  const clock = new RunningClock(() => realMs)
  const looks = [400, 1000, 12_000, 86_400_000, 10].map((passedMs) => {
    realMs += passedMs
    return clock.nowMs()
  })
  clock.close()
  expect(looks).toEqual([5400, 6400, 6650, 6900, 6910])
})
