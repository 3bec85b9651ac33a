import type { BoundaryGuard } from '../boundary-guard.ts'
import type { Frame, OutgoingFrame } from '../sse/frame.ts'
import { type AnnouncedUrls, announcementOf } from './announced-urls.ts'
import { gapFrame } from './stream-start.ts'

/** Takes a frame of this back end; `upstreamId` = the id of the back end's last event with it. */
export type FrameSink = (frame: OutgoingFrame, backEnd: number, upstreamId: string) => void

export interface FrameIngestOptions {
  /** Where the frames go. */
  readonly append: FrameSink
  /** For the timer of announcements. */
  readonly guard: BoundaryGuard
  /** What to announce again after an outage; undefined = nothing. */
  readonly announcedUrls: AnnouncedUrls | undefined
  /** Announcements after an outage are spread over at most this time. */
  readonly announceSpreadMs: number
}

/** Time between two announcements when there are few: clients poll the store after each. */
const ANNOUNCE_PACE_MS = 20
const TICK_MS = 20
/** Most URLs per loss that are recorded as announced since. */
const MOST_FRESH_URLS = 10_000

interface Recovery {
  /** URLs still to be announced, in order. */
  readonly pending: Set<string>
  readonly perTick: number
  readonly timer: NodeJS.Timeout
}

/**
 * Events of a back end were lost. It is connected again, and its change logs have not been
 * announced again yet.
 */
interface Loss {
  /** Whether clients got the gap event. */
  isReported: boolean
  /** URLs that the back end has announced since. */
  readonly announced: Set<string>
}

/** Passes on the frames of all back ends, and records the URLs that they announce. */
export class FrameIngest {
  readonly #options: FrameIngestOptions
  readonly #recoveries = new Map<number, Recovery>()
  readonly #losses = new Map<number, Loss>()
  #frames = 0
  #announced = 0
  #isClosed = false
  #isPaused = false

  constructor(options: FrameIngestOptions) {
    this.#options = options
  }

  /** Frames received from back ends, and announcements that were repeated. */
  get counts(): { readonly frames: number; readonly announced: number } {
    return { frames: this.#frames, announced: this.#announced }
  }

  /** Passes on a frame of this back end. */
  add(backEnd: number, { outgoing }: Frame, upstreamId = ''): void {
    this.#frames += 1
    if (outgoing === undefined) return
    const loss = this.#losses.get(backEnd)
    // The gap event comes before the first event that follows the gap.
    if (loss !== undefined) this.#reportGap(backEnd, loss)
    const url = this.#recordUrl(backEnd, outgoing.url)
    this.#options.append({ ...outgoing, url }, backEnd, upstreamId)
  }

  /**
   * The back end is connected again after events were lost. The gap event precedes its next event,
   * or is sent by `endRecovery`. URLs that the back end announces from now on are not repeated.
   */
  startRecovery(backEnd: number): void {
    this.#losses.set(backEnd, { isReported: false, announced: new Set() })
  }

  /**
   * The connection has lasted: sends the gap event. Returns the URLs of the announcements that
   * clients may have missed, for `repeat` [protocol §5.9].
   */
  endRecovery(backEnd: number): readonly string[] {
    const loss = this.#losses.get(backEnd)
    if (loss !== undefined) this.#reportGap(backEnd, loss)
    this.#losses.delete(backEnd)
    const known = this.#options.announcedUrls?.of(backEnd) ?? []
    return known.filter((url) => loss?.announced.has(url) !== true)
  }

  /** Announces these URLs of a back end, spread over a time, instead of those that still wait. */
  repeat(backEnd: number, urls: readonly string[]): void {
    const { guard, announceSpreadMs } = this.#options
    this.#stop(backEnd)
    const pending = new Set(urls)
    if (pending.size === 0 || this.#isClosed) return
    const ticks = Math.min(announceSpreadMs, pending.size * ANNOUNCE_PACE_MS) / TICK_MS
    const perTick = Math.ceil(pending.size / Math.max(1, ticks))
    const timer = setInterval(() => {
      guard.run(
        'timer',
        () => this.#announceSome(backEnd),
        () => this.#stop(backEnd),
      )
    }, TICK_MS)
    this.#recoveries.set(backEnd, { pending, perTick, timer })
  }

  /** Announces these URLs after those that still wait. */
  repeatAlso(backEnd: number, urls: readonly string[]): void {
    this.repeat(backEnd, [...(this.#recoveries.get(backEnd)?.pending ?? []), ...urls])
  }

  /** Whether clients still have to hear of a loss of this back end's events. */
  owesRecovery(backEnd: number): boolean {
    return this.#losses.has(backEnd) || this.#recoveries.has(backEnd)
  }

  /** Announces nothing while it is paused. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused
  }

  /** The back end sends no more: what it lost or still had to announce is given up. */
  remove(backEnd: number): void {
    this.#losses.delete(backEnd)
    this.#stop(backEnd)
  }

  close(): void {
    this.#isClosed = true
    for (const backEnd of this.#recoveries.keys()) this.#stop(backEnd)
  }

  /** Returns the copy of the URL that the proxy keeps; undefined when it keeps none. */
  #recordUrl(backEnd: number, url: string | undefined): string | undefined {
    const { announcedUrls } = this.#options
    if (url === undefined || announcedUrls === undefined) return undefined
    // The back end itself has just announced it.
    this.#recoveries.get(backEnd)?.pending.delete(url)
    const loss = this.#losses.get(backEnd)
    if (loss !== undefined && loss.announced.size < MOST_FRESH_URLS) loss.announced.add(url)
    return announcedUrls.add(url, backEnd)
  }

  #reportGap(backEnd: number, loss: Loss): void {
    if (loss.isReported) return
    loss.isReported = true
    this.#appendOwn(backEnd, gapFrame('outage'))
  }

  #announceSome(backEnd: number): void {
    const recovery = this.#recoveries.get(backEnd)
    if (recovery === undefined || this.#isPaused) return
    let room = recovery.perTick
    for (const url of recovery.pending) {
      if (room === 0) break
      room -= 1
      recovery.pending.delete(url)
      this.#announced += 1
      this.#appendOwn(backEnd, announcementOf(url), url)
    }
    if (recovery.pending.size === 0) this.#stop(backEnd)
  }

  #stop(backEnd: number): void {
    clearInterval(this.#recoveries.get(backEnd)?.timer)
    this.#recoveries.delete(backEnd)
  }

  /** A frame that the proxy itself writes. A back end does not resume from it. */
  #appendOwn(backEnd: number, text: string, url?: string): void {
    this.#options.append({ bytes: Buffer.from(text), id: undefined, url }, backEnd, '')
  }
}
