import type { Logger } from 'pino'

import type { BackEndState } from '../backend/back-end-options.ts'
import type { BackEnd } from '../backend/back-end.ts'
import type { RelayedEvents } from '../backend/relayed-events.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { BackEndTarget, Config, EngineTarget } from '../config/config.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import type { AnnouncedUrls } from '../fanout/announced-urls.ts'
import { FrameIngest, type FrameSink } from '../fanout/frame-ingest.ts'
import { gapFrame } from '../fanout/stream-start.ts'
import { newEpoch } from '../epoch.ts'
import type { RowFrame } from '../row/row-options.ts'
import type { Frame } from '../sse/frame.ts'
import { Resync } from '../resync/resync.ts'
import { BackEndHandover, type BackEndEstate } from './back-end-handover.ts'
import { BackEndList } from './back-end-list.ts'
import { createAnnouncedUrls, eventIds } from './event-memory.ts'
import { NameChain } from './name-chain.ts'
import { Row } from './row.ts'

export interface BackEndSideOptions {
  readonly config: Config
  readonly logger: Logger
  /** For responses of back ends and for the timers of their connections. */
  readonly guard: BoundaryGuard
  /** Names this run of the proxy in ids and chains. */
  readonly epoch: string
  /** The last event id of a run before, from the process that this one replaces. */
  readonly predecessor?: string | undefined
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
  /** Repeats announcements for the clients of this proxy, and not for those of its row. */
  readonly #ownIngest: FrameIngest
  /** Its place in a row of proxies; undefined = it is alone. */
  readonly row: Row | undefined
  readonly chain: NameChain
  /** For an upgrade, in the old process. */
  readonly handover: BackEndHandover
  readonly #list: BackEndList
  readonly #options: BackEndSideOptions
  readonly #resync: Resync
  /** Back ends whose change logs are being asked. */
  readonly #recovering = new Set<number>()

  constructor(options: BackEndSideOptions) {
    this.#options = options
    const { config, guard, epoch, nowMs } = options
    const { settings } = config
    this.#resync = new Resync({
      ...options,
      heardMs: (index) => this.#list.get(index)?.heardMs ?? 0,
      lastId: () => this.log.lastId,
      onEnded: (urls) => {
        this.announcedUrls?.forget(urls)
        this.row?.forget(urls)
      },
    })
    const ids = eventIds(config, epoch, this.predecessor)
    this.log = new FrameLog({ limits: settings.replay, ids })
    this.announcedUrls = createAnnouncedUrls(config)
    for (const index of config.backEnds.keys()) {
      for (const url of this.#resync.urlsOf(index)) this.announcedUrls?.add(url, index)
    }
    const ingestOptions = {
      guard,
      announcedUrls: this.announcedUrls,
      announceSpreadMs: settings.resync.spreadMs,
    }
    const toClients: FrameSink = (frame) => this.log.append(frame, nowMs())
    const row = config.engine === undefined ? undefined : this.#newRow(config.engine)
    const toRow: FrameSink = ({ bytes }, index, id) => row?.add(index, bytes, id)
    this.row = row
    this.ingest = new FrameIngest({
      ...ingestOptions,
      append: row === undefined ? toClients : toRow,
    })
    this.#ownIngest = new FrameIngest({ ...ingestOptions, append: toClients })
    this.handover = new BackEndHandover({
      backEnds: () => this.#list.all,
      ingest: this.ingest,
      announcedUrls: this.announcedUrls,
      add: (index, frame) => this.#add(index, frame),
      recover: (index) => this.#recover(index),
      onLeft: () => this.#resync.leaveFile(),
    })
    this.#list = new BackEndList({
      ...options,
      onFrame: (index, frame, bytes) => {
        if (!this.handover.takes(index, frame, bytes)) this.#add(index, frame)
      },
      onReopened: (index) => this.ingest.startRecovery(index),
      onMissed: (index) => this.#recover(index),
      onChange: (index, state) => this.#changed(index, state),
      onRemoved: (index) => this.ingest.remove(index),
    })
    this.chain = new NameChain(epoch, () => this.backEnds.map((backEnd) => backEnd.chain))
  }

  get backEnds(): readonly BackEnd[] {
    return this.#list.all.map(({ backEnd }) => backEnd)
  }

  /** The last event id of the run before, if that has shut down normally. */
  get predecessor(): string | undefined {
    return this.#options.predecessor ?? this.#resync.predecessor
  }

  /** Asks which of the known change logs have ended, unless that was asked just before. */
  async checkUrls(): Promise<void> {
    await this.#resync.check()
  }

  /** Settles when clients may connect; with a row, back ends are then read as the row needs it. */
  async join(): Promise<void> {
    await this.row?.join()
  }

  /** Connects to all back ends, unless a row decides which. */
  start(): void {
    if (this.row !== undefined) return
    for (const { index, backEnd } of this.#list.all) {
      if (this.#resync.urlsOf(index).length > 0) backEnd.continueEarlierRun()
      backEnd.start()
    }
  }

  /** What a new process needs to know, while the log does not change. */
  estate(): BackEndEstate {
    return this.handover.estate((index) => this.#recovering.has(index))
  }

  /**
   * Connects to all back ends in place of another process, which still sends the events of its own
   * connections.
   */
  takeOver({ backEnds, urls }: BackEndEstate, relayed: ReadonlyMap<string, RelayedEvents>): void {
    const known = new Map(this.#list.all.map(({ index, target }) => [target.uri.href, index]))
    for (const [url, uri] of urls) {
      const index = known.get(uri)
      if (index === undefined) continue
      this.announcedUrls?.add(url, index)
      this.#resync.announced(index, url)
    }
    for (const { target, backEnd } of this.#list.all) {
      const before = backEnds.find(({ uri }) => uri === target.uri.href)
      const connection = relayed.get(target.uri.href)
      if (before === undefined) {
        backEnd.start()
        continue
      }
      if (before.isOpen && connection !== undefined) {
        backEnd.takeOver(connection, before.lastEventId)
      } else backEnd.startAfter(before.lastEventId || undefined, true)
      if (before.owesRecovery) backEnd.continueEarlierRun()
    }
  }

  /** Takes over the back ends of a new configuration. See `BackEndList`. */
  reload(targets: readonly BackEndTarget[]): void {
    this.#list.reload(targets)
    this.chain.changed()
  }

  /** Settles when other proxies of the row know, or soon after. */
  async close(): Promise<void> {
    this.ingest.close()
    this.#ownIngest.close()
    const left = this.row?.close()
    for (const backEnd of this.backEnds) backEnd.close()
    this.#resync.close()
    await left
  }

  #newRow(engine: EngineTarget): Row {
    const { config, epoch, guard, logger, nowMs } = this.#options
    const { replay, resync, backEnd } = config.settings
    const { maxFrames, maxBytes } = replay
    return new Row({
      engine,
      uris: config.backEnds.map(({ uri }) => uri),
      owner: epoch,
      newEpoch,
      patienceMs: engine.leaseMs + backEnd.reconnectFirstMs,
      memory: { maxFrames, maxBytes },
      maxUrls: resync.mode === 'off' ? 0 : resync.maxPointers,
      onOpen: (index, { lastEventId, isContinuation }) => {
        logger.info({ backEnd: this.#list.all[index]?.name }, 'this proxy reads the back end')
        this.#list.get(index)?.startAfter(lastEventId, isContinuation)
      },
      onClose: (index) => {
        logger.info(
          { backEnd: this.#list.all[index]?.name },
          'this proxy reads the back end no more',
        )
        this.#list.get(index)?.close()
        this.ingest.remove(index)
        this.chain.changed()
      },
      onFrame: (index, frame) => this.#takeFromRow(index, frame),
      onUrls: (index, urls) => this.#learn(index, urls),
      onGap: () => this.#announceGap(),
      guard,
      logger,
      runningMs: nowMs,
    })
  }

  /** A frame of the shared log, which any proxy of the row has appended. */
  #takeFromRow(index: number, { id, frame, url }: Omit<RowFrame, 'backEnd'>): void {
    if (url !== undefined) this.#resync.announced(index, url)
    const kept = url === undefined ? undefined : this.announcedUrls?.add(url, index)
    const bytes = Buffer.concat([Buffer.from(`id: ${id}\n`), frame])
    this.log.append({ bytes, id, url: kept }, this.#options.nowMs())
  }

  /** Change logs that the row knows. Clients that this proxy has already get them, too. */
  #learn(index: number, urls: readonly string[]): void {
    for (const url of urls) {
      this.#resync.announced(index, url)
      this.announcedUrls?.add(url, index)
    }
    if (this.row?.state.hasJoined === true) this.#ownIngest.repeatAlso(index, urls)
  }

  /** The clients of this proxy may have missed events [protocol §5.9]. */
  #announceGap(): void {
    const gap = { bytes: Buffer.from(gapFrame('outage')), id: undefined, url: undefined }
    this.log.append(gap, this.#options.nowMs())
    for (const { index } of this.#list.all) {
      this.#ownIngest.repeat(index, this.announcedUrls?.of(index) ?? [])
    }
  }

  /** A connection has opened or ended. */
  #changed(index: number, state: BackEndState): void {
    if (state.state === 'open') {
      this.chain.changed()
      this.#resync.opened(index, this.#list.get(index)?.hasLostEvents !== true)
    } else this.#resync.lost(index)
    this.row?.changed(index, state)
    this.handover.changed(index, state)
  }

  #add(index: number, frame: Frame): void {
    const url = frame.outgoing?.url
    if (url !== undefined) this.#resync.announced(index, url)
    this.ingest.add(index, frame, this.#list.get(index)?.lastEventId)
  }

  /** Announces what clients may have missed, as soon as it is known. */
  #recover(index: number): void {
    if (this.handover.takesRecovery(index)) return
    const urls = this.ingest.endRecovery(index)
    const repeat = (missed: readonly string[]): void => {
      this.#recovering.delete(index)
      this.ingest.repeat(index, missed)
    }
    this.#recovering.add(index)
    void this.#options.guard.runAsync(
      'back-end',
      async () => repeat(await this.#resync.missedAmong(index, urls)),
      () => repeat(urls),
    )
  }
}
