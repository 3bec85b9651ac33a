import { expect, test } from 'vitest'

import { countedMs, Deadline, LateTime } from './responsive-time.ts'

test.each([
  ['in time', 100, 100],
  ['early', 60, 60],
  ['late by a quarter', 125, 80],
  ['late by its own length', 200, 50],
  ['very late', 5000, 50],
])('a time slice of 100 ms that ends %s counts less the later it ends', (_, elapsed, counted) => {
  expect(countedMs(100, elapsed)).toBe(counted)
})

test('a deadline aborts when its limit is reached, and never after it was cleared', async () => {
  const [reached, cleared] = [new Deadline(100), new Deadline(100)]
  cleared.clear()
  await new Promise((resolve) => {
    reached.signal.addEventListener('abort', resolve)
  })
  expect(cleared.signal.aborted).toBe(false)
})

test('LateTime counts how long this process ran no timer, less the time until the next one', () => {
  const startMs = performance.now()
  using late = new LateTime()
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  expect(late.ms).toBeGreaterThanOrEqual(150)
  expect(late.ms).toBeLessThanOrEqual(performance.now() - startMs - 20)
})
