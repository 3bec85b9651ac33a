import { createServer, type Socket } from 'node:net'

import { describe, expect, it } from 'vitest'

import { BoundaryGuard, type CaughtException } from '../boundary-guard.ts'
import { listenOn } from '../listen.ts'
import { eventually } from '../testing/deadline.ts'
import { outgoingFrame } from '../testing/frames.ts'
import { RawClient } from '../testing/raw-client.ts'
import { OwnIds } from './event-ids.ts'
import { FrameLog } from './frame-log.ts'
import { Hub } from './hub.ts'

const HEAD = Buffer.from('HTTP/1.1 200 OK\r\n\r\n')
const WITHOUT_LIMIT = 1e9
const nowMs = (): number => performance.now()

/**
 * A hub behind a server that adds every client at once; `sockets` = the server's ends, in the order
 * of the clients.
 */
async function startHub(options: { readonly heartbeatMs?: number; readonly lagMs?: number } = {}) {
  const exceptions: CaughtException[] = []
  const guard = new BoundaryGuard({ log: (exception) => exceptions.push(exception), nowMs })
  const limits = { maxFrames: 1000, maxBytes: 100_000, maxAgeMs: WITHOUT_LIMIT }
  const log = new FrameLog({ limits, ids: new OwnIds('epoch') })
  const hub = new Hub({
    log,
    guard,
    heartbeatMs: options.heartbeatMs ?? 0,
    lagMs: options.lagMs ?? 0,
    stallMs: WITHOUT_LIMIT,
    earlyId: true,
    maxStreamMs: 0,
    returnSpreadMs: 0,
    announcedUrls: undefined,
    announceSpreadMs: 0,
    nowMs,
    random: Math.random,
  })
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    sockets.push(socket)
    socket.once('data', (bytes) => {
      const lastEventId = bytes.includes('unknown') ? 'unknown' : undefined
      hub.add({ socket, framing: 'plain', head: HEAD, lastEventId })
    })
  })
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 })
  return {
    hub,
    guard,
    exceptions,
    sockets,
    client: async (path = '/') => await RawClient.get({ port, path, version: '1.0' }),
    dial: async () => await RawClient.dial(port),
    say: (data: string) => {
      log.append(outgoingFrame(`data: ${data}\n\n`), nowMs())
    },
    [Symbol.asyncDispose]: async () => {
      await hub.close(100)
      server.close()
    },
  }
}

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
