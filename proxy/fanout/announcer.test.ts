import { expect, it } from 'vitest'

import { startHub } from '../testing/start-hub.ts'
import { AnnouncedUrls } from './announced-urls.ts'

const UNKNOWN = '{"reason":"unknown"}'
const RETURNS = '/?lastEventId=unknown'
const [FIRST, SECOND] = ['http://store/changelog/section/1', 'http://store/changelog/section/2']

/** A hub that knows two change logs, with a clock that stands still and checks that end on command. */
async function startCheckedHub() {
  let now = 1000
  const announcedUrls = new AnnouncedUrls(10)
  for (const url of [FIRST, SECOND]) announcedUrls.add(url, 0)
  const checks: (() => void)[] = []
  const hub = await startHub({
    nowMs: () => now,
    announcedUrls,
    checkUrls: async () => {
      await new Promise<void>((resolve) => {
        checks.push(resolve)
      })
    },
  })
  return {
    ...hub,
    announcedUrls,
    checks,
    /** A client with an id that the log does not know, which has the gap event. */
    returning: async () => {
      const client = await hub.client(RETURNS)
      await client.received(1)
      return client
    },
    /** Says something, and resolves when every client that may have it was sent it. */
    sayToAll: async (data: string) => {
      await using witness = await hub.client()
      hub.say(data)
      await witness.received(1)
      await hub.hub.sweep()
    },
    advance: async (ms: number) => {
      now += ms
      await hub.hub.sweep()
    },
  }
}

it('clients that return wait for the check of the change logs, and get those that still exist', async () => {
  await using hub = await startCheckedHub()
  await using first = await hub.returning()
  await using second = await hub.returning()
  await hub.sayToAll('live')
  expect([first.data, second.data]).toEqual([[UNKNOWN], [UNKNOWN]])
  hub.announcedUrls.forget([SECOND])
  hub.checks[0]?.()
  for (const client of [first, second]) {
    await client.received(3)
    expect(client.data).toEqual([UNKNOWN, FIRST, 'live'])
  }
  expect(hub.checks).toHaveLength(1)
})

it('a client that returns within ten seconds of a check does not cause another one', async () => {
  await using hub = await startCheckedHub()
  await using first = await hub.returning()
  hub.checks[0]?.()
  await first.received(3)
  await hub.advance(9999)
  await using second = await hub.returning()
  await second.received(3)
  expect(hub.checks).toHaveLength(1)
  await hub.advance(1)
  await using third = await hub.returning()
  expect([third.data, hub.checks.length]).toEqual([[UNKNOWN], 2])
})

it('a client gets all change logs when a check takes longer than five seconds', async () => {
  await using hub = await startCheckedHub()
  await using client = await hub.returning()
  await hub.advance(4999)
  await hub.sayToAll('live')
  expect(client.data).toEqual([UNKNOWN])
  await hub.advance(1)
  await client.received(4)
  expect(client.data).toEqual([UNKNOWN, FIRST, SECOND, 'live'])
})
