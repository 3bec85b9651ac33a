import { expect, test } from 'vitest'

import { Activity } from './activity.ts'
import { Assertions } from './assertions.ts'

const HOLD_MS = 40
const never = new AbortController().signal
const assertions = () => new Assertions(new Activity(), { holdMs: HOLD_MS }, never)

test('eventuallyWhileReceiving ends when only heartbeats arrive', async () => {
  let bytes = 0
  const beats = setInterval(() => (bytes += 1), 5)
  const came = await assertions().eventuallyWhileReceiving(
    () => bytes,
    () => false,
  )
  clearInterval(beats)
  expect(came).toBe(false)
  expect(bytes).toBeGreaterThan(0)
})

test('eventuallyWhileReceiving continues while many bytes arrive', async () => {
  let bytes = 0
  const pieces = setInterval(() => (bytes += 1000), 5)
  const came = await assertions().eventuallyWhileReceiving(
    () => bytes,
    () => bytes >= 40_000,
  )
  clearInterval(pieces)
  expect(came).toBe(true)
})

test('eventuallyWhileReceiving ends when no bytes arrive', async () => {
  const came = await assertions().eventuallyWhileReceiving(
    () => 7,
    () => false,
  )
  expect(came).toBe(false)
})
