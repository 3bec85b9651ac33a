import { expect, it } from 'vitest'

import { DeliveryOracle } from './delivery-oracle.ts'

const GAP = { type: 'sse-proxy-gap', data: '{"reason":"evicted"}', lastEventId: '' }
const text = (number: number) => ({ type: 'message', data: `a ${number} `, lastEventId: '' })
const pointer = (number: number) => ({
  type: 'message',
  data: `http://a.example/changelog/${number}`,
  lastEventId: '',
})
const TOLD = new Map([['a', { last: 7, pointers: [3, 6] }]])

/** The faults of a client that connected after event 1 and then received these. */
function faultsOf(events: readonly (typeof GAP)[]): readonly string[] {
  const oracle = new DeliveryOracle(new Map([['a', 1]]))
  for (const event of events) oracle.take(event)
  return oracle.faults(TOLD)
}

it.each([
  ['everything', [2, 3, -3, 4, 5, 6, -6, 7]],
  ['a gap, told, with the change logs announced again', [2, 0, -3, -6, 7]],
  ['a gap where nothing was missed', [2, 3, -3, 0, -3, 4, 5, 6, -6, 7]],
  ['a little more than what came after it', [1, 2, 3, -3, 4, 5, 6, -6, 7]],
  ['a gap before an event that comes all the same', [2, 3, -3, 4, 0, 5, 6, -6, 7]],
])('DeliveryOracle accepts %s', (_what, events) => {
  expect(faultsOf(asEvents(events))).toEqual([])
})

it.each([
  ['an event lost', [2, 3, -3, 5, 6, -6, 7], 'a 5 after a 3 without a gap told'],
  ['an event twice', [2, 3, -3, 3, 4, 5, 6, -6, 7], 'a 3 after a 3'],
  ['two events in the wrong order', [3, 2, -3, 4, 5, 6, -6, 7], 'a 2 after a 3'],
  ['an event again after a gap', [2, 3, -3, 0, -3, 2, 4, 5, 6, -6, 7], 'a 2 after a 3'],
  ['a change log twice without a gap', [2, 3, -3, -3, 4, 5, 6, -6, 7], 'announced 2 times'],
  ['a change log too early', [2, -3, 3, 4, 5, 6, -6, 7], 'a 3 announced after a 2'],
  ['a change log lost', [2, 3, 4, 5, 6, -6, 7], 'a 3 was never announced'],
  ['a change log lost in a gap', [2, 0, -3, 7], 'a 6 was never announced'],
  ['one gap told, another one not', [2, 0, -3, -6, 4, 6, 7], 'a 6 after a 4 without a gap told'],
])('DeliveryOracle rejects %s', (_what, events, fault) => {
  expect(faultsOf(asEvents(events)).join()).toContain(fault)
})

it('DeliveryOracle rejects an event that no back end sent', () => {
  expect(faultsOf([{ ...GAP, type: 'message' }]).join()).toContain('an event of no back end')
})

/** 0 = a gap, n = event n, -n = the announcement of its change log. */
function asEvents(numbers: readonly number[]): readonly (typeof GAP)[] {
  return numbers.map((number) => {
    if (number === 0) return GAP
    return number > 0 ? text(number) : pointer(-number)
  })
}
