import { expect, it } from 'vitest'

import { Deadline } from './deadline.ts'
import { eventually } from './testing/deadline.ts'

it('Deadline ends when its clock reaches it, not when its timer fires', async () => {
  let nowMs = 0
  let isOver = false
  const looks: number[] = []
  const clock = (): number => {
    looks.push(nowMs)
    return nowMs
  }
  const deadline = new Deadline(20, clock, () => (isOver = true))
  // It looks at the start and whenever its timer fires.
  await eventually('the timer has fired three times', () => looks.length >= 4)
  expect(isOver).toBe(false)
  nowMs = 20
  await eventually('the deadline is over', () => isOver)
  deadline.clear()
})

it('Deadline starts again when it is refreshed', async () => {
  let nowMs = 0
  let looks = 0
  let isOver = false
  const clock = (): number => {
    looks += 1
    return nowMs
  }
  const deadline = new Deadline(20, clock, () => (isOver = true))
  nowMs = 15
  deadline.refresh()
  nowMs = 30
  const looksBefore = looks
  await eventually('the timer has fired twice', () => looks >= looksBefore + 2)
  expect(isOver).toBe(false)
  nowMs = 35
  await eventually('the deadline is over', () => isOver)
})
