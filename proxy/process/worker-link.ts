import type { ChildProcess } from 'node:child_process'

import type { BoundaryGuard, CaughtException } from '../boundary-guard.ts'
import type { Connector } from '../config/connector.ts'
import type { FrameLog } from '../fanout/frame-log.ts'
import type { ToKeeper } from '../front/places.ts'
import type { WorkerLoad } from './balance.ts'
import type { Load } from './load-report.ts'
import type { ClientCounts, FromWorker, ToWorker } from './messages.ts'

export interface WorkerLinkOptions {
  readonly worker: ChildProcess
  readonly log: FrameLog
  /** What it is to be told first, as things are when it is ready to hear. */
  readonly start: () => readonly ToWorker[]
  /** It has been told, and hears. */
  readonly onStarted: () => void
  /** It has more or fewer clients than it had, or has what is in the log and can take some. */
  readonly onLoad: () => void
  /** It cannot accept clients where it was told to, and so is of no use. */
  readonly onCannotListen: (reason: string) => void
  /** It caught an exception that is to be logged. */
  /** It wants a place for a client, or says what it has. */
  readonly onPlaces: (message: ToKeeper) => void
  readonly guard: BoundaryGuard
  readonly onException: (exception: CaughtException) => void
  readonly nowMs: () => number
}

/** A worker that has said nothing for this long is stuck. */
const SILENCE_MS = 10_000

/**
 * The primary process's end of one worker: a cursor in the log, like a subscriber's. One message of frames is under way at a
 * time, so what a slow worker has not taken waits in the log and nowhere else.
 */
export class WorkerLink {
  readonly worker: ChildProcess
  readonly #options: WorkerLinkOptions
  #cursor: number
  #isReady = false
  /** Whether it has once had all that is in the log: before that, a client that returns would be told of a gap. */
  #isFit = false
  #isSending = false
  #heardMs: number
  #load: Load = { clients: 0, isFull: false }
  #counts: ClientCounts | undefined
  /** At how many places it was told to accept clients, by which order, and the last order that it has carried out. */
  #places = 0
  #order = 0
  #doneOrder = 0

  constructor(options: WorkerLinkOptions) {
    this.worker = options.worker
    this.#options = options
    this.#cursor = options.log.tailPosition
    this.#heardMs = options.nowMs()
    // What it says next would build on what could not be understood.
    const giveUp = (): void => void this.worker.kill('SIGKILL')
    this.worker.on('message', (message: FromWorker) => {
      options.guard.run('worker', () => this.#hear(message), giveUp)
    })
  }

  /** Whether it can take clients. */
  get isFit(): boolean {
    return this.#isFit && this.worker.connected
  }

  get load(): WorkerLoad {
    return { ...this.#load, isListening: this.#places > 0 }
  }

  /** Whether it is known to accept clients at so many places, and no other order is on its way. */
  acceptsAt(places: number): boolean {
    return this.#doneOrder === this.#order && this.#places === places
  }

  /** What the worker has last said of its clients. */
  get counts(): ClientCounts | undefined {
    return this.#counts
  }

  /** Whether it needs nothing more of what is in the log. */
  get isUpToDate(): boolean {
    return !this.#isReady || this.#cursor === this.#options.log.headPosition
  }

  /** Lets it accept clients at these places and no others; at none, it rests. */
  listen(connectors: readonly Connector[]): void {
    if (connectors.length === this.#places) return
    this.#places = connectors.length
    this.#order += 1
    this.tell({ kind: 'listen', order: this.#order, connectors })
  }

  /** Gives it what is new in the log. A worker so slow that the log has moved past it is of no use: it is killed. */
  pump(): void {
    const { log, onLoad } = this.#options
    if (!this.#isReady || this.#isSending || !this.worker.connected) return
    if (this.isUpToDate) {
      if (this.#isFit) return
      this.#isFit = true
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
    this.tell({ kind: 'frames', chunked: slice.chunked }, () => {
      this.#isSending = false
      this.pump()
    })
  }

  /** A worker that is gone or not yet there is told nothing. */
  tell(message: ToWorker, onSent: () => void = ignore): void {
    if (this.#isReady && this.worker.connected) this.worker.send(message, onSent)
  }

  /** Asks it to end within this time; one that is not ready to hear is killed. */
  end(withinMs: number): void {
    if (this.#isReady) this.tell({ kind: 'close', withinMs })
    else this.worker.kill('SIGKILL')
  }

  /** Kills a worker that no longer says anything. */
  checkLife(): void {
    if (this.#options.nowMs() - this.#heardMs > SILENCE_MS) this.worker.kill('SIGKILL')
  }

  #hear(message: FromWorker): void {
    const { onLoad, onCannotListen, onPlaces, onException, nowMs } = this.#options
    this.#heardMs = nowMs()
    switch (message.kind) {
      case 'ready':
        this.#start()
        break
      case 'listens':
        this.#doneOrder = message.order
        onLoad()
        break
      case 'cannot-listen':
        onCannotListen(message.reason)
        break
      case 'ask-place':
      case 'held':
      case 'left':
        onPlaces(message)
        break
      case 'exception':
        onException(message.exception)
        break
      case 'load':
        this.#load = message
        onLoad()
        break
      default:
        this.#counts = message.counts
    }
  }

  /** Before it is ready a process has no ears: what is sent to it then is lost. */
  #start(): void {
    this.#isReady = true
    this.#cursor = this.#options.log.tailPosition
    for (const message of this.#options.start()) this.tell(message)
    this.#options.onStarted()
    this.pump()
  }
}

function ignore(): void {}
