import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { CaptureEvent } from './capture-event.ts'
import { StreamLedger } from './stream-ledger.ts'

const FAULTS = ['lost', 'doubled', 'reordered'] as const

/** The faults that a ledger finds in a stream. */
function faultsIn(stream: readonly CaptureEvent[]): Readonly<Record<string, number>> {
  const ledger = new StreamLedger()
  for (const event of stream) ledger.note(event)
  const found = FAULTS.map((fault) => [fault, ledger[fault].count] as const)
  return Object.fromEntries(found.filter(([, count]) => count > 0))
}

const event = (id: string): CaptureEvent => ({ id, name: '', data: id })
const position = (id: string): CaptureEvent => ({ id, name: '', data: undefined })
const GAP: CaptureEvent = { id: undefined, name: 'sse-proxy-gap', data: '{"reason":"evicted"}' }
const announcement: CaptureEvent = { id: undefined, name: '', data: 'http://store/log' }

/** Connections of a client: each continues, comes after a gap, or after a restart. */
const connection = fc.record({
  start: fc.constantFrom('continues', 'gap', 'restart'),
  events: fc.integer({ min: 2, max: 6 }),
})

/**
 * A stream without a fault, and the places of events between two others of a run. The last one
 * before a gap or a restart is not among them: what follows it may have any number.
 */
function streamOf(connections: readonly { start: string; events: number }[]) {
  const stream: CaptureEvent[] = [position('e0-7')]
  const bound: number[] = []
  let [epoch, number] = [0, 7]
  for (const { start, events } of connections) {
    if (start === 'gap') {
      stream.push(GAP, announcement)
      number += 5
    }
    if (start === 'restart') [epoch, number] = [epoch + 1, 0]
    if (start !== 'continues') bound.pop()
    for (let index = 0; index < events; index += 1) {
      number += 1
      if (index > 0 || start === 'continues') bound.push(stream.length)
      stream.push(event(`e${epoch}-${number}`))
    }
  }
  // What is cut from the end of a capture cannot be missed.
  stream.push(event(`e${epoch}-${number + 1}`))
  return { stream, bound }
}

describe('StreamLedger', () => {
  it('StreamLedger finds every single removed, doubled or swapped event, and nothing in a whole stream', () => {
    fc.assert(
      fc.property(fc.array(connection, { minLength: 1, maxLength: 6 }), (connections) => {
        const { stream, bound } = streamOf(connections)
        expect(faultsIn(stream)).toEqual({})
        for (const at of bound) {
          expect(faultsIn(stream.toSpliced(at, 1))).toEqual({ lost: 1 })
          for (const later of bound.filter((place) => place >= at)) {
            const [one, other] = [stream[at] ?? GAP, stream[later] ?? GAP]
            expect(faultsIn(stream.toSpliced(later + 1, 0, one))).toEqual({ doubled: 1 })
            if (later === at) continue
            const swapped = stream.with(at, other).with(later, one)
            expect(Object.keys(faultsIn(swapped)).length, `${at} and ${later}`).toBeGreaterThan(0)
          }
        }
      }),
      { numRuns: 100 },
    )
  })

  it('StreamLedger calls events that come later than their successors reordered, not lost', () => {
    const stream = ['e-1', 'e-2', 'e-5', 'e-3', 'e-4', 'e-6'].map(event)
    expect(faultsIn(stream)).toEqual({ reordered: 2 })
    expect(faultsIn(['e-6', 'e-5', 'e-7'].map(event))).toEqual({ reordered: 1 })
    const twice = ['e-6', 'e-5', 'e-5'].map(event)
    expect(faultsIn(twice)).toEqual({ reordered: 1, doubled: 1 })
    const earlier = ['e-6', 'e-3', 'e-5'].map(event)
    expect(faultsIn(earlier)).toEqual({ reordered: 2, lost: 1 })
  })

  it('StreamLedger counts each event of a hole, at the start of a run too', () => {
    expect(faultsIn([position('e-3'), event('e-6'), event('f-2')])).toEqual({ lost: 3 })
  })

  it('StreamLedger reports a client that came without its last id', () => {
    const ledger = new StreamLedger()
    for (const each of [event('e-3'), position('f-9'), event('f-10')]) ledger.note(each)
    expect(ledger.restarts.first).toEqual(['f-9'])
    expect(ledger.lost.count).toBe(0)
  })

  it('StreamLedger refuses a stream with more holes than one client can have', () => {
    const ledger = new StreamLedger()
    const fill = (): void => {
      for (let number = 1; ; number += 2) ledger.note(event(`e-${number}`))
    }
    expect(fill).toThrow('more than 10000 holes')
  })
})
