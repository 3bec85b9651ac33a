import { Socket } from 'node:net'

import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { Roster } from './roster.ts'
import { Subscriber } from './subscriber.ts'

const create = () => new Subscriber(new Socket(), 'chunked', 0, 0)

it('visits everyone who stays, and nobody who has left, whoever leaves and comes meanwhile', async () => {
  const change = fc.record({ after: fc.nat(), leaves: fc.nat(), comes: fc.boolean() })
  // Few, so that those who were moved are moved again, or enough for several slices.
  const sizes = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 500, max: 600 }))
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(change, { maxLength: 40 }), async (size, changes) => {
      const roster = new Roster()
      const present = Array.from({ length: size }, create)
      for (const subscriber of present) roster.add(subscriber)
      const gone = new Set<Subscriber>()
      const visits = new Map<Subscriber, number>()
      await roster.visit(
        (subscriber) => {
          expect(gone.has(subscriber)).toBe(false)
          visits.set(subscriber, (visits.get(subscriber) ?? 0) + 1)
          for (const { after, leaves, comes } of changes) {
            const leaving = present[leaves % size]
            if (after % size !== visits.size) continue
            if (comes) roster.add(create())
            if (leaving === undefined || gone.has(leaving)) continue
            gone.add(leaving)
            roster.remove(leaving)
          }
        },
        () => undefined,
      )
      const stayed = present.filter((subscriber) => !gone.has(subscriber))
      expect(stayed.filter((subscriber) => !visits.has(subscriber))).toHaveLength(0)
      const left = new Set(roster.all())
      expect(stayed.filter((subscriber) => !left.has(subscriber))).toHaveLength(0)
      expect(left.size).toBe(roster.size)
      expect([...gone].filter((subscriber) => left.has(subscriber))).toHaveLength(0)
    }),
    { numRuns: 300 },
  )
})
