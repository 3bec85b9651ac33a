import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { chooseListeners } from './balance.ts'

const listening = (clients: number) => ({ clients, isFull: false, isListening: true })
const resting = (clients: number) => ({ clients, isFull: false, isListening: false })
const full = (clients: number) => ({ clients, isFull: true, isListening: true })

describe('who accepts clients', () => {
  it.each([
    ['all, while they have about as many', [listening(0), listening(4)], [true, true]],
    ['not who is ahead', [listening(0), listening(5), listening(4)], [true, false, true]],
    ['not who rests, until the others come near', [listening(0), resting(3)], [true, false]],
    ['who rests, once they have', [listening(1), resting(3)], [true, true]],
    ['not to the client, when they are many', [listening(3200), listening(3300)], [true, true]],
    ['not who is full, while another has room', [full(10), listening(9)], [false, true]],
    ['all, to say that they are full', [full(10), full(9)], [true, true]],
    ['the only one', [listening(7)], [true]],
  ])('%s', (_what, loads, expected) => {
    expect(chooseListeners(loads)).toEqual(expected)
  })

  it('is always somebody, and somebody with room if there is one', () => {
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
