import type { Logger } from 'pino'

import { BackEnd, type BackEndState } from '../backend/back-end.ts'
import { Backoff } from '../backend/backoff.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Config } from '../config/config.ts'
import type { BackEndTarget } from '../config/config.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import type { AnnouncedUrls } from '../fanout/announced-urls.ts'
import { FrameIngest } from '../fanout/frame-ingest.ts'
import { backEndNames } from '../redact.ts'
import { Resync } from '../resync/resync.ts'
import { createAnnouncedUrls, eventIds } from './event-memory.ts'
import { NameChain } from './name-chain.ts'

export interface BackEndSideOptions {
  readonly config: Config
  readonly logger: Logger
  /** For responses of back ends and for the timers of their connections. */
  readonly guard: BoundaryGuard
  /** Names this run of the proxy in ids and chains. */
  readonly epoch: string
  readonly nowMs: () => number
}

/**
 * The half of the proxy that faces back ends: it owns their connections and fills the log. There is
 * one, for any number of processes.
 */
export class BackEndSide {
  readonly log: FrameLog
  readonly announcedUrls: AnnouncedUrls | undefined
  readonly ingest: FrameIngest
  readonly chain: NameChain
  readonly backEnds: readonly BackEnd[]
  readonly #options: BackEndSideOptions
  readonly #resync: Resync

  constructor(options: BackEndSideOptions) {
    this.#options = options
    const { config, guard, epoch, nowMs } = options
    const { settings } = config
    this.#resync = new Resync({
      ...options,
      heardMs: (index) => this.backEnds[index]?.heardMs ?? 0,
      lastId: () => this.log.lastId,
      onEnded: (urls) => this.announcedUrls?.forget(urls),
    })
    const ids = eventIds(config, epoch, this.#resync.predecessor)
    this.log = new FrameLog({ limits: settings.replay, ids })
    this.announcedUrls = createAnnouncedUrls(config)
    for (const index of config.backEnds.keys()) {
      for (const url of this.#resync.urlsOf(index)) this.announcedUrls?.add(url, index)
    }
    this.ingest = new FrameIngest({
      log: this.log,
      guard,
      announcedUrls: this.announcedUrls,
      announceSpreadMs: settings.resync.spreadMs,
      nowMs,
    })
    const names = backEndNames(config.backEnds.map(({ uri }) => uri))
    this.backEnds = config.backEnds.map((target, index) =>
      this.#backEnd(target, index, names[index] ?? ''),
    )
    this.chain = new NameChain(epoch, () => this.backEnds.map((backEnd) => backEnd.chain))
  }

  /** The last event id of the run before, if that has shut down normally. */
  get predecessor(): string | undefined {
    return this.#resync.predecessor
  }

  /** `count` = how many clients got all URLs because they missed events. */
  watchClients(count: () => number): void {
    this.#resync.watchClients(count)
  }

  start(): void {
    for (const [index, backEnd] of this.backEnds.entries()) {
      if (this.#resync.urlsOf(index).length > 0) backEnd.continueEarlierRun()
      backEnd.start()
    }
  }

  close(): void {
    this.ingest.close()
    for (const backEnd of this.backEnds) backEnd.close()
    this.#resync.close()
  }

  #backEnd(target: BackEndTarget, index: number, name: string): BackEnd {
    const { config, epoch, logger, guard, nowMs } = this.#options
    const { backEnd, maxFrameBytes, replay, resync } = config.settings
    let lastTrouble: string | undefined
    return new BackEnd({
      target,
      limits: { ...backEnd, maxFrameBytes, settleMs: resync.settleMs },
      frameFilter: { maxIdBytes: replay.ids === 'proxy' ? undefined : backEnd.maxIdBytes },
      guard,
      backoff: new Backoff({
        firstMs: backEnd.reconnectFirstMs,
        capMs: backEnd.reconnectCapMs,
        jitter: backEnd.reconnectJitter,
        random: Math.random,
      }),
      ownName: epoch,
      onFrame: (frame) => {
        const url = frame.outgoing?.url
        if (url !== undefined) this.#resync.announced(index, url)
        this.ingest.add(index, frame)
      },
      onReopened: () => this.ingest.startRecovery(index),
      onMissed: () => this.#recover(index),
      onChange: (state) => {
        lastTrouble = report(state, name, lastTrouble, logger)
        if (state.state === 'open') {
          this.chain.changed()
          this.#resync.opened(index, this.backEnds[index]?.hasLostEvents !== true)
        } else this.#resync.lost(index)
      },
      onNotice: (message) => logger.warn({ backEnd: name }, `back end: ${message}`),
      nowMs,
    })
  }

  /** Announces what clients may have missed, as soon as it is known. */
  #recover(index: number): void {
    const urls = this.ingest.endRecovery(index)
    void this.#options.guard.runAsync(
      'back-end',
      async () => this.ingest.repeat(index, await this.#resync.missedAmong(index, urls)),
      () => this.ingest.repeat(index, urls),
    )
  }
}

/**
 * Logs one line per change, and a repeated trouble at debug level. Returns the trouble that was
 * logged last.
 */
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
