import { expect, test } from 'vitest'

import { Activity } from './activity.ts'
import { Assertions } from './assertions.ts'

const HOLD_MS = 40
const never = new AbortController().signal
const assertions = () => new Assertions(new Activity(), { holdMs: HOLD_MS }, never)

test('A wait for bytes ends although heartbeats keep coming', async () => {
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

test('A wait for bytes goes on as long as many come', async () => {
  let bytes = 0
  const pieces = setInterval(() => (bytes += 1000), 5)
  const came = await assertions().eventuallyWhileReceiving(
    () => bytes,
    () => bytes >= 40_000,
  )
  clearInterval(pieces)
  expect(came).toBe(true)
})

test('A wait for bytes ends when none come', async () => {
  const came = await assertions().eventuallyWhileReceiving(
    () => 7,
    () => false,
  )
  expect(came).toBe(false)
})
