import { setMaxListeners } from 'node:events'
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'

import type { Logger } from 'pino'

import { factsOf, packStream } from '../fanout/stream-state.ts'
import type { ReplaySettings } from '../config/settings.ts'
import type { BackEndSide } from '../process/back-end-side.ts'
import type { ClientSide } from '../process/client-side.ts'
import { ClientCopies } from './client-copies.ts'
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
  readonly clients: ClientSide
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

/** Closed in one turn of the event loop. */
const CLOSED_AT_ONCE = 256
const LATE_MS = 20

/**
 * Hands the clients of this process over to a new one. Until the new process serves them, this one
 * can keep them.
 */
export class Handover {
  readonly #options: HandoverOptions
  readonly #stop = new AbortController()
  readonly #successor: SuccessorProcess
  #isCommitted = false

  constructor(options: HandoverOptions) {
    this.#options = options
    // Each socket under way waits for it.
    setMaxListeners(0, this.#stop.signal)
    const { program, application, admin } = options
    const descriptors = [...application, ...admin].map(({ descriptor }) => descriptor)
    this.#successor = new SuccessorProcess(program, descriptors)
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
    const { clients, source, upgradeMs, nowMs } = this.#options
    const startedMs = nowMs()
    const timeout = setTimeout(() => this.abort(`not ready within ${upgradeMs} ms`), upgradeMs)
    const { signal: until } = this.#stop
    const copies = new ClientCopies({ ...this.#copying, hub: clients.hub })
    let feed: LogFeed | undefined
    try {
      await this.#introduce(until)
      clients.hub.copy(true)
      feed = await LogFeed.start({ ...this.#copying, log: source.log })
      await copies.sendMost()
      await feed.whole()
      const frozenMs = nowMs()
      const estate = source.estate()
      source.handover.freeze(() => this.#holdsTooMuch())
      clients.hub.freeze()
      await feed.whole()
      await copies.sendRows()
      await this.#successor.send({ kind: 'prepare', estate }, until)
      const { missing } = await this.#successor.expect('prepared', until)
      copies.keep(missing)
      until.throwIfAborted()
      this.#isCommitted = true
      const { counts } = this.#options
      await this.#successor.send({ kind: 'commit', counts }, until)
      await this.#successor.expect('serving', until)
      const silentMs = nowMs() - frozenMs
      const drained = await this.#leave(copies)
      const tookMs = nowMs() - startedMs
      return { pid: this.#successor.pid, moved: copies.moved.length, drained, silentMs, tookMs }
    } catch (error) {
      this.#successor.kill()
      this.#takeBack(copies)
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
    const { clients, source, lingerMs, nowMs } = this.#options
    const endMs = nowMs() + lingerMs
    const isOver = (): boolean => hurry.aborted || this.#successor.hasEnded || nowMs() >= endMs
    const isEmpty = (): boolean =>
      clients.hub.size === 0 &&
      clients.awaitingRequest === 0 &&
      source.backEnds.every(({ state }) => state.state === 'closed')
    while (!isOver() && !isEmpty()) {
      for (const subscriber of clients.hub.streams) {
        if (clients.hub.canMove(subscriber) && !subscriber.isStalled) {
          const row = Float64Array.from(packStream(0, subscriber, nowMs()))
          const message = { kind: 'late', facts: factsOf(subscriber), row } as const
          await this.#successor.send(message, hurry, subscriber.socket).catch(ignore)
          clients.hub.release(subscriber)
        }
      }
      await pause(LATE_MS)
    }
    this.#successor.leave()
  }

  get #copying() {
    const { nowMs } = this.#options
    return { successor: this.#successor, until: this.#stop.signal, nowMs }
  }

  async #introduce(until: AbortSignal): Promise<void> {
    const { epoch, ids, source, application, admin, counts } = this.#options
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
      counts,
    }
    await this.#successor.expect('started', until)
    const ready = this.#successor.expect('ready', until)
    await Promise.all([this.#successor.send(hello, until), ready])
  }

  /** Returns the number of clients that are asked to reconnect. */
  async #leave(copies: ClientCopies): Promise<number> {
    const { clients, source, stopAccepting } = this.#options
    this.#successor.onMessage((message) => {
      if (message.kind === 'stop-back-end') source.handover.stop(message.uri)
    })
    source.handover.relay({
      sendFrame: (uri, bytes) => this.#successor.post({ kind: 'back-end-frame', uri, bytes }),
      sendEnd: (uri) => this.#successor.post({ kind: 'back-end-end', uri }),
    })
    stopAccepting()
    await closeAll(copies.moved, (subscriber) => clients.hub.release(subscriber))
    const drained = clients.hub.endImmovable()
    this.#successor.post({ kind: 'drained', clients: drained })
    return drained
  }

  /** After the commit the new process may have written to the clients: they have to return. */
  #takeBack({ moved }: ClientCopies): void {
    const { clients, source } = this.#options
    if (this.#isCommitted) for (const subscriber of moved) clients.hub.release(subscriber)
    clients.hub.copy(false)
    source.handover.thaw()
    clients.hub.thaw()
  }

  #holdsTooMuch(): void {
    this.abort('too many events came meanwhile')
    this.#options.source.handover.thaw()
  }
}

function handed({ host, port, boundPort }: OpenListener, index: number): HandedListener {
  return { host, port, boundPort, fd: FIRST_SOCKET + index }
}

async function closeAll<Item>(items: readonly Item[], close: (item: Item) => void): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index % CLOSED_AT_ONCE === CLOSED_AT_ONCE - 1) await nextTurn()
    close(item)
  }
}

function ignore(): void {}
