import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { chooseListeners } from './balance.ts'

const listening = (clients: number) => ({ clients, isFull: false, isListening: true })
const stopped = (clients: number) => ({ clients, isFull: false, isListening: false })
const full = (clients: number) => ({ clients, isFull: true, isListening: true })

describe('the choice of the workers that accept clients', () => {
  it.each([
    ['all workers while the counts are about even', [listening(0), listening(4)], [true, true]],
    [
      'no worker that is ahead of the others',
      [listening(0), listening(5), listening(4)],
      [true, false, true],
    ],
    ['no stopped worker until the others are near', [listening(0), stopped(3)], [true, false]],
    ['a stopped worker once the others are near', [listening(1), stopped(3)], [true, true]],
    [
      'all workers at an imbalance of about 3 % of many clients',
      [listening(3200), listening(3300)],
      [true, true],
    ],
    ['no full worker while another has room', [full(10), listening(9)], [false, true]],
    [
      'all workers when all are full, so that they refuse clients',
      [full(10), full(9)],
      [true, true],
    ],
    ['the only worker', [listening(7)], [true]],
  ])('chooseListeners chooses %s', (_what, loads, expected) => {
    expect(chooseListeners(loads)).toEqual(expected)
  })

  it('chooseListeners always chooses a worker, and only workers with room if there are any', () => {
    const load = fc.record({
      clients: fc.nat(2000),
      isFull: fc.boolean(),
      isListening: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(load, { minLength: 1, maxLength: 8 }), (loads) => {
        const chosen = loads.filter((_load, index) => chooseListeners(loads)[index])
        expect(chosen.length).toBeGreaterThan(0)
        expect(chosen.every(({ isFull }) => isFull === loads.every((one) => one.isFull))).toBe(true)
      }),
    )
  })
})
