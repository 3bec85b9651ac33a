import type { Logger } from 'pino'

import { BackEnd, type BackEndState } from '../backend/back-end.ts'
import { Backoff } from '../backend/backoff.ts'
import { joinChains } from '../backend/proxy-chain.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Config } from '../config/config.ts'
import type { BackEndTarget } from '../config/schema.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import { Intake } from '../fanout/intake.ts'
import type { Pointers } from '../fanout/pointers.ts'
import { backEndNames } from '../redact.ts'
import { eventIds, rememberedPointers } from './event-memory.ts'

export interface BackEndSideOptions {
  readonly config: Config
  readonly logger: Logger
  /** For what back ends answer and for the timers of their connections. */
  readonly guard: BoundaryGuard
  /** Unlike that of any other process; names the proxy in ids and chains. */
  readonly epoch: string
  /** The log has grown. */
  readonly onAppend: () => void
  /** The chain of names has changed. */
  readonly onChain: () => void
  readonly nowMs: () => number
}

/** The half of the proxy that back ends see: it holds their connections and fills the log. There is one, whatever the number of processes. */
export class BackEndSide {
  readonly log: FrameLog
  readonly pointers: Pointers | undefined
  readonly intake: Intake
  readonly backEnds: readonly BackEnd[]
  readonly #options: BackEndSideOptions

  constructor(options: BackEndSideOptions) {
    this.#options = options
    const { config, guard, epoch, nowMs, onAppend } = options
    const { settings } = config
    this.log = new FrameLog({ limits: settings.replay, ids: eventIds(config, epoch) })
    this.pointers = rememberedPointers(config)
    this.intake = new Intake({
      log: this.log,
      guard,
      maxIdBytes: settings.replay.ids === 'proxy' ? undefined : settings.backEnd.maxIdBytes,
      pointers: this.pointers,
      announceSpreadMs: settings.resync.spreadMs,
      onAppend,
      nowMs,
    })
    const names = backEndNames(config.backEnds.map(({ uri }) => uri))
    this.backEnds = config.backEnds.map((target, index) =>
      this.#backEnd(target, index, names[index] ?? ''),
    )
  }

  /** Names of this proxy and of those that its back ends are. */
  chain(): readonly string[] {
    return joinChains(
      this.#options.epoch,
      this.backEnds.map((backEnd) => backEnd.chain),
    )
  }

  start(): void {
    for (const backEnd of this.backEnds) backEnd.start()
  }

  close(): void {
    this.intake.close()
    for (const backEnd of this.backEnds) backEnd.close()
  }

  #backEnd(target: BackEndTarget, index: number, name: string): BackEnd {
    const { config, epoch, logger, guard, nowMs } = this.#options
    const { backEnd, maxFrameBytes, resync } = config.settings
    let lastTrouble: string | undefined
    return new BackEnd({
      target,
      limits: { ...backEnd, maxFrameBytes, settleMs: resync.settleMs },
      guard,
      backoff: new Backoff({
        firstMs: backEnd.reconnectFirstMs,
        capMs: backEnd.reconnectCapMs,
        jitter: backEnd.reconnectJitter,
        random: Math.random,
      }),
      ownName: epoch,
      onFrame: (frame) => this.intake.take(index, frame),
      onReopened: () => this.intake.reopened(index),
      onMissed: () => this.intake.missed(index),
      onChange: (state) => {
        lastTrouble = report(state, name, lastTrouble, logger)
        if (state.state === 'open') this.#options.onChain()
      },
      onNotice: (message) => logger.warn({ backEnd: name }, `back end: ${message}`),
      nowMs,
    })
  }
}

/** One line per change: the same trouble again is said at debug level. Answers the trouble that was said last. */
function report(
  state: BackEndState,
  backEnd: string,
  lastTrouble: string | undefined,
  logger: Logger,
): string | undefined {
  if (state.state === 'waiting') {
    const { message, code } = state.error
    const level = message === lastTrouble ? 'debug' : 'warn'
    logger[level]({ backEnd, code, retryInMs: state.retryInMs }, `back end: ${message}`)
    return message
  }
  if (state.state === 'open') {
    logger.info({ backEnd }, 'back end connected')
    return undefined
  }
  logger.debug({ backEnd }, `back end ${state.state}`)
  return lastTrouble
}
