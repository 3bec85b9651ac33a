import type { Socket } from 'node:net'

import { describe, expect, it } from 'vitest'

import { eventually } from '../testing/deadline.ts'
import { startHub } from '../testing/start-hub.ts'

/** Makes every write to this socket throw. */
function breakSocket(socket: Socket | undefined): void {
  if (socket === undefined) throw new Error('there is no such socket')
  socket.write = () => {
    throw new Error('broken socket')
  }
}

describe('an exception for one subscriber', () => {
  it('Hub disconnects only the client whose write throws during a pass', async () => {
    await using running = await startHub()
    await using first = await running.client()
    await using second = await running.client()
    await using third = await running.client()
    breakSocket(running.sockets[1])
    running.say('one')
    running.say('two')
    await first.received(2)
    await third.received(2)
    await second.closed()
    running.say('three')
    await first.received(3)
    await eventually('the hub has let go of the broken stream', () => running.hub.size === 2)
    expect(third.data.slice(0, 2)).toEqual(['one', 'two'])
    expect(running.guard.counts.client).toBe(1)
    expect(running.hub.counts.ended.exception).toBe(1)
    expect(running.exceptions.map(({ detail }) => detail.split('\n')[0])).toEqual([
      'Error: broken socket',
    ])
  })

  it('Hub disconnects the client whose heartbeat throws, and sweeps again', async () => {
    await using running = await startHub({ heartbeatMs: 20 })
    await using first = await running.client()
    await using second = await running.client()
    breakSocket(running.sockets[0])
    await eventually('a sweep meets the broken socket', async () => {
      await running.hub.sweep()
      return running.guard.counts.client === 1
    })
    await first.closed()
    const { heartbeats } = running.hub.counts
    await eventually('a later sweep sends a heartbeat', async () => {
      await running.hub.sweep()
      return running.hub.counts.heartbeats > heartbeats
    })
    expect(second.isClosed).toBe(false)
  })

  it('Hub closes the connection of a client whose delayed start throws', async () => {
    await using running = await startHub({ lagMs: 50 })
    await using client = await running.dial()
    await eventually('the connection is accepted', () => running.sockets.length === 1)
    breakSocket(running.sockets[0])
    client.socket.write('GET /unknown HTTP/1.0\r\n\r\n')
    await client.closed()
    expect(running.guard.counts.timer).toBe(1)
    await eventually('the hub holds no stream', () => running.hub.size === 0)
  })
})
