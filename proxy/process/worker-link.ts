import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

import type { BoundaryGuard, CaughtException } from '../boundary-guard.ts'
import type { HandshakeFailure } from '../connector/handshake-report.ts'
import type { Connector } from '../config/connector.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import type { EndedStream } from '../log/ended-stream.ts'
import type { ToQuota } from '../front/quota-messages.ts'
import type { WorkerLoad } from './balance.ts'
import type { Load } from './load-report.ts'
import type { ClientCounts, FromWorker, ToWorker } from './messages.ts'
import type { ArriveReport, LeaveReport } from './moves.ts'

export interface WorkerLinkOptions {
  readonly worker: ChildProcess
  readonly log: FrameLog
  /** Whether a URL is announced again to clients that missed events. */
  readonly isAnnounced: (url: string) => boolean
  /** The first messages, once the worker has a message listener. */
  readonly start: () => readonly ToWorker[]
  /** The first messages are sent. */
  readonly onStarted: (link: WorkerLink) => void
  /** The worker's load has changed, or it has caught up, or it has completed a command. */
  readonly onLoad: () => void
  /** The worker has completed a command to listen. */
  readonly onListens: () => void
  /** The worker's latest command to listen failed. */
  readonly onCannotListen: (failure: ListenFailure) => void
  /** A message of the worker to the connection quota. */
  readonly onQuotaMessage: (link: WorkerLink, message: ToQuota) => void
  readonly guard: BoundaryGuard
  /** The worker asks for a check of the known URLs. */
  readonly onCheckUrls: (link: WorkerLink) => void
  /** The worker reports about clients that leave or arrive, with a socket or another handle. */
  readonly onLeaving: (
    link: WorkerLink,
    attempt: number,
    report: LeaveReport,
    handle: unknown,
  ) => void
  readonly onArriving: (link: WorkerLink, report: ArriveReport) => void
  /** Streams of the worker have ended. */
  readonly onStreamsEnded: (streams: readonly EndedStream[], dropped: number) => void
  /** The worker caught an exception that is to be logged. */
  readonly onException: (exception: CaughtException) => void
  readonly onHandshakeFailure: (failure: HandshakeFailure) => void
  readonly nowMs: () => number
}

/** Why a worker cannot listen. */
export type ListenFailure = Omit<Extract<FromWorker, { kind: 'cannot-listen' }>, 'kind'>

/** A worker that has sent no message for this long is stuck. */
const SILENCE_MS = 10_000
/** Longest time that a worker may take to start, on a machine that is very busy. */
const START_MS = 30_000

/**
 * The primary process's end of one worker. It has a cursor in the log, like a subscriber. One
 * message of frames is sent at a time, so frames that a slow worker has not received wait in the
 * log and nowhere else.
 */
export class WorkerLink {
  readonly worker: ChildProcess
  readonly #options: WorkerLinkOptions
  #cursor: number
  #isReady = false
  /**
   * Whether it has ever had the whole log: before that, a client that resumes would get a gap
   * event.
   */
  #hasCaughtUp = false
  #isSending = false
  #heardMs: number
  #load: Load = { clients: 0, isFull: false }
  #counts: ClientCounts | undefined
  /** Sockets on their way to the worker. */
  readonly #underWay = new Set<Socket>()
  /**
   * The number of connectors in the latest command to listen, its id, and the id of the last
   * completed one.
   */
  #connectorCount = 0
  #commandId = 0
  #completedCommandId = 0

  constructor(options: WorkerLinkOptions) {
    this.worker = options.worker
    this.#options = options
    this.#cursor = options.log.tailPosition
    this.#heardMs = options.nowMs()
    this.worker.once('exit', () => {
      for (const socket of this.#underWay) socket.destroy()
    })
    // Later messages may depend on the one that failed.
    const giveUp = (): void => void this.worker.kill('SIGKILL')
    this.worker.on('message', (message: FromWorker, handle: unknown) => {
      options.guard.run('worker', () => this.#receive(message, handle), giveUp)
    })
  }

  /** Whether it has got the start of its log, and messages reach it. */
  get hasStarted(): boolean {
    return this.#isReady && this.worker.connected
  }

  /** Whether it can serve clients. */
  get hasCaughtUp(): boolean {
    return this.#hasCaughtUp && this.worker.connected
  }

  get load(): WorkerLoad {
    return { ...this.#load, isListening: this.#connectorCount > 0 }
  }

  /** Whether it accepts clients at this number of connectors and has completed every command. */
  acceptsAt(connectorCount: number): boolean {
    return this.#completedCommandId === this.#commandId && this.#connectorCount === connectorCount
  }

  /** The latest counts of the worker. */
  get counts(): ClientCounts | undefined {
    return this.#counts
  }

  /** Whether it has all frames of the log, or has not started. */
  get isUpToDate(): boolean {
    return !this.#isReady || this.#cursor === this.#options.log.headPosition
  }

  /** Makes it accept clients at these connectors; an empty list = at none. */
  listen(connectors: readonly Connector[]): void {
    if (connectors.length === this.#connectorCount) return
    this.#connectorCount = connectors.length
    this.#commandId += 1
    this.send({ kind: 'listen', commandId: this.#commandId, connectors })
  }

  /**
   * Sends the new frames of the log. A worker so slow that its next frame was evicted is killed.
   */
  pump(): void {
    const { log, isAnnounced, onLoad } = this.#options
    if (!this.#isReady || this.#isSending || !this.worker.connected) return
    if (this.isUpToDate) {
      if (this.#hasCaughtUp) return
      this.#hasCaughtUp = true
      onLoad()
      return
    }
    if (this.#cursor < log.tailPosition) {
      this.worker.kill('SIGKILL')
      return
    }
    const slice = log.read(this.#cursor)
    this.#cursor = slice.nextPosition
    this.#isSending = true
    const { chunked, ids } = slice
    // The log may have events of change logs that have ended since.
    const urls = slice.urls.map((url) => (url !== undefined && isAnnounced(url) ? url : undefined))
    this.send({ kind: 'frames', chunked, ids, urls }, () => {
      this.#isSending = false
      this.pump()
    })
  }

  /** Sends a message, unless the worker has ended or has not started. */
  send(message: ToWorker, onSent: () => void = ignore): void {
    if (this.#isReady && this.worker.connected) this.worker.send(message, onSent)
  }

  /** Sends a message with a socket, and closes the copy of this process. */
  sendSocket(message: ToWorker, socket: Socket): void {
    const close = (): void => void socket.destroy()
    socket.on('error', ignore)
    if (!this.#isReady || !this.worker.connected) {
      close()
      return
    }
    this.#underWay.add(socket)
    this.worker.send(message, socket, { keepOpen: true }, () => {
      this.#underWay.delete(socket)
      close()
    })
  }

  /** Asks it to end within this time. A worker that has not started is killed. */
  end(withinMs: number): void {
    if (this.#isReady) this.send({ kind: 'close', withinMs })
    else this.worker.kill('SIGKILL')
  }

  /** Kills a worker that has been silent for too long. */
  checkLife(): void {
    const longestMs = this.#isReady ? SILENCE_MS : START_MS
    if (this.#options.nowMs() - this.#heardMs > longestMs) this.worker.kill('SIGKILL')
  }

  #receive(message: FromWorker, handle: unknown): void {
    const { onLoad, onCannotListen, onQuotaMessage, onException, onHandshakeFailure, nowMs } =
      this.#options
    this.#heardMs = nowMs()
    switch (message.kind) {
      case 'ready':
        this.#start()
        break
      case 'listens':
        this.#completedCommandId = message.commandId
        this.#options.onListens()
        onLoad()
        break
      case 'cannot-listen':
        // A failed command that was replaced by a later one does not matter.
        if (message.commandId === this.#commandId) onCannotListen(message)
        break
      case 'request-slot':
      case 'held':
      case 'left':
      case 'came':
        onQuotaMessage(this, message)
        break
      case 'leaving':
        this.#options.onLeaving(this, message.attempt, message.report, handle)
        break
      case 'arriving':
        this.#options.onArriving(this, message.report)
        break
      case 'check-urls':
        this.#options.onCheckUrls(this)
        break
      case 'streams-ended':
        this.#options.onStreamsEnded(message.streams, message.dropped)
        break
      case 'exception':
        onException(message.exception)
        break
      case 'handshake-failure':
        onHandshakeFailure(message.failure)
        break
      case 'load':
        this.#load = message
        onLoad()
        break
      default:
        this.#counts = message.counts
    }
  }

  /** Messages to a process that has no message listener yet would be lost. */
  #start(): void {
    this.#isReady = true
    this.#cursor = this.#options.log.tailPosition
    for (const message of this.#options.start()) this.send(message)
    this.#options.onStarted(this)
    this.pump()
  }
}

function ignore(): void {}
