import type { SendHandle } from 'node:child_process'
import cluster from 'node:cluster'
import type { Socket } from 'node:net'

import { BoundaryGuard } from '../boundary-guard.ts'
import type { AnnouncedUrls } from '../fanout/announced-urls.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import { PortTakenError } from '../listen.ts'
import { RunningClock } from '../running-clock.ts'
import { eachChunk } from '../sse/chunk.ts'
import { ClientSide } from './client-side.ts'
import { createAnnouncedUrls, eventIds, lagMs } from './event-memory.ts'
import { EndedStreams } from './ended-streams.ts'
import { LoadReport } from './load-report.ts'
import type { FromWorker, ToWorker } from './messages.ts'
import { WorkerMoves } from './worker-moves.ts'

/** How often the counts are sent to the primary process, which kills a silent worker. */
const COUNTS_MS = 1000
/** How often the load is checked for clients that have left. */
const LOAD_CHECK_MS = 100
/** Time that clients have to read their last bytes when the primary process is gone. */
const ORPHAN_CLOSE_MS = 500

/** It lives as long as the process. */
const { nowMs } = new RunningClock()

interface Serving {
  readonly log: FrameLog
  readonly announcedUrls: AnnouncedUrls | undefined
  readonly clients: ClientSide
  readonly load: LoadReport
  readonly moves: WorkerMoves
}

/** Serves clients from a copy of the primary process's log, for as long as that process lives. */
export function runWorker(): void {
  let serving: Serving | undefined
  let chain: readonly string[] = []
  let listening = Promise.resolve()
  let urlsChecked = ignore
  const checkUrls = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      urlsChecked = resolve
      send({ kind: 'check-urls' })
    })
  }
  const timers: NodeJS.Timeout[] = []

  const close = async (withinMs: number): Promise<void> => {
    for (const timer of timers) clearInterval(timer)
    serving?.moves.close()
    await serving?.clients.close(withinMs)
    // The open channel would keep the process running.
    process.exit()
  }
  // Otherwise Node ends this process as soon as the primary one ends, without the end of each
  // stream.
  if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true
  // A terminal or systemd sends these to all processes of a group; the primary decides.
  process.on('SIGINT', ignore).on('SIGHUP', ignore).on('SIGTERM', ignore)
  process.once('disconnect', () => {
    serving?.moves.orphaned()
    void close(ORPHAN_CLOSE_MS)
  })
  const guard = new BoundaryGuard({
    log: (exception) => send({ kind: 'exception', exception }),
    nowMs,
  })
  // A log that may lack a frame must not serve clients. They resume on another worker.
  const giveUp = (): void => void close(ORPHAN_CLOSE_MS)
  const receive = (message: ToWorker, socket: Socket | undefined): void => {
    switch (message.kind) {
      case 'start':
        serving = createServing(message, () => chain, checkUrls)
        timers.push(
          setInterval(() => guard.run('timer', () => sendCounts(serving)), COUNTS_MS),
          setInterval(
            () => guard.run('timer', () => serving?.load.update(serving.clients.load)),
            LOAD_CHECK_MS,
          ),
        )
        break
      case 'frames':
        if (serving !== undefined) append(serving, message)
        break
      case 'chain':
        ;({ chain } = message)
        break
      case 'forget':
        serving?.announcedUrls?.forget(message.urls)
        break
      case 'learn':
        for (const url of message.urls) serving?.announcedUrls?.add(url, 0)
        break
      case 'leave':
      case 'arrive':
        if (serving === undefined) socket?.destroy()
        else serving.moves.receive(message, socket)
        break
      case 'urls-checked':
        urlsChecked()
        break
      case 'certificates':
        serving?.clients.replaceCertificates(message.certificates)
        break
      case 'reload':
        serving?.clients.reload(message.settings)
        break
      case 'slot':
      case 'count':
      case 'stop-counting':
        serving?.clients.receiveFromQuota(message)
        break
      case 'vanished':
        serving?.clients.disconnectVanished(message.gone)
        break
      case 'end-gradually':
        serving?.clients.endGradually()
        break
      case 'listen':
        listening = listenAfter(listening, serving?.clients, message)
        break
      default:
        void close(message.withinMs)
    }
  }
  process.on('message', (message: ToWorker, socket: Socket | undefined) => {
    guard.run('worker', () => receive(message, socket), giveUp)
  })
  send({ kind: 'ready' })
}

function createServing(
  {
    config,
    epoch,
    predecessor,
    processes,
    firstNumber,
    firstPosition,
    lastId,
    announcedUrls: urls,
  }: Extract<ToWorker, { kind: 'start' }>,
  chain: () => readonly string[],
  checkUrls: () => Promise<void>,
): Serving {
  const limits = config.settings.replay
  const log = new FrameLog({ limits, ids: eventIds(config, epoch, predecessor) })
  log.beginAt(firstNumber, firstPosition, lastId)
  const announcedUrls = createAnnouncedUrls(config)
  for (const url of urls) announcedUrls?.add(url, 0)
  const load = new LoadReport((now, onSent) => send({ kind: 'load', ...now }, onSent))
  const clients = new ClientSide({
    config,
    log,
    announcedUrls,
    checkUrls,
    chain,
    lagMs: lagMs(config, true),
    processes,
    sendToQuota: (message) => send(message),
    onLoad: (now) => load.update(now),
    onStreamEnd: config.logsRequests === true ? (stream) => endedStreams.add(stream) : undefined,
    onException: (exception) => send({ kind: 'exception', exception }),
    onHandshakeFailure: (failure) => send({ kind: 'handshake-failure', failure }),
    nowMs,
  })
  const moves = new WorkerMoves({ clients, send, nowMs })
  return { log, announcedUrls, clients, load, moves }
}

const endedStreams = new EndedStreams((streams, dropped, onSent) => {
  send({ kind: 'streams-ended', streams, dropped }, onSent)
})

/** Accepts clients at these addresses, or at none, once the earlier command is completed. */
async function listenAfter(
  earlier: Promise<void>,
  clients: ClientSide | undefined,
  { commandId, connectors }: Extract<ToWorker, { kind: 'listen' }>,
): Promise<void> {
  await earlier
  if (clients === undefined) return
  if (connectors.length === 0) clients.stopAccepting()
  try {
    for (const connector of connectors.slice(clients.listenerCount)) {
      await clients.listen(connector)
    }
    send({ kind: 'listens', commandId })
  } catch (error) {
    send({
      kind: 'cannot-listen',
      commandId,
      reason: error instanceof Error ? error.message : String(error),
      isPortTaken: error instanceof PortTakenError,
    })
  }
}

/** The primary process has read each frame once: see `readFrame`. */
function append(
  { log, announcedUrls }: Serving,
  { chunked, ids, urls }: Extract<ToWorker, { kind: 'frames' }>,
): void {
  let index = 0
  eachChunk(Buffer.from(chunked), (chunk) => {
    const url = urls[index]
    if (url !== undefined) announcedUrls?.add(url, 0)
    log.appendChunk(chunk, { id: ids[index], url: undefined }, nowMs())
    index += 1
  })
}

/**
 * Whether earlier counts are still being sent: a primary process that does not read must not fill
 * this one's memory.
 */
let isCounting = false

function sendCounts(serving: Serving | undefined): void {
  if (isCounting) return
  const [counts] = serving?.clients.counts() ?? []
  if (counts === undefined) return
  isCounting = true
  send({ kind: 'counts', counts }, () => (isCounting = false))
}

function send(
  message: FromWorker,
  onSent: (error: Error | null) => void = ignore,
  handle?: SendHandle,
): void {
  // Once the primary process is gone, `disconnect` ends this one.
  if (process.connected) process.send?.(message, handle, { keepOpen: true }, onSent)
}

function ignore(): void {}
