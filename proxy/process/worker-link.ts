import type { Worker } from 'node:cluster'

import type { FrameLog } from '../fanout/frame-log.ts'
import type { ClientCounts, FromWorker, ToWorker } from './messages.ts'

export interface WorkerLinkOptions {
  readonly worker: Worker
  readonly log: FrameLog
  /** What it is to be told first, as things are when it is ready to hear. */
  readonly start: () => readonly ToWorker[]
  readonly nowMs: () => number
}

/** A worker that has said nothing for this long is stuck. */
const SILENCE_MS = 10_000

/**
 * The primary process's end of one worker: a cursor in the log, like a subscriber's. One message is under way at a time, so
 * what a slow worker has not taken waits in the log and nowhere else.
 */
export class WorkerLink {
  readonly worker: Worker
  readonly #options: WorkerLinkOptions
  #cursor: number
  #isReady = false
  /** What it is to be told when it is ready. */
  readonly #waiting: ToWorker[] = []
  #isSending = false
  #heardMs: number
  #counts: ClientCounts | undefined

  constructor(options: WorkerLinkOptions) {
    this.#options = options
    this.worker = options.worker
    this.#cursor = options.log.tailPosition
    this.#heardMs = options.nowMs()
    this.worker.on('message', (message: FromWorker) => {
      this.#heardMs = options.nowMs()
      if (message.kind === 'counts') this.#counts = message.counts
      if (message.kind === 'ready') this.#start()
    })
  }

  /** What the worker has last said of its clients. */
  get counts(): ClientCounts | undefined {
    return this.#counts
  }

  /** Whether it has been given everything. */
  get isUpToDate(): boolean {
    return !this.#isReady || this.#cursor === this.#options.log.headPosition
  }

  /** Before it is ready a process has no ears: what is sent to it then is lost. */
  #start(): void {
    this.#isReady = true
    this.#cursor = this.#options.log.tailPosition
    for (const message of this.#options.start()) this.tell(message)
    this.pump()
    for (const message of this.#waiting.splice(0)) this.tell(message)
  }

  /** Gives it what is new in the log. A worker that is so slow that the log has moved past it is of no use: it is killed. */
  pump(): void {
    const { log } = this.#options
    if (!this.#isReady || this.#isSending || this.isUpToDate || !this.worker.isConnected()) return
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

  /** Sends after everything that was sent before. */
  tell(message: ToWorker, onSent: () => void = ignore): void {
    if (!this.#isReady) this.#waiting.push(message)
    // A worker that is gone is told nothing; its `exit` is what counts.
    else if (this.worker.isConnected()) this.worker.process.send(message, onSent)
  }

  /** Waits for one kind of answer; rejects when the worker exits first. */
  async answer<Kind extends FromWorker['kind']>(
    ...kinds: readonly Kind[]
  ): Promise<Extract<FromWorker, { kind: Kind }>> {
    const wanted: readonly string[] = kinds
    return await new Promise((resolve, reject) => {
      const onMessage = (message: FromWorker): void => {
        if (!isOfKind<Kind>(message, wanted)) return
        this.worker.off('message', onMessage)
        this.worker.off('exit', onExit)
        resolve(message)
      }
      const onExit = (): void => reject(new Error('a worker process ended before it could serve'))
      this.worker.on('message', onMessage)
      this.worker.once('exit', onExit)
    })
  }

  /** Kills a worker that no longer says anything. */
  checkLife(): void {
    if (this.#options.nowMs() - this.#heardMs > SILENCE_MS) this.worker.kill('SIGKILL')
  }
}

function ignore(): void {}

function isOfKind<Kind extends FromWorker['kind']>(
  message: FromWorker,
  kinds: readonly string[],
): message is Extract<FromWorker, { kind: Kind }> {
  return kinds.includes(message.kind)
}
