import type { Socket } from 'node:net'

import type { BackendSettings } from '../../../../runner/target.ts'
import { readBody, responseFraming } from '../../http/body.ts'
import type { RequestHead } from '../../http/head.ts'
import { passOn, type Stage } from '../../stages/stage.ts'
import type { BackendFaults, Loss } from '../concentrator-faults.ts'
import type { ConcentratorLimits } from '../limits.ts'
import { askBackEnd, type BackEndReply } from './ask-back-end.ts'
import type { HostCookies } from './backend-request.ts'
import { FrameSplitter } from './frame-splitter.ts'

const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 400
/** A back end may ask for a longer wait. */
const LONGEST_RETRY_MS = 900
/** Above it, a timer of Node ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1
/** An open stream is a success when it has lasted this long. */
const STEADY_MS = 400
/** [protocol §4.12] */
const MAX_ID_BYTES = 1024
const REQUEST_REFUSED = new Set([400, 413, 431])

export interface BackEndConnectionOptions {
  readonly settings: BackendSettings
  /** Index of the back end. */
  readonly index: number
  readonly faults: BackendFaults
  readonly limits: ConcentratorLimits
  readonly chainName: string
  readonly lastClient: () => RequestHead | undefined
  readonly onFrame: (frame: Buffer) => void
  readonly onEndClients: () => void
  /** The stream was lost. */
  readonly onLost: () => void
  /**
   * The stream is open again, and its back end gave no id to resume after. Comes before its next
   * frame.
   */
  readonly onGap: () => void
}

/**
 * Doubles with each attempt, from 0, up to a cap; a back end may ask for a first wait above the
 * cap.
 */
export function growingWaitMs(attempt: number, firstMs: number): number {
  return Math.min(firstMs * 2 ** attempt, Math.max(LONGEST_WAIT_MS, firstMs))
}

/** Keeps one connection to one back end, and reconnects after each loss. */
export class BackEndConnection {
  readonly #options: BackEndConnectionOptions
  readonly #jar: HostCookies
  #socket: Socket | undefined
  #timer: NodeJS.Timeout | undefined
  #silence: NodeJS.Timeout | undefined
  /** Where a redirect has led, for faults that remember it. */
  readonly #moved: { url?: URL | undefined } = {}
  readonly #attempts: { count: number }
  readonly #firstWait: { ms: number }
  #retryAfterMs = 0
  #refusal: number | undefined
  #lastEventId = ''
  #hasMissed = false
  #steady: NodeJS.Timeout | undefined
  /** Only with the fault `keepsSilent`. */
  #second: BackEndConnection | undefined
  #state: 'idle' | 'trying' | 'streaming' | 'closed' = 'idle'

  constructor(options: BackEndConnectionOptions) {
    this.#options = options
    this.#jar = options.faults.jar ?? new Map()
    this.#attempts = options.faults.attempts ?? { count: 0 }
    this.#firstWait = options.faults.firstWait ?? { ms: FIRST_WAIT_MS }
    options.faults.overflowOfAll?.add(() => this.reconnect())
    options.faults.silenceOfAll?.add(() => this.#state === 'streaming' && this.#awaitByte())
  }

  /** True while the back end's stream is open. */
  get streaming(): boolean {
    return this.#state === 'streaming'
  }

  /** Opens the connection unless it is open. */
  start(): void {
    if (this.#state !== 'idle') return
    this.#state = 'trying'
    void this.#run()
  }

  /** Drops the connection and reconnects. */
  reconnect(): void {
    this.#drop()
  }

  /** Opens no more connections. Keeps an open one if asked to. */
  close(leavesConnection = false): void {
    this.#state = 'closed'
    clearTimeout(this.#timer)
    clearTimeout(this.#silence)
    clearTimeout(this.#steady)
    this.#second?.close(leavesConnection)
    if (!leavesConnection) this.#drop()
  }

  #drop(): void {
    const socket = this.#socket
    // A socket that is ending cannot be reset: Node 20 would leak its handle.
    const isReset = this.#options.faults.resets === true && socket?.writableEnded === false
    if (isReset && !socket.connecting) socket.resetAndDestroy()
    else socket?.destroy()
  }

  async #run(): Promise<void> {
    const { faults, index, onEndClients } = this.#options
    const how = await this.#readStream()
    clearTimeout(this.#silence)
    clearTimeout(this.#steady)
    if (this.#isClosed()) return
    if (this.#state === 'streaming') {
      this.#hasMissed = this.#lastEventId === ''
      this.#options.onLost()
    }
    this.#state = 'trying'
    const fate = faults.lost?.(how, index) ?? 'retry'
    if (fate === 'give-up') return
    if (fate === 'end-clients') onEndClients()
    const ownMs = (faults.waitMs ?? growingWaitMs)(this.#attempts.count, this.#firstWait.ms)
    const waitMs =
      this.#refusal !== undefined && this.#refusal === faults.impatientAfter ? 1 : ownMs
    this.#attempts.count += 1
    const longestMs = Math.max(waitMs, this.#retryAfterMs)
    this.#timer = setTimeout(() => void this.#run(), Number.isNaN(longestMs) ? 1 : longestMs)
  }

  async #readStream(): Promise<Loss> {
    const { faults } = this.#options
    const answer = await this.#ask()
    this.#retryAfterMs = answer.kind === 'refused' ? answer.retryAfterMs : 0
    this.#refusal = answer.kind === 'refused' ? answer.status : undefined
    if (REQUEST_REFUSED.has(this.#refusal ?? 0)) this.#forgetId()
    if (answer.kind === 'refused' || this.#isClosed()) return 'refused'
    this.#state = 'streaming'
    if (faults.success === 'at-once') this.#attempts.count = 0
    else if (faults.resetsBackoff !== false) {
      this.#steady = setTimeout(() => {
        this.#attempts.count = 0
      }, STEADY_MS)
    }
    const { request, response } = answer
    const own = this.#createSplitter()
    const splitter = faults.splitter?.(own) ?? own
    const stage = (faults.intake ?? passOn)({
      request,
      response,
      emit: (bytes) => splitter.push(bytes),
      finish: () => {},
      fail: () => {},
    })
    const how = await this.#pump(answer, stage)
    stage.close?.()
    this.#drop()
    return how
  }

  async #ask(): Promise<BackEndReply> {
    const { settings, faults, limits, chainName, lastClient } = this.#options
    return await askBackEnd({
      settings,
      faults,
      jar: this.#jar,
      moved: this.#moved,
      lastEventId: faults.lastEventId?.(this.#lastEventId) ?? this.#lastEventId,
      headTimeoutMs: limits.headTimeoutMs,
      chainName,
      lastClient: lastClient(),
      onSocket: (socket) => {
        this.#socket = socket
      },
      isClosed: () => this.#isClosed(),
    })
  }

  /** [protocol §4.12] The id may be why the back end refused the request. */
  #forgetId(): void {
    const { anyId, refusedId } = this.#options.faults
    if (this.#lastEventId === '' || anyId === true || refusedId === true) return
    this.#lastEventId = ''
    this.#hasMissed = true
  }

  // A new splitter per connection: the unfinished frame of the last one is discarded [sse §9.2.6].
  #createSplitter(): FrameSplitter {
    const { faults, limits } = this.#options
    return new FrameSplitter({
      onFrame: (frame) => this.#onFrame(frame),
      onId: (id) => {
        const kept = id.length <= MAX_ID_BYTES || faults.anyId === true ? id : ''
        if (kept !== '' || faults.keepsIdOnReset !== true) this.#lastEventId = kept
      },
      onRetry: (ms) => this.#onRetry(ms),
      guessesRetry: faults.retryField === 'guessed',
      forwardsAnyRetry: faults.forwardsAnyRetry,
      maxFrameBytes: faults.maxFrameBytes ?? limits.maxEventBytes,
      idsAtOnce: faults.idsAtOnce,
      forwardsIds: faults.forwardsIds,
      keepsNulIds: faults.nulIds,
    })
  }

  /** Pushes the body through a stage. Returns how it ended. */
  async #pump(
    { reader, response }: Extract<BackEndReply, { kind: 'stream' }>,
    stage: Stage,
  ): Promise<Loss> {
    const { faults } = this.#options
    const declared = responseFraming(response, 'GET')
    const isEndless = faults.ends === 'without-length' && declared.kind === 'length'
    const body = readBody(reader, isEndless ? { kind: 'until-close' } : declared, {
      size: faults.chunkSize,
      sizeInOneRead: faults.chunkSizeInOneRead,
      whole: faults.wholeChunks,
    })
    this.#listen()
    try {
      for (;;) {
        const next = await body.next()
        if (next.done === true) {
          stage.end?.()
          if (faults.ends === 'with-connection') while (await reader.read()) this.#listen()
          return next.value
        }
        if (faults.soundsAlive?.(next.value) !== false) this.#listen()
        stage.push(next.value)
      }
    } catch (error) {
      // An oversized frame closes the back end's connection. Nothing else may throw here.
      if (!(error instanceof RangeError)) throw error
      for (const cut of faults.overflowOfAll ?? []) cut()
      return 'cut'
    }
  }

  /** Replaces a silent connection: the peer may have vanished. */
  #listen(): void {
    const { silenceOfAll } = this.#options.faults
    if (silenceOfAll === undefined) this.#awaitByte()
    else for (const restart of silenceOfAll) restart()
  }

  #awaitByte(): void {
    const { faults, limits } = this.#options
    clearTimeout(this.#silence)
    const silenceMs = faults.silenceMs ?? limits.silenceMs
    if (this.#isClosed()) return
    this.#silence = setTimeout(() => this.#replace(), silenceMs)
  }

  #replace(): void {
    if (this.#options.faults.keepsSilent !== true) return this.#drop()
    this.#second ??= new BackEndConnection(this.#options)
    this.#second.start()
  }

  /** [protocol §4.4] The back end sets the first wait, up to the longest claimed one. */
  #onRetry(ms: number): void {
    const { retryField } = this.#options.faults
    if (retryField === 'ignored') return
    // What a timer of Node makes of such a time.
    if (retryField === 'guessed' || retryField === 'overflows')
      this.#firstWait.ms = ms >= 1 && ms <= LONGEST_TIMER_MS ? ms : 0
    else if (retryField === 'from-zero') this.#firstWait.ms = Math.min(ms, LONGEST_RETRY_MS)
    else {
      const longestMs = retryField === 'unbounded' ? LONGEST_TIMER_MS : LONGEST_RETRY_MS
      this.#firstWait.ms = Math.min(Math.max(ms, FIRST_WAIT_MS), longestMs)
    }
  }

  #onFrame(frame: Buffer): void {
    if (this.#hasMissed && this.#options.faults.outage !== 'silent') this.#options.onGap()
    this.#hasMissed = false
    this.#options.onFrame(frame)
  }

  #isClosed(): boolean {
    return this.#state === 'closed'
  }
}
