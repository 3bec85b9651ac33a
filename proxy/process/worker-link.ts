import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

import type { FrameLog } from '../fanout/frame-log.ts'
import type { ClientCounts, FromWorker, ToWorker } from './messages.ts'

export interface WorkerLinkOptions {
  readonly worker: ChildProcess
  readonly log: FrameLog
  /** What it is to be told first, as things are when it is ready to hear. */
  readonly start: () => readonly ToWorker[]
  /** It can take a connection. */
  readonly onRoom: () => void
  readonly nowMs: () => number
}

/** A worker that has said nothing for this long is stuck. */
const SILENCE_MS = 10_000
/** Connections that may be on their way to one worker. */
const MOST_ON_THE_WAY = 64

/**
 * The primary process's end of one worker: a cursor in the log, like a subscriber's. One message of frames is under way at a
 * time, so what a slow worker has not taken waits in the log and nowhere else.
 */
export class WorkerLink {
  readonly worker: ChildProcess
  readonly #options: WorkerLinkOptions
  #cursor: number
  #isReady = false
  #isSending = false
  #heardMs: number
  #counts: ClientCounts | undefined
  /** Connections that the worker has not yet said it has, by their number. */
  readonly #onTheWay = new Map<number, Socket>()
  #given = 0

  constructor(options: WorkerLinkOptions) {
    this.worker = options.worker
    this.#options = options
    this.#cursor = options.log.tailPosition
    this.#heardMs = options.nowMs()
    this.worker.on('message', (message: FromWorker) => this.#hear(message))
  }

  /** Settles when the worker can serve, or has ended before. */
  async settled(): Promise<void> {
    if (this.#isReady) return
    await new Promise<void>((resolve) => {
      this.worker.once('message', () => resolve())
      this.worker.once('exit', () => resolve())
    })
  }

  /** What the worker has last said of its clients. */
  get counts(): ClientCounts | undefined {
    return this.#counts
  }

  /** Whether it needs nothing more of what is in the log. */
  get isUpToDate(): boolean {
    return !this.#isReady || this.#cursor === this.#options.log.headPosition
  }

  /** Whether it can be given a connection. */
  get hasRoom(): boolean {
    return this.#isReady && this.worker.connected && this.#onTheWay.size < MOST_ON_THE_WAY
  }

  /** Gives it what is new in the log. A worker so slow that the log has moved past it is of no use: it is killed. */
  pump(): void {
    const { log } = this.#options
    if (!this.#isReady || this.#isSending || this.isUpToDate || !this.worker.connected) return
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

  /** Gives it a connection from which nothing has been read. Ours is kept until the worker has it: it may die on the way. */
  give(socket: Socket): void {
    this.#given += 1
    const number = this.#given
    this.#onTheWay.set(number, socket)
    this.worker.send({ kind: 'client', number } satisfies ToWorker, socket, { keepOpen: true })
  }

  /** The connections that a worker which has ended never got. */
  takeBack(): readonly Socket[] {
    const sockets = [...this.#onTheWay.values()]
    this.#onTheWay.clear()
    return sockets
  }

  /** A worker that is gone or not yet there is told nothing. */
  tell(message: ToWorker, onSent: () => void = ignore): void {
    if (this.#isReady && this.worker.connected) this.worker.send(message, onSent)
  }

  /** Kills a worker that no longer says anything. */
  checkLife(): void {
    if (this.#options.nowMs() - this.#heardMs > SILENCE_MS) this.worker.kill('SIGKILL')
  }

  #hear(message: FromWorker): void {
    this.#heardMs = this.#options.nowMs()
    switch (message.kind) {
      case 'ready':
        this.#start()
        break
      case 'has':
        for (const [number, socket] of this.#onTheWay) {
          if (number > message.number) break
          // Ours alone: the connection lives on in the worker.
          socket.destroy()
          this.#onTheWay.delete(number)
        }
        this.#options.onRoom()
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
    this.pump()
    this.#options.onRoom()
  }
}

function ignore(): void {}
