import type { BackEndState } from '../backend/back-end-options.ts'
import type { AnnouncedUrls } from '../fanout/announced-urls.ts'
import type { FrameIngest } from '../fanout/frame-ingest.ts'
import type { Frame } from '../sse/frame.ts'
import type { ListedBackEnd } from './back-end-list.ts'
import { HandedEvents } from './handed-events.ts'

/** What a new process needs to know of the back ends. */
export interface BackEndEstate {
  readonly backEnds: readonly {
    readonly uri: string
    readonly isOpen: boolean
    /** Id of the last event in the log; empty = none. */
    readonly lastEventId: string
    /** Whether clients still have to hear of lost events. */
    readonly owesRecovery: boolean
  }[]
  /** Announced URLs and the URL of their back end, the latest last. */
  readonly urls: readonly (readonly [url: string, uri: string])[]
}

export interface BackEndHandoverOptions {
  readonly backEnds: () => readonly ListedBackEnd[]
  readonly ingest: FrameIngest
  readonly announcedUrls: AnnouncedUrls | undefined
  /** Adds a frame to the log. */
  readonly add: (backEnd: number, frame: Frame) => void
  /** Announces what clients missed of this back end. */
  readonly recover: (backEnd: number) => void
  /** The state file belongs to the new process. */
  readonly onLeft: () => void
}

/** Where the events of the relayed connections go. */
export interface Relay {
  readonly sendFrame: (uri: string, bytes: Buffer) => void
  readonly sendEnd: (uri: string) => void
}

/**
 * Hands the connections to back ends over to a new process. While it is frozen, the log stays as it
 * is. Later the events of open connections go to the new process until that has its own.
 */
export class BackEndHandover {
  readonly #options: BackEndHandoverOptions
  #events: HandedEvents | undefined
  #relay: Relay | undefined
  readonly #dueRecoveries = new Set<number>()

  constructor(options: BackEndHandoverOptions) {
    this.#options = options
  }

  /** The log changes no more until `thaw`. `onFull` = too many events wait, and it must follow. */
  freeze(onFull: () => void): void {
    this.#events = new HandedEvents(onFull)
    this.#options.ingest.pause(true)
  }

  /** The new process is not to come: adds what has waited. */
  thaw(): void {
    const held = this.#events?.takeBack() ?? []
    this.#events = undefined
    const { add, ingest, recover } = this.#options
    ingest.pause(false)
    for (const { backEnd, frame } of held) add(backEnd, frame)
    for (const backEnd of this.#dueRecoveries) recover(backEnd)
    this.#dueRecoveries.clear()
  }

  estate(isRecovering: (backEnd: number) => boolean): BackEndEstate {
    const { backEnds, ingest, announcedUrls } = this.#options
    const uris = new Map(backEnds().map(({ index, target }) => [index, target.uri.href]))
    const urls = [...uris].flatMap(([index, uri]) =>
      (announcedUrls?.of(index) ?? []).map((url) => [url, uri] as const),
    )
    const order = new Map((announcedUrls?.all() ?? []).map((url, place) => [url, place]))
    return {
      backEnds: backEnds().map(({ index, target, backEnd }) => ({
        uri: target.uri.href,
        isOpen: backEnd.state.state === 'open',
        lastEventId: backEnd.lastEventId,
        owesRecovery: backEnd.hasLostEvents || ingest.owesRecovery(index) || isRecovering(index),
      })),
      urls: urls.toSorted(([a], [b]) => (order.get(a) ?? 0) - (order.get(b) ?? 0)),
    }
  }

  /** The new process has the log. Other connections than open ones are given up. */
  relay(relay: Relay): void {
    const { backEnds, onLeft } = this.#options
    this.#relay = relay
    onLeft()
    const uris = new Map(backEnds().map(({ index, target }) => [index, target.uri.href]))
    this.#events?.sendTo((backEnd, bytes) => relay.sendFrame(uris.get(backEnd) ?? '', bytes))
    for (const { index, backEnd } of backEnds()) this.#checkState(index, backEnd.state)
  }

  /** The new process is connected itself, or has no such back end. */
  stop(uri: string): void {
    const listed = this.#options.backEnds().find(({ target }) => target.uri.href === uri)
    listed?.backEnd.close()
  }

  /** Whether a frame is not for the log of this process. */
  takes(backEnd: number, frame: Frame, bytes: Buffer): boolean {
    this.#events?.add(backEnd, frame, bytes)
    return this.#events !== undefined
  }

  /** Whether the recovery of clients is not for this process, or not now. */
  takesRecovery(backEnd: number): boolean {
    if (this.#events !== undefined) this.#dueRecoveries.add(backEnd)
    return this.#events !== undefined
  }

  /** A connection has changed. The new process connects again if it is lost. */
  changed(backEnd: number, state: BackEndState): void {
    if (this.#relay !== undefined) this.#checkState(backEnd, state)
  }

  #checkState(index: number, { state }: BackEndState): void {
    if (state === 'open') return
    const listed = this.#options.backEnds().find((one) => one.index === index)
    if (listed === undefined) return
    if (state !== 'closed') listed.backEnd.close()
    else this.#relay?.sendEnd(listed.target.uri.href)
  }
}
