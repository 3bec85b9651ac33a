import type { Logger } from 'pino'

import type { ProxySettings } from '../config/settings.ts'
import { ProxyError } from '../errors.ts'
import type { BackEndSide } from '../process/back-end-side.ts'
import type { ClientSide } from '../process/client-side.ts'
import { Handover, type OpenListener } from './handover.ts'
import type { Program } from './successor-process.ts'
import type { UpgradeTally } from './upgrade-tally.ts'

/** How an upgrade went, as a sentence. */
export interface UpgradeOutcome {
  readonly isDone: boolean
  readonly text: string
}

export type UpgradeTask = () => Promise<UpgradeOutcome>

/** The parts of a running proxy that a new process takes over. */
export interface UpgradeParts {
  readonly epoch: string
  readonly source: BackEndSide
  /** Undefined = workers serve the clients. */
  readonly clients: ClientSide | undefined
  readonly isInRow: boolean
  readonly hasUnixSockets: boolean
  readonly settings: Pick<
    ProxySettings,
    'upgradeMs' | 'stallMs' | 'headMs' | 'returnSpreadMs' | 'replay'
  >
  readonly listeners: () => {
    readonly application: readonly OpenListener[]
    readonly admin: readonly OpenListener[]
  }
  readonly stopAccepting: () => void
  /** What an operator at the admin port runs. */
  readonly onTask: (task: UpgradeTask) => void
  readonly tally: UpgradeTally
  readonly nowMs: () => number
}

export interface UpgraderOptions {
  readonly parts: UpgradeParts
  readonly program: Program
  readonly logger: Logger
  /** The new process serves the clients, and this one is to end. */
  readonly onDone: () => void
}

/** Replaces this process by the program that is on disk now, with the file that is on disk now. */
export class Upgrader {
  readonly #options: UpgraderOptions
  readonly #hurry = new AbortController()
  #handover: Handover | undefined
  #isStopped = false

  constructor(options: UpgraderOptions) {
    this.#options = options
    options.parts.onTask(async () => await this.run())
  }

  /** Never rejects: the log and the outcome say what happened. */
  async run(): Promise<UpgradeOutcome> {
    const { logger, parts } = this.#options
    const obstacle = this.#obstacle()
    if (obstacle !== undefined) {
      parts.tally.countRefused()
      logger.warn(`no upgrade: ${obstacle}`)
      return { isDone: false, text: `no upgrade: ${obstacle}` }
    }
    try {
      return await this.#upgrade()
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      parts.tally.countFailed()
      this.#handover = undefined
      const text = `no upgrade, this process serves all clients as before: ${error.message}`
      logger.error(text)
      return { isDone: false, text }
    }
  }

  /** This process is about to end. */
  stop(): void {
    this.#isStopped = true
    this.#handover?.abort('the proxy is shutting down')
    this.#hurry.abort()
  }

  async #upgrade(): Promise<UpgradeOutcome> {
    const { parts, program, logger, onDone } = this.#options
    const { clients, settings } = parts
    if (clients === undefined) throw new TypeError('checked before')
    const { upgradeMs, stallMs, headMs, returnSpreadMs } = settings
    logger.info('upgrade: starting the new process')
    const handover = new Handover({
      ...parts,
      ...parts.listeners(),
      clients,
      program,
      ids: settings.replay.ids,
      counts: parts.tally.counts,
      upgradeMs,
      lingerMs: Math.max(stallMs, headMs, returnSpreadMs + LATE_MS),
      logger,
    })
    this.#handover = handover
    const { pid, moved, drained, silentMs, tookMs } = await handover.run()
    const [silent, took] = [Math.round(silentMs), Math.round(tookMs)]
    const text = `process ${pid} serves all clients after ${took} ms, ${silent} ms of them without events; moved: ${moved}, asked to reconnect: ${drained}`
    logger.info({ pid, moved, drained, tookMs: took, silentMs: silent }, `upgraded: ${text}`)
    void handover.finish(this.#hurry.signal).finally(() => {
      logger.info('upgraded: this process has no clients any more and ends')
      onDone()
    })
    return { isDone: true, text: `upgraded: ${text}` }
  }

  #obstacle(): string | undefined {
    const { clients, isInRow, hasUnixSockets } = this.#options.parts
    if (this.#handover !== undefined) return 'an upgrade is under way'
    if (this.#isStopped) return 'the proxy is shutting down'
    if (clients === undefined) {
      return 'workers serve the clients, and their streams cannot move; start a second proxy at the same socket instead'
    }
    if (hasUnixSockets) {
      return 'a connector has the type unix-socket, which a new process cannot take over; restart the proxy instead'
    }
    if (isInRow) {
      return 'the proxy is in a row (proxy.engine), whose clients resume on each proxy; restart one after the other instead'
    }
    return undefined
  }
}

/** How long streams may end later than planned. */
const LATE_MS = 5000
