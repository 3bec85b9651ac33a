import { isDeepStrictEqual } from 'node:util'

import type { Logger } from 'pino'

import { BackEnd } from '../backend/back-end.ts'
import { Backoff } from '../backend/backoff.ts'
import type { RelayedEvents } from '../backend/relayed-events.ts'
import type { BoundaryGuard } from '../boundary-guard.ts'
import type { BackEndTarget, Config, EngineTarget } from '../config/config.ts'
import { forwardProxyFor } from '../config/forward-proxies.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import type { AnnouncedUrls } from '../fanout/announced-urls.ts'
import { FrameIngest, type FrameSink } from '../fanout/frame-ingest.ts'
import { gapFrame } from '../fanout/stream-start.ts'
import { backEndNames, redact } from '../redact.ts'
import { newEpoch } from '../epoch.ts'
import type { RowFrame } from '../row/row-options.ts'
import type { Frame } from '../sse/frame.ts'
import { Resync } from '../resync/resync.ts'
import { BackEndHandover, type BackEndEstate } from './back-end-handover.ts'
import { createAnnouncedUrls, eventIds } from './event-memory.ts'
import { logBackEndState } from './log-back-end-state.ts'
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

interface Slot {
  /** The number of the back end: a URL keeps it for as long as the proxy runs. */
  readonly index: number
  readonly target: BackEndTarget
  /** For the log: its redacted URL. */
  readonly name: string
  readonly backEnd: BackEnd
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
  /** In the order of the configuration. */
  #slots: readonly Slot[]
  readonly #backEnds = new Map<number, BackEnd>()
  readonly #indices = new Map<string, number>()
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
      heardMs: (index) => this.#backEnds.get(index)?.heardMs ?? 0,
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
      slots: () => this.#slots,
      ingest: this.ingest,
      announcedUrls: this.announcedUrls,
      add: (index, frame) => this.#add(index, frame),
      recover: (index) => this.#recover(index),
      onLeft: () => this.#resync.leaveFile(),
    })
    const names = backEndNames(config.backEnds.map(({ uri }) => uri))
    this.#slots = config.backEnds.map((target, index) => this.#slot(target, names[index] ?? ''))
    this.chain = new NameChain(epoch, () => this.backEnds.map((backEnd) => backEnd.chain))
  }

  get backEnds(): readonly BackEnd[] {
    return this.#slots.map(({ backEnd }) => backEnd)
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
    for (const { index, backEnd } of this.#slots) {
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
    const known = new Map(this.#slots.map(({ index, target }) => [target.uri.href, index]))
    for (const [url, uri] of urls) {
      const index = known.get(uri)
      if (index === undefined) continue
      this.announcedUrls?.add(url, index)
      this.#resync.announced(index, url)
    }
    for (const { target, backEnd } of this.#slots) {
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

  /**
   * Connects to the back ends that are new, and again to those whose settings have changed, and
   * disconnects from those that are gone. The connections to the others stay. A change of `tls`
   * alone is for the next connection.
   */
  reload(targets: readonly BackEndTarget[]): void {
    const { logger } = this.#options
    const names = backEndNames(targets.map(({ uri }) => uri))
    const gone = new Map(this.#slots.map((slot) => [slot.target.uri.href, slot]))
    const added: BackEnd[] = []
    this.#slots = targets.map((target, position) => {
      const name = names[position] ?? ''
      const slot = gone.get(target.uri.href)
      gone.delete(target.uri.href)
      if (slot === undefined) {
        logger.info({ backEnd: name }, 'back end added')
        const created = this.#slot(target, name)
        added.push(created.backEnd)
        return created
      }
      if (isDeepStrictEqual(slot.target, target)) return slot
      logger.info({ backEnd: name }, 'back end: its settings have changed')
      slot.backEnd.retarget(target, !isDeepStrictEqual(withoutTls(slot.target), withoutTls(target)))
      return { ...slot, target, name }
    })
    for (const { index, target, backEnd } of gone.values()) {
      logger.info({ backEnd: redact(target.uri.href) }, 'back end removed')
      backEnd.close()
      this.ingest.remove(index)
      this.#backEnds.delete(index)
    }
    for (const backEnd of added) backEnd.start()
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
    const { replay, resync } = config.settings
    const { maxFrames, maxBytes } = replay
    return new Row({
      engine,
      uris: config.backEnds.map(({ uri }) => uri),
      owner: epoch,
      newEpoch,
      memory: { maxFrames, maxBytes },
      maxUrls: resync.mode === 'off' ? 0 : resync.maxPointers,
      onOpen: (index, { lastEventId, isContinuation }) => {
        logger.info({ backEnd: this.#slots[index]?.name }, 'this proxy reads the back end')
        this.#backEnds.get(index)?.startAfter(lastEventId, isContinuation)
      },
      onClose: (index) => {
        logger.info({ backEnd: this.#slots[index]?.name }, 'this proxy reads the back end no more')
        this.#backEnds.get(index)?.close()
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
    for (const { index } of this.#slots) {
      this.#ownIngest.repeat(index, this.announcedUrls?.of(index) ?? [])
    }
  }

  #slot(target: BackEndTarget, name: string): Slot {
    const { href } = target.uri
    const index = this.#indices.get(href) ?? this.#indices.size
    this.#indices.set(href, index)
    const backEnd = this.#backEnd(target, index, name)
    this.#backEnds.set(index, backEnd)
    return { index, target, name, backEnd }
  }

  #backEnd(target: BackEndTarget, index: number, name: string): BackEnd {
    const { config, epoch, logger, guard, nowMs } = this.#options
    const { backEnd, maxFrameBytes, replay, resync } = config.settings
    const proxy = forwardProxyFor(target.uri, target.forwardProxies)
    if (proxy !== undefined) {
      logger.info(
        { backEnd: name, forwardProxy: proxy.host },
        'back end is asked through a forward proxy',
      )
    }
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
      onFrame: (frame, bytes) => {
        if (!this.handover.takes(index, frame, bytes)) this.#add(index, frame)
      },
      onReopened: () => this.ingest.startRecovery(index),
      onMissed: () => this.#recover(index),
      onChange: (state) => {
        lastTrouble = logBackEndState(state, name, lastTrouble, logger)
        if (state.state === 'open') {
          this.chain.changed()
          this.#resync.opened(index, this.#backEnds.get(index)?.hasLostEvents !== true)
        } else this.#resync.lost(index)
        this.handover.changed(index, state)
      },
      onNotice: (message) => logger.warn({ backEnd: name }, `back end: ${message}`),
      nowMs,
    })
  }

  #add(index: number, frame: Frame): void {
    const url = frame.outgoing?.url
    if (url !== undefined) this.#resync.announced(index, url)
    this.ingest.add(index, frame, this.#backEnds.get(index)?.lastEventId)
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

function withoutTls({ tls: _tls, ...target }: BackEndTarget): Omit<BackEndTarget, 'tls'> {
  return target
}
