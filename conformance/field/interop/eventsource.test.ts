import { EventSource } from 'eventsource'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { loadTarget } from '../../drivers/load-target.ts'
import { compiledTarget } from '../../testing/compiled-target.ts'
import { Activity } from '../../rig/activity.ts'
import { Backend } from '../../rig/backend.ts'
import type { RunningTarget } from '../../runner/target.ts'
import { startCuttableRelay } from './cuttable-relay.ts'

const HOLD_MS = 20_000

const activity = new Activity()
const signal = AbortSignal.timeout(60_000)
const backend = new Backend({
  name: 'A',
  path: '/stream',
  answersAtOnce: true,
  onChange: () => activity.changed(),
  onFault: (error) => activity.fail(error),
  record: () => {},
})
let target: RunningTarget

const until = async (condition: () => boolean, what: string): Promise<void> => {
  if (!(await activity.eventually(condition, HOLD_MS, signal)))
    throw new Error(`${what} within ${HOLD_MS} ms`)
}

beforeAll(async () => {
  await backend.origin.listen()
  const { driver } = loadTarget({
    source: { kind: 'file', path: compiledTarget() },
    print: () => {},
  })
  target = await driver.start({ role: driver.role, backends: [backend.settings] })
  await until(() => backend.stream !== undefined, 'the proxy did not connect')
})

afterAll(async () => {
  await target.close()
  await backend.origin.close()
})

test('the eventsource client reconnects by itself and gets each missed event exactly once', async () => {
  const seen: string[] = []
  await using relay = await startCuttableRelay(target.frontUrl)
  const source = new EventSource(relay.url)
  try {
    source.addEventListener('message', ({ data }) => {
      seen.push(String(data))
      activity.changed()
    })
    for (const name of ['open', 'error']) source.addEventListener(name, () => activity.changed())
    await until(() => source.readyState === EventSource.OPEN, 'the client did not open')
    backend.stream?.write('retry: 50\ndata: 1\n\ndata: 2\n\n')
    await until(() => seen.length === 2, 'the first events did not arrive')

    relay.cut()
    await until(
      () => source.readyState === EventSource.CONNECTING,
      'the client did not notice the drop',
    )
    backend.stream?.write('data: 3\n\ndata: 4\n\n')
    await until(() => seen.includes('4'), 'the client did not get the missed events')
    backend.stream?.write('data: 5\n\n')
    await until(() => seen.includes('5'), 'the client got no live event after its reconnect')
    expect(seen).toEqual(['1', '2', '3', '4', '5'])
    expect(backend.streams).toHaveLength(1)
  } finally {
    source.close()
  }
})
