import { randomInt } from 'node:crypto'
import { createServer, type Socket } from 'node:net'

import type { RunningTarget, TargetSettings } from '../../../runner/target.ts'
import { HEARTBEAT_MS } from '../concentrator/hub.ts'
import { limitsOf } from '../concentrator/limits.ts'
import { Client, type StreamStart } from './client.ts'
import { EventRing } from './event-ring.ts'
import { KnownLogs } from './known-logs.ts'
import { Publisher } from './publisher.ts'
import { Reader } from './reader.ts'
import type { Shared } from './source-options.ts'
import { FIRST_WAIT_MS, Source } from './source.ts'
import { breaksDecoder, startingPoint } from './starting-point.ts'
import type { Switches } from './switches.ts'

const OFTEN_MS = 50
const NEVER_MS = 86_400_000
const RETURN_SPREAD_MS = 4000
const STOP_MS = 300
const SLOW_STOP_MS = 15_000
const SECOND_MS = 1000
const CUT_MS = 20_000
const JOIN_MS = 40
const DELAY_MS = 150
const MS_PER_GONE_CLIENT = 0.1
/** Connections that the kernel holds until they are accepted. */
const QUEUE = 511
const SHORT_QUEUE = 50

/**
 * The second reference concentrator: a ring of entries from which each client pulls. It shares no
 * code with the first one but the claimed limits. Its faults are switches in the code, where a
 * programmer would have made the mistake.
 */
export async function startRing(
  settings: TargetSettings,
  switches: Switches,
  port: number,
): Promise<RunningTarget> {
  const limits = limitsOf(settings.variant)
  const ring = new EventRing(limits.logEvents, {
    evictsInSegments: switches.has('ring-log-in-segments'),
    idPrefix: switches.has('ring-unicode-ids') ? '№' : '',
  })
  const known = new KnownLogs()
  const readers = new Set<Reader>()
  const sockets = new Set<Socket>()
  const shared: Shared = {
    lastId: '',
    refusals: 0,
    firstWaitMs: FIRST_WAIT_MS,
    lines: [],
    decoder: new TextDecoder('utf-8', { ignoreBOM: true }),
    streaming: new Set(),
  }
  const publisher = new Publisher(ring, known, switches)
  const down = new Set<number>()
  let gone = 0
  const endAll = (): void => {
    for (const reader of readers) reader.end(1000 + randomInt(RETURN_SPREAD_MS))
  }
  const sources = settings.backends.map(
    (backend, index) =>
      new Source({
        settings: backend,
        switches,
        headTimeoutMs: limits.headTimeoutMs,
        silenceMs: limits.silenceMs,
        maxEventBytes: limits.maxEventBytes,
        shared,
        onEvent: (bytes) => {
          down.delete(index)
          const publish = (): void => publisher.publish(index, bytes)
          // It only waits: processor time would slow down the other targets in this process, too.
          if (switches.has('ring-serves-gone-clients'))
            setTimeout(publish, gone * MS_PER_GONE_CLIENT)
          else publish()
        },
        onGap: () => publisher.announceGap(),
        onLoss: () => {
          down.add(index)
          if (switches.has('ring-forgets-on-loss')) ring.clear()
          if (switches.has('ring-loss-ends-clients')) endAll()
        },
      }),
  )
  const heartbeatMs = switches.has('ring-beats-often') ? OFTEN_MS : HEARTBEAT_MS / 2
  const subscribe = ({ socket, request, isChunked, head, spelled, nth }: StreamStart): void => {
    if (switches.has('ring-decodes-ids') && breaksDecoder(request)) return void socket.destroy()
    const { from, before } = startingPoint({
      ring,
      known,
      request,
      spelled,
      switches,
      isDown: down.size > 0,
    })
    const { stallMs } = limits
    const pollHoldMs = switches.has('ring-poll-one-second') ? SECOND_MS : limits.pollHoldMs
    const isPoll = request.fields.get('x-requested-with') === 'XMLHttpRequest'
    const isHeadLate =
      switches.has('ring-head-unflushed') ||
      (switches.has('ring-return-unflushed') && request.fields.has('last-event-id'))
    const isEnding = isPoll && !switches.has('ring-poll-stays-open')
    const reader = new Reader({
      ring,
      socket,
      switches,
      isChunked,
      head,
      isHeadLate,
      from,
      before,
      heartbeatMs: isHeadLate ? NEVER_MS : heartbeatMs,
      stallMs,
      pollHoldMs: isEnding ? pollHoldMs : 0,
    })
    readers.add(reader)
    reader.start()
    const isDeaf = nth > 1 && switches.has('ring-second-request-deaf')
    const joined: (() => void)[] = []
    const pull = switches.has('ring-delays')
      ? () => void setTimeout(() => reader.pull(), DELAY_MS)
      : () => reader.pull()
    const join = (): void => {
      if (!isDeaf && !socket.destroyed) joined.push(ring.onEntry(pull))
    }
    if (switches.has('ring-joins-late')) setTimeout(join, JOIN_MS)
    else join()
    const cut = switches.has('ring-cuts-after-20s')
      ? setTimeout(() => reader.end(RETURN_SPREAD_MS), CUT_MS)
      : undefined
    socket.on('close', () => {
      clearTimeout(cut)
      for (const leave of joined) leave()
      reader.close()
      gone += 1
      if (!switches.has('ring-counts-gone-clients')) readers.delete(reader)
    })
  }
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    new Client({
      socket,
      requestTimeoutMs: limits.requestTimeoutMs,
      switches,
      isFull: () => readers.size >= limits.maxClients,
      onStream: subscribe,
    }).start()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    const backlog = switches.has('ring-short-queue') ? SHORT_QUEUE : QUEUE
    server.listen({ port, host: '127.0.0.1', backlog }, resolve)
  })
  for (const source of sources) source.start()
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('not a TCP listener')
  return {
    frontUrl: `http://127.0.0.1:${address.port}`,
    close: async () => {
      for (const source of sources) source.close()
      publisher.close()
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      endAll()
      for (const socket of sockets) socket.end()
      const deadline = setTimeout(
        () => {
          for (const socket of sockets) socket.destroy()
        },
        switches.has('ring-stop-waits-for-clients') ? SLOW_STOP_MS : STOP_MS,
      )
      await closed
      clearTimeout(deadline)
    },
  }
}
