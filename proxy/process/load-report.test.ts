import { expect, it } from 'vitest'

import { type Load, LoadReport } from './load-report.ts'

const load = (clients: number, isFull = false): Load => ({ clients, isFull })

it('LoadReport sends one report at a time while the receiver does not read, then the latest load', () => {
  const sent: Load[] = []
  const callbacks: (() => void)[] = []
  const report = new LoadReport((next, onSent) => {
    sent.push(next)
    callbacks.push(onSent)
  })
  for (let clients = 1; clients <= 1000; clients += 1) report.update(load(clients))
  report.update(load(1000, true))
  expect(sent).toEqual([load(2)])
  callbacks.shift()?.()
  expect(sent).toEqual([load(2), load(1000, true)])
  callbacks.shift()?.()
  expect(sent).toHaveLength(2)
})

it('LoadReport reports at once that a process is full or no longer full, and other changes in steps', () => {
  const sent: Load[] = []
  const report = new LoadReport((next, onSent) => {
    sent.push(next)
    onSent()
  })
  report.update(load(1))
  expect(sent).toEqual([])
  report.update(load(1, true))
  report.update(load(1))
  report.update(load(640))
  report.update(load(645))
  report.update(load(650))
  expect(sent).toEqual([load(1, true), load(1), load(640)])
  report.update(load(651))
  expect(sent.at(-1)).toEqual(load(651))
})
