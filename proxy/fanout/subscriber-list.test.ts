import { Socket } from 'node:net'

import * as fc from 'fast-check'
import { expect, it } from 'vitest'

import { SubscriberList } from './subscriber-list.ts'
import { Subscriber } from './subscriber.ts'

const create = () => new Subscriber(new Socket(), 'chunked', 0, 0)

it('SubscriberList visits every subscriber that stays and none that was removed, while others are added and removed', async () => {
  const change = fc.record({ after: fc.nat(), leaves: fc.nat(), comes: fc.boolean() })
  // Few, so that those who were moved are moved again, or enough for several slices.
  const sizes = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 500, max: 600 }))
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(change, { maxLength: 40 }), async (size, changes) => {
      const list = new SubscriberList()
      const present = Array.from({ length: size }, create)
      for (const subscriber of present) list.add(subscriber)
      const gone = new Set<Subscriber>()
      const visits = new Map<Subscriber, number>()
      await list.visit(
        (subscriber) => {
          expect(gone.has(subscriber)).toBe(false)
          visits.set(subscriber, (visits.get(subscriber) ?? 0) + 1)
          for (const { after, leaves, comes } of changes) {
            const leaving = present[leaves % size]
            if (after % size !== visits.size) continue
            if (comes) list.add(create())
            if (leaving === undefined || gone.has(leaving)) continue
            gone.add(leaving)
            list.remove(leaving)
          }
        },
        () => undefined,
      )
      const stayed = present.filter((subscriber) => !gone.has(subscriber))
      expect(stayed.filter((subscriber) => !visits.has(subscriber))).toHaveLength(0)
      const left = new Set(list.all())
      expect(stayed.filter((subscriber) => !left.has(subscriber))).toHaveLength(0)
      expect(left.size).toBe(list.size)
      expect([...gone].filter((subscriber) => left.has(subscriber))).toHaveLength(0)
    }),
    { numRuns: 300 },
  )
})
