import { createServer, type Socket } from 'node:net'

import { BoundaryGuard, type CaughtException } from '../boundary-guard.ts'
import type { LongPollSettings } from '../config/settings.ts'
import type { AnnouncedUrls } from '../fanout/announced-urls.ts'
import { OwnIds } from '../fanout/event-ids.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import { Hub } from '../fanout/hub.ts'
import { listenOn } from '../listen.ts'
import { outgoingFrame } from './frames.ts'
import { RawClient } from './raw-client.ts'

const HEAD = Buffer.from('HTTP/1.1 200 OK\r\n\r\n')
const WITHOUT_LIMIT = 1e9

interface TestedHub {
  readonly announcedUrls?: AnnouncedUrls
  readonly checkUrls?: () => Promise<void>
  readonly heartbeatMs?: number
  readonly lagMs?: number
  readonly longPoll?: Partial<LongPollSettings>
  /** Default: the monotonic clock. */
  readonly nowMs?: () => number
}

const monotonicMs = (): number => performance.now()

/**
 * A hub behind a server that adds every client at once; `sockets` = the server's ends, in the order
 * of the clients.
 */
export async function startHub({
  announcedUrls,
  checkUrls,
  heartbeatMs = 0,
  lagMs = 0,
  longPoll = {},
  nowMs = monotonicMs,
}: TestedHub = {}) {
  const exceptions: CaughtException[] = []
  const guard = new BoundaryGuard({ log: (exception) => exceptions.push(exception), nowMs })
  const limits = { maxFrames: 1000, maxBytes: 100_000, maxAgeMs: WITHOUT_LIMIT }
  const log = new FrameLog({ limits, ids: new OwnIds('epoch') })
  const hub = new Hub({
    log,
    guard,
    heartbeatMs,
    lagMs,
    stallMs: WITHOUT_LIMIT,
    earlyId: true,
    longPoll: { enabled: true, holdMs: 60_000, quietMs: 50, maxBytes: 100_000, ...longPoll },
    maxStreamMs: 0,
    returnSpreadMs: 0,
    crashSpreadMs: 0,
    announcedUrls,
    checkUrls,
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
      const wantsEnd = bytes.includes('poll')
      hub.add({
        socket,
        completesLater: false,
        framing: 'plain',
        address: '-',
        path: '/',
        head: HEAD,
        lastEventId,
        wantsEnd,
        idleMs: 0,
      })
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
