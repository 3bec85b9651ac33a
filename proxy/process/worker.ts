import cluster from 'node:cluster'

import { BoundaryGuard } from '../boundary-guard.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import { type Pointers, pointerOf } from '../fanout/pointers.ts'
import { RunningClock } from '../running-clock.ts'
import { eachChunk } from '../sse/chunk.ts'
import { ClientSide } from './client-side.ts'
import { eventIds, rememberedPointers } from './event-memory.ts'
import { LoadReport } from './load-report.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** How often the primary process is told the counts; it takes a silent worker for dead. */
const COUNTS_MS = 1000
/** How often the load is looked at for clients that have left. */
const LOAD_LOOK_MS = 100
/** How far the logs of two workers may be apart: a client that moves from one to the other must not be called unknown. */
const LAG_MS = 250
/** Time that clients have to take their last bytes when the primary process is gone. */
const ORPHAN_CLOSE_MS = 500

/** It lives as long as the process. */
const { nowMs } = new RunningClock()

interface Serving {
  readonly log: FrameLog
  readonly pointers: Pointers | undefined
  readonly clients: ClientSide
  readonly load: LoadReport
}

/** Serves clients from a copy of the primary process's log, for as long as that process lives. */
export function runWorker(): void {
  let serving: Serving | undefined
  let chain: readonly string[] = []
  let listening = Promise.resolve()
  const timers: NodeJS.Timeout[] = []

  const close = async (withinMs: number): Promise<void> => {
    for (const timer of timers) clearInterval(timer)
    await serving?.clients.close(withinMs)
    // The channel would keep the process.
    process.exit()
  }
  // Else it would end at once when the primary process does, and with it the streams, in bad order.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true
  // A terminal sends these to all processes of a group; the primary decides.
  process.on('SIGINT', ignore).on('SIGHUP', ignore)
  process.once('SIGTERM', () => void close(ORPHAN_CLOSE_MS))
  process.once('disconnect', () => void close(ORPHAN_CLOSE_MS))
  const guard = new BoundaryGuard({
    log: (exception) => tell({ kind: 'exception', exception }),
    nowMs,
  })
  // A log that may lack a frame must serve nobody: the clients resume on another worker.
  const giveUp = (): void => void close(ORPHAN_CLOSE_MS)
  const hear = (message: ToWorker): void => {
    switch (message.kind) {
      case 'start':
        serving = createServing(message, () => chain)
        timers.push(
          setInterval(() => guard.run('timer', () => sendCounts(serving)), COUNTS_MS),
          setInterval(() => guard.run('timer', () => serving?.load.look()), LOAD_LOOK_MS),
        )
        break
      case 'frames':
        if (serving !== undefined) append(serving, Buffer.from(message.chunked))
        break
      case 'chain':
        ;({ chain } = message)
        break
      case 'place':
      case 'count':
      case 'stop-counting':
        serving?.clients.hearKeeper(message)
        break
      case 'vanished':
        serving?.clients.cutOffVanished(message.gone)
        break
      case 'listen':
        listening = listenAfter(listening, serving?.clients, message)
        break
      default:
        void close(message.withinMs)
    }
  }
  process.on('message', (message: ToWorker) => {
    guard.run('worker', () => hear(message), giveUp)
  })
  tell({ kind: 'ready' })
}

function createServing(
  { config, epoch, processes, firstNumber, pointers: urls }: Extract<ToWorker, { kind: 'start' }>,
  chain: () => readonly string[],
): Serving {
  const limits = config.settings.replay
  const log = new FrameLog({ limits, ids: eventIds(config, epoch), firstNumber })
  const pointers = rememberedPointers(config)
  for (const url of urls) pointers?.note(url, 0)
  const onAccept = (): void => load.look()
  const clients = new ClientSide({
    config,
    log,
    pointers,
    chain,
    lagMs: LAG_MS,
    processes,
    tellKeeper: (message) => tell(message),
    onAccept,
    onException: (exception) => tell({ kind: 'exception', exception }),
    nowMs,
  })
  const load = new LoadReport({
    read: () => clients.load,
    send: (now) => tell({ kind: 'load', ...now }),
  })
  return { log, pointers, clients, load }
}

/** At these places, or at none; a step that is still under way comes first. */
async function listenAfter(
  earlier: Promise<void>,
  clients: ClientSide | undefined,
  { order, connectors }: Extract<ToWorker, { kind: 'listen' }>,
): Promise<void> {
  await earlier
  if (clients === undefined) return
  if (connectors.length === 0) clients.rest()
  try {
    for (const { host, port } of connectors.slice(clients.listens)) await clients.listen(host, port)
    tell({ kind: 'listens', order })
  } catch (error) {
    tell({ kind: 'cannot-listen', reason: error instanceof Error ? error.message : String(error) })
  }
}

function append({ log, pointers, clients }: Serving, chunked: Buffer): void {
  eachChunk(chunked, (chunk, payload) => {
    log.appendChunk(chunk, payload, nowMs())
    const url = pointers === undefined ? undefined : pointerOf(payload)
    if (url !== undefined) pointers?.note(url, 0)
  })
  clients.wake()
}

/** Whether the last counts have yet to leave: a primary process that stands still must not fill this one's memory. */
let isCounting = false

function sendCounts(serving: Serving | undefined): void {
  if (isCounting) return
  const [counts] = serving?.clients.counts() ?? []
  if (counts === undefined) return
  isCounting = true
  tell({ kind: 'counts', counts }, () => (isCounting = false))
}

function tell(message: FromWorker, onSent: () => void = ignore): void {
  // Once the primary process is gone, `disconnect` ends this one.
  if (process.connected) process.send?.(message, undefined, undefined, onSent)
}

function ignore(): void {}
