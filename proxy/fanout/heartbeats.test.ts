import { expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { startHub } from '../testing/start-hub.ts'

const HEARTBEAT_MS = 400

it('Hub sends a heartbeat after heartbeatMs of silence, and none while events flow', async () => {
  let nowMs = 0
  await using running = await startHub({ heartbeatMs: HEARTBEAT_MS, nowMs: () => nowMs })
  await using client = await running.client()
  const { hub } = running
  for (let number = 1; number <= 20; number += 1) {
    nowMs += 0.75 * HEARTBEAT_MS
    await hub.sweep()
    running.say(String(number))
    await client.received(number)
    await hub.sweep()
  }
  expect(hub.counts.heartbeats).toBe(0)

  for (let beats = 1; beats <= 3; beats += 1) {
    nowMs += HEARTBEAT_MS
    await hub.sweep()
    await hub.sweep()
    expect(hub.counts.heartbeats).toBe(beats)
  }
  await eventually('the client has three comments', () =>
    client.body.toString().endsWith('data: 20\n\n:\n:\n:\n'),
  )
})
