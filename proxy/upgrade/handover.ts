import { setMaxListeners } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'

import type { Logger } from 'pino'

import type { ReplaySettings } from '../config/settings.ts'
import type { BackEndSide } from '../process/back-end-side.ts'
import type { GoneClients } from '../process/leaving-clients.ts'
import type { Leaving } from './leaving.ts'
import { LogFeed } from './log-feed.ts'
import {
  type HandedListener,
  type Hello,
  HANDOVER_VERSION,
  type UpgradeCounts,
} from './messages.ts'
import { FIRST_SOCKET, failed, type Program, SuccessorProcess } from './successor-process.ts'

/** A connector of the old process, and where it listens. */
export interface OpenListener {
  readonly host: string
  readonly port: number
  readonly boundPort: number
  readonly descriptor: number
}

export interface HandoverOptions {
  readonly program: Program
  readonly epoch: string
  readonly ids: ReplaySettings['ids']
  readonly source: BackEndSide
  readonly processes: number
  /** The clients, whose sockets go to this process. */
  readonly leaving: (successor: SuccessorProcess, until: AbortSignal) => Leaving
  readonly application: readonly OpenListener[]
  readonly admin: readonly OpenListener[]
  /** Accepts no more clients and operators. */
  readonly stopAccepting: () => void
  readonly counts: UpgradeCounts
  /** Longest time until the new process serves the clients. */
  readonly upgradeMs: number
  /** Longest time that clients stay here after that. */
  readonly lingerMs: number
  readonly logger: Logger
  readonly nowMs: () => number
}

export interface HandoverResult {
  readonly pid: number | undefined
  readonly moved: number
  /** Clients that are asked to reconnect. */
  readonly drained: number
  /** How long no client got anything. */
  readonly silentMs: number
  readonly tookMs: number
}

const LATE_MS = 20

/**
 * Hands the clients of this process over to a new one. Until the new process serves them, this one
 * can keep them.
 */
export class Handover {
  readonly #options: HandoverOptions
  readonly #stop = new AbortController()
  readonly #successor: SuccessorProcess
  readonly #leaving: Leaving
  #isCommitted = false

  constructor(options: HandoverOptions) {
    this.#options = options
    // Each socket under way waits for it.
    setMaxListeners(0, this.#stop.signal)
    const { program, application, admin } = options
    const descriptors = [...application, ...admin].map(({ descriptor }) => descriptor)
    this.#successor = new SuccessorProcess(program, descriptors)
    this.#leaving = options.leaving(this.#successor, this.#stop.signal)
    this.#successor.onMessage((message) => {
      if (message.kind === 'marked') this.#leaving.marked(message.worker)
    })
  }

  /** Takes the upgrade back, unless the new process serves the clients already. */
  abort(reason: string): void {
    this.#stop.abort(failed(reason))
  }

  /**
   * Settles when the new process serves the clients. Rejects with the reason when it does not; then
   * this process serves them as before.
   */
  async run(): Promise<HandoverResult> {
    const { source, upgradeMs, nowMs } = this.#options
    const leaving = this.#leaving
    const startedMs = nowMs()
    const timeout = setTimeout(() => this.abort(`not ready within ${upgradeMs} ms`), upgradeMs)
    const { signal: until } = this.#stop
    let feed: LogFeed | undefined
    try {
      await this.#introduce(until)
      const taking = this.#successor.expect('takes-clients', until)
      taking.catch(ignore)
      feed = await LogFeed.start({ ...this.#copying, log: source.log })
      await taking
      await leaving.copy()
      await feed.whole()
      const frozenMs = nowMs()
      const estate = source.estate()
      source.handover.freeze(() => this.#holdsTooMuch())
      await feed.whole()
      await leaving.freeze()
      await this.#successor.send({ kind: 'prepare', estate }, until)
      const { missing } = await this.#successor.expect('prepared', until)
      leaving.keep(missing)
      until.throwIfAborted()
      this.#isCommitted = true
      const { counts } = this.#options
      await this.#successor.send({ kind: 'commit', counts }, until)
      await this.#successor.expect('serving', until)
      const silentMs = nowMs() - frozenMs
      const { moved, drained } = await this.#leave()
      const tookMs = nowMs() - startedMs
      return { pid: this.#successor.pid, moved, drained, silentMs, tookMs }
    } catch (error) {
      this.#successor.kill()
      this.#takeBack()
      throw error
    } finally {
      clearTimeout(timeout)
      feed?.close()
    }
  }

  /**
   * Moves clients that could not move before: those that had bytes to read first, and those whose
   * request came late. Settles when all are gone, or after `lingerMs`.
   */
  async finish(hurry: AbortSignal): Promise<void> {
    const { source, lingerMs, nowMs } = this.#options
    const endMs = nowMs() + lingerMs
    const isOver = (): boolean => hurry.aborted || this.#successor.hasEnded || nowMs() >= endMs
    await this.#leaving.finish(isOver)
    while (!isOver() && source.backEnds.some(({ state }) => state.state !== 'closed')) {
      await pause(LATE_MS)
    }
    this.#successor.leave()
  }

  get #copying() {
    const { nowMs } = this.#options
    return { successor: this.#successor, until: this.#stop.signal, nowMs }
  }

  async #introduce(until: AbortSignal): Promise<void> {
    const { epoch, ids, source, processes, application, admin, counts } = this.#options
    const hello: Hello = {
      kind: 'hello',
      version: HANDOVER_VERSION,
      pid: process.pid,
      epoch,
      predecessor: source.predecessor,
      ids,
      backEnds: source.backEnds.map(({ uri }) => uri.href),
      openBackEnds: source.backEnds
        .filter(({ state }) => state.state === 'open')
        .map(({ uri }) => uri.href),
      application: application.map((one, index) => handed(one, index)),
      admin: admin.map((one, index) => handed(one, application.length + index)),
      processes,
      counts,
    }
    await this.#successor.expect('started', until)
    const ready = this.#successor.expect('ready', until)
    await Promise.all([this.#successor.send(hello, until), ready])
  }

  async #leave(): Promise<GoneClients> {
    const { source, stopAccepting } = this.#options
    this.#successor.onMessage((message) => {
      if (message.kind === 'stop-back-end') source.handover.stop(message.uri)
    })
    source.handover.relay({
      sendFrame: (uri, bytes) => this.#successor.post({ kind: 'back-end-frame', uri, bytes }),
      sendEnd: (uri) => this.#successor.post({ kind: 'back-end-end', uri }),
    })
    stopAccepting()
    const gone = await this.#leaving.go()
    this.#successor.post({ kind: 'drained', clients: gone.drained })
    return gone
  }

  /** After the commit the new process may have written to the clients: they have to return. */
  #takeBack(): void {
    this.#options.source.handover.thaw()
    this.#leaving.stay(this.#isCommitted)
  }

  #holdsTooMuch(): void {
    this.abort('too many events came meanwhile')
    this.#options.source.handover.thaw()
  }
}

function handed({ host, port, boundPort }: OpenListener, index: number): HandedListener {
  return { host, port, boundPort, fd: FIRST_SOCKET + index }
}

function ignore(): void {}
