import type { Logger } from 'pino'

import type { ProxySettings } from '../config/settings.ts'
import { ProxyError } from '../errors.ts'
import type { BackEndSide } from '../process/back-end-side.ts'
import type { ClientProcesses } from '../process/client-processes.ts'
import { Handover, type OpenListener } from './handover.ts'
import { prepareDeparture } from './leaving.ts'
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
  readonly clients: ClientProcesses
  readonly isInRow: boolean
  readonly hasUnixSockets: boolean
  readonly settings: Pick<
    ProxySettings,
    'upgradeMs' | 'stallMs' | 'headMs' | 'returnSpreadMs' | 'replay'
  >
  /** The connectors, with these descriptors of application connectors. */
  readonly listeners: (application: readonly (number | undefined)[]) => {
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
  #isUnderWay = false
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
    this.#isUnderWay = true
    try {
      return await this.#upgrade()
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error
      parts.tally.countFailed()
      this.#handover = undefined
      this.#isUnderWay = false
      const text = `no upgrade, this process serves all clients as before: ${error.message}`
      logger.error(text)
      return { isDone: false, text }
    }
  }

  /** This process is about to end. */
  stop(): void {
    this.#isStopped = true
    this.#handover?.abort(ENDING)
    this.#hurry.abort()
  }

  async #upgrade(): Promise<UpgradeOutcome> {
    const { parts, program, logger, onDone } = this.#options
    const { clients, settings, nowMs } = parts
    const onTrouble = (reason: string): void => this.#handover?.abort(reason)
    const departure = await prepareDeparture(clients, onTrouble, nowMs)
    const { upgradeMs, stallMs, headMs, returnSpreadMs } = settings
    logger.info('upgrade: starting the new process')
    const handover = new Handover({
      ...parts,
      ...parts.listeners(departure.descriptors),
      processes: departure.processes,
      leaving: departure.to,
      program,
      ids: settings.replay.ids,
      counts: parts.tally.counts,
      upgradeMs,
      lingerMs: Math.max(stallMs, headMs, returnSpreadMs + LATE_MS),
      logger,
    })
    this.#handover = handover
    // The new process has copies of its own.
    departure.close()
    if (this.#isStopped) handover.abort(ENDING)
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
    const { isInRow, hasUnixSockets } = this.#options.parts
    if (this.#isUnderWay) return 'an upgrade is under way'
    if (this.#isStopped) return ENDING
    if (hasUnixSockets) {
      return 'a connector has the type unix-socket, which a new process cannot take over; restart the proxy instead'
    }
    if (isInRow) {
      return 'the proxy is in a row (proxy.engine), whose clients resume on each proxy; restart one after the other instead'
    }
    return undefined
  }
}

const ENDING = 'the proxy is shutting down'
/** How long streams may end later than planned. */
const LATE_MS = 5000
