import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import type { RawClient } from '../testing/raw-client.ts'
import { startHub } from '../testing/start-hub.ts'

const POLL = '/poll'

/** A hub whose clock stands still until it is set. */
async function startTimedHub() {
  let now = 1000
  const hub = await startHub({ nowMs: () => now, longPoll: { holdMs: 30, quietMs: 50 } })
  return {
    hub,
    /**
     * Advances the clock by more than `holdMs`. Resolves when the hub has looked at all polls: it
     * has ended one that got no event.
     */
    advance: async (ms: number) => {
      await using witness = await hub.client(POLL)
      now += ms
      await witness.closed()
    },
    [Symbol.asyncDispose]: async () => await hub[Symbol.asyncDispose](),
  }
}

async function pollThatHas(timed: Awaited<ReturnType<typeof startTimedHub>>, data: string) {
  const client: RawClient = await timed.hub.client(POLL)
  timed.hub.say(data)
  await client.received(1)
  return client
}

it('a long poll ends quietMs after its last event', async () => {
  await using timed = await startTimedHub()
  await using client = await pollThatHas(timed, 'A')
  await timed.advance(49)
  expect(client.isClosed).toBe(false)
  timed.hub.say('B')
  await client.received(2)
  await timed.advance(49)
  expect(client.isClosed).toBe(false)
  await timed.advance(31)
  await client.closed()
  expect(client.data).toEqual(['A', 'B'])
})

it('a long poll ends two seconds after its first event, however many follow', async () => {
  await using timed = await startTimedHub()
  await using client = await pollThatHas(timed, '1')
  let sent = 1
  for (let ms = 0; ms < 1960; ms += 40) {
    await timed.advance(40)
    expect(client.isClosed).toBe(false)
    sent += 1
    timed.hub.say(String(sent))
    await client.received(sent)
  }
  await timed.advance(40)
  await client.closed()
})

it('a stream beside long polls stays open', async () => {
  await using timed = await startTimedHub()
  await using stream = await timed.hub.client('/')
  await using client = await pollThatHas(timed, 'A')
  await timed.advance(60_000)
  await client.closed()
  timed.hub.say('B')
  await stream.received(2)
  expect(stream.isClosed).toBe(false)
  await eventually('the hub has one client', () => timed.hub.hub.size === 1)
})
