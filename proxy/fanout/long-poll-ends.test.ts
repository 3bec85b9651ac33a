import { Socket } from 'node:net'

import { expect, it } from 'vitest'

import { BoundaryGuard } from '../boundary-guard.ts'
import { eventually } from '../testing/deadline.ts'
import { LongPolls } from './long-polls.ts'
import { Subscriber } from './subscriber.ts'

const POLLS = 600

const nowMs = (): number => performance.now()

it('LongPolls ends at most 256 polls at one check, each of them once', async () => {
  const ended: Subscriber[] = []
  const endsOfChecks: number[] = []
  let endsOfThisCheck = 0
  const polls = new LongPolls({
    longPoll: { enabled: true, holdMs: 100, quietMs: 100, maxBytes: 1024 },
    guard: new BoundaryGuard({ log: () => undefined, nowMs }),
    nowMs,
    end: (subscriber) => {
      subscriber.endReason = 'polled'
      ended.push(subscriber)
      endsOfThisCheck += 1
      // A check is one task: the microtask runs after it.
      if (endsOfThisCheck > 1) return
      queueMicrotask(() => {
        endsOfChecks.push(endsOfThisCheck)
        endsOfThisCheck = 0
      })
    },
  })
  const subscribers = Array.from({ length: POLLS }, () => {
    return new Subscriber(new Socket(), 'chunked', 0, nowMs())
  })
  for (const subscriber of subscribers) polls.begin(subscriber)
  await eventually('all polls have ended', () => ended.length >= POLLS)
  expect(ended).toEqual(subscribers)
  expect(Math.max(...endsOfChecks)).toBeLessThanOrEqual(256)
  for (const subscriber of subscribers) polls.remove(subscriber)
})
