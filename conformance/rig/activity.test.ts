import { expect, test } from 'vitest'

import { Activity } from './activity.ts'

const never = new AbortController().signal

test('Activity resolves at once when the condition is already true', async () => {
  expect(await new Activity().eventually(() => true, 1, never)).toBe(true)
})

test('Activity wakes a waiting check long before its limit', async () => {
  const activity = new Activity()
  let arrived = false
  const waiting = activity.eventually(() => arrived, 60_000, never)
  setImmediate(() => {
    arrived = true
    activity.changed()
  })
  expect(await waiting).toBe(true)
})

test('Activity resolves false when the limit runs out', async () => {
  expect(await new Activity().eventually(() => false, 30, never)).toBe(false)
})

test('Activity does not count time in which its own process was blocked', async () => {
  const activity = new Activity()
  let arrived = false
  const waiting = activity.eventually(() => arrived, 400, never)
  const startMs = performance.now()
  while (performance.now() - startMs < 500);
  setTimeout(() => {
    arrived = true
    activity.changed()
  }, 50)
  expect(await waiting).toBe(true)
})

test('Activity extends a limit while every time slice ends late', async () => {
  const activity = new Activity()
  // Each slice of 5 ms ends 15 ms late: it counts for half.
  const busy = setInterval(() => {
    const startMs = performance.now()
    while (performance.now() - startMs < 20);
  }, 0)
  const startMs = performance.now()
  await activity.eventually(() => false, 40, never)
  clearInterval(busy)
  expect(performance.now() - startMs).toBeGreaterThan(200)
})

test('Activity rejects every wait as inconclusive when its signal aborts', async () => {
  const controller = new AbortController()
  const waiting = new Activity().eventually(() => false, 60_000, controller.signal)
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ kind: 'inconclusive' })
})
