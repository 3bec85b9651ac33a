import { expect, test } from 'vitest'

import { Activity } from './activity.ts'

const never = new AbortController().signal

test('a condition that holds already needs no activity', async () => {
  expect(await new Activity().eventually(() => true, 1, never)).toBe(true)
})

test('activity wakes a waiting check long before its limit', async () => {
  const activity = new Activity()
  let arrived = false
  const waiting = activity.eventually(() => arrived, 60_000, never)
  setImmediate(() => {
    arrived = true
    activity.changed()
  })
  expect(await waiting).toBe(true)
})

test('the limit ends a wait for what does not come', async () => {
  expect(await new Activity().eventually(() => false, 30, never)).toBe(false)
})

test('time in which this process stood still is not held against the target', async () => {
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

test('an abort ends every wait without a run', async () => {
  const controller = new AbortController()
  const waiting = new Activity().eventually(() => false, 60_000, controller.signal)
  controller.abort()
  await expect(waiting).rejects.toMatchObject({ kind: 'inconclusive' })
})
